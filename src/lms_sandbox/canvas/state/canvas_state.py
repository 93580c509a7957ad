"""State that only Canvas has, beside the records of the school.

It consists of access tokens, jobs, notifications, calendar settings and reports.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.access_tokens import AccessTokenStore
from lms_sandbox.canvas.state.cache import VersionedCache
from lms_sandbox.canvas.state.jobs import JobQueue
from lms_sandbox.canvas.state.report_jobs import ReportRuns
from lms_sandbox.data.school import School

TEACHER_ROLE_ID = 4


@dataclass(slots=True)
class Notification:
    """A notification of an account to all users, or to some roles."""

    id: int
    account_id: int
    author_id: int
    subject: str
    message: str  # HTML
    start_at: datetime
    end_at: datetime
    icon: str = "warning"
    role_ids: tuple[int | None, ...] = ()  # empty: all users; None: users without enrollments
    dismissed_by: set[int] = field(default_factory=set)  # user ids


@dataclass(slots=True)
class CalendarSettings:
    """Settings of an account's calendar."""

    is_visible: bool
    is_auto_subscribed: bool


class CanvasState:
    """The state of one school."""

    def __init__(self, school: School, quirks: CanvasQuirks, tokens: AccessTokenStore) -> None:
        self.school, self.quirks = school, quirks
        self.cache, self.jobs = VersionedCache(school), JobQueue(school, quirks)
        self.access_tokens = tokens
        self.reports = ReportRuns(school, quirks)
        self.notifications = {notification.id: notification for notification in _demo_notifications(school)}
        self._calendars: dict[int, CalendarSettings] = {}
        self._root_id = school.root.id

    def run_due(self, clock_time: float) -> None:
        """Advance jobs and reports to a time, in seconds."""
        self.jobs.run_due(clock_time)
        self.reports.run_due(clock_time)

    def calendar(self, account_id: int) -> CalendarSettings:
        """Return the settings of an account's calendar; initially visible for odd account ids."""
        return self._calendars.setdefault(
            account_id, CalendarSettings(account_id % 2 == 1, account_id == self._root_id)
        )


def _demo_notifications(school: School) -> list[Notification]:
    """Return notifications: to all, to teachers, past, future, and of a sub-account."""
    author_id, root_id = min(school.admins[school.root.id], default=0), school.root.id
    sub_account_ids = [account.id for account in school.sub_accounts_of(root_id)][:1]
    rows: list[tuple[int, str, int, int, str, tuple[int | None, ...]]] = [
        (root_id, "Registration opens on Monday", -5, 20, "calendar", ()),
        (root_id, "Grades are due on Friday", -3, 10, "warning", (TEACHER_ROLE_ID,)),
        (root_id, "The library was closed", -60, -30, "information", ()),
        (root_id, "Winter holidays", 10, 40, "calendar", ()),
        *((id, "Laboratories are being repaired", -2, 7, "error", ()) for id in sub_account_ids),
    ]
    notifications = []
    for number, (account_id, subject, start, end, icon, role_ids) in enumerate(rows, start=1):
        dates = (school.now + timedelta(days=start), school.now + timedelta(days=end))
        texts = (subject, f"<p>{subject}.</p>")
        notifications.append(Notification(number, account_id, author_id, *texts, *dates, icon, role_ids))
    return notifications
