"""What only Canvas keeps beside the school's records: tokens, notifications, calendars, reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.issued import Issued
from lms_gateway.sandbox.canvas.report_desk import Reports
from lms_gateway.sandbox.canvas.tokens import Tokens
from lms_gateway.sandbox.school import School

TEACHERS = 4  # the role's id


@dataclass(slots=True)
class Notification:
    """What an account's administrators tell everybody, or some roles."""

    id: int
    account_id: int
    author_id: int
    subject: str
    message: str  # HTML
    start_at: datetime
    end_at: datetime
    icon: str = "warning"
    role_ids: tuple[int | None, ...] = ()  # none: everybody; None: who is enrolled nowhere
    closed_by: set[int] = field(default_factory=set)  # the users who want to see it no more


@dataclass(slots=True)
class Calendar:
    """Whether an account's calendar is shown, and to whom unasked."""

    is_visible: bool
    is_automatic: bool


class Office:
    """One school's, as they stand."""

    def __init__(self, school: School, habits: CanvasHabits, tokens: Tokens) -> None:
        self.issued = Issued(tokens, habits, school.now)
        self.reports = Reports(school, habits)
        self.notifications = {one.id: one for one in _tell_notifications(school)}
        self._calendars: dict[int, Calendar] = {}
        self._root_id = school.root.id

    def calendar(self, account_id: int) -> Calendar:
        """An account's calendar; at first those of odd accounts are visible."""
        return self._calendars.setdefault(
            account_id, Calendar(account_id % 2 == 1, account_id == self._root_id)
        )


def _tell_notifications(school: School) -> list[Notification]:
    """One to all, one to teachers, one that is over, one to come, one of a part of the school."""
    admins = school.admins[school.root.id]
    parts = school.parts_of(school.root.id)
    plans: list[tuple[str, int, int, str, tuple[int | None, ...], int]] = [
        ("Registration opens on Monday", -5, 20, "calendar", (), school.root.id),
        ("Grades are due on Friday", -3, 10, "warning", (TEACHERS,), school.root.id),
        ("The library was closed", -60, -30, "information", (), school.root.id),
        ("Winter holidays", 10, 40, "calendar", (), school.root.id),
    ]
    if parts:
        plans.append(("Laboratories are being repaired", -2, 7, "error", (), parts[0].id))
    return [
        Notification(
            at,
            account_id,
            min(admins, default=0),
            subject,
            f"<p>{subject}.</p>",
            school.now + timedelta(days=start),
            school.now + timedelta(days=end),
            icon,
            roles,
        )
        for at, (subject, start, end, icon, roles, account_id) in enumerate(plans, start=1)
    ]
