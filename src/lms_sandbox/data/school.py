"""One school: its records, and the indexes by which both dialects find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from lms_sandbox.data.models import Account, Course, Enrollment, Record, Section, Term, User

R = TypeVar("R", Account, Term, Course, Section, User)

COUNTED_STATES: tuple[str, ...] = ("active", "invited")
"""The states in which a student counts and is listed by default."""


class School:
    """A whole institution at a given day, held in memory.

    `first_ids` says where each kind's ids begin; `add` gives the next free id to a record whose id
    is 0. Nothing is shared between two schools.
    """

    def __init__(
        self,
        name: str,
        *,
        today: date = date(2026, 11, 16),
        time_zone: str = "America/Denver",
        email_domain: str = "school.example",
        first_ids: dict[type[Any], int] | None = None,
    ) -> None:
        self.name = name
        self.today = today
        self.time_zone = time_zone
        self.email_domain = email_domain
        self.accounts: dict[int, Account] = {}
        self.terms: dict[int, Term] = {}
        self.courses: dict[int, Course] = {}
        self.sections: dict[int, Section] = {}
        self.users: dict[int, User] = {}
        self.enrollments: dict[int, Enrollment] = {}
        self.admins: dict[int, set[int]] = defaultdict(set)
        """Account id -> the users who administer it and everything below it."""
        self.nicknames: dict[tuple[int, int], str] = {}
        """(User id, course id) -> what that user calls the course; told to nobody else."""
        self.version = 0
        """Goes up with every change: what was worked out at one version holds while it stays."""
        self._tables: dict[type[Any], dict[int, Any]] = {
            Account: self.accounts,
            Term: self.terms,
            Course: self.courses,
            Section: self.sections,
            User: self.users,
            Enrollment: self.enrollments,
        }
        self._next_ids = dict.fromkeys(self._tables, 1) | (first_ids or {})
        self._by_sis: dict[type[Any], dict[str, int]] = {kind: {} for kind in self._tables}
        self._by_integration: dict[type[Any], dict[str, int]] = {kind: {} for kind in self._tables}
        self._by_login: dict[str, int] = {}
        # Dictionaries stand in for ordered sets: a record leaves its index in constant time.
        self._children: dict[int | None, dict[int, None]] = defaultdict(dict)
        self._courses_of_account: dict[int, dict[int, None]] = defaultdict(dict)
        self._sections_of_course: dict[int, dict[int, None]] = defaultdict(dict)
        self._of_section: dict[int, dict[int, Enrollment]] = defaultdict(dict)
        self._of_course: dict[int, dict[int, Enrollment]] = defaultdict(dict)
        self._of_user: dict[int, dict[int, Enrollment]] = defaultdict(dict)
        self.root = Account(0, name, time_zone=time_zone)
        self.add(self.root)

    @property
    def now(self) -> datetime:
        """Noon of the school's day: what "current", "past" and "future" are measured against."""
        return datetime.combine(self.today, time(12), UTC)

    # Writing

    def add(self, *records: Record) -> None:
        """Take records in, give an id to those without one, and index them."""
        self.version += 1
        for record in records:
            kind = type(record)
            next_id = self._next_ids[kind]
            if not record.id:
                record.id = next_id
            if record.id >= next_id:
                self._next_ids[kind] = record.id + 1
            self._tables[kind][record.id] = record
            self._index(record)

    def change(self, record: Record, **fields: Any) -> None:
        """Set fields of a record that is in the school, and keep the indexes right."""
        self.version += 1
        # What is indexed anew goes to the end of its lists: a new name must not move it there.
        is_reindexed = any(name in ("username", "id") or name.endswith("_id") for name in fields)
        if is_reindexed:
            self._unindex(record)
        for name, value in fields.items():
            setattr(record, name, value)
        if is_reindexed:
            self._index(record)

    def _index(self, record: Record) -> None:
        if isinstance(record, Enrollment):
            self._of_section[record.section_id][record.id] = record
            self._of_course[record.course_id][record.id] = record
            self._of_user[record.user_id][record.id] = record
            return
        if record.sis_id:
            self._by_sis[type(record)][record.sis_id] = record.id
        if record.integration_id:
            self._by_integration[type(record)][record.integration_id] = record.id
        match record:
            case Account():
                self._children[record.parent_id][record.id] = None
            case Course():
                self._courses_of_account[record.account_id][record.id] = None
            case Section():
                self._sections_of_course[record.course_id][record.id] = None
            case User():
                if record.username:
                    self._by_login[record.username.lower()] = record.id
            case Term():
                pass

    def _unindex(self, record: Record) -> None:
        if isinstance(record, Enrollment):
            self._of_section[record.section_id].pop(record.id, None)
            self._of_course[record.course_id].pop(record.id, None)
            self._of_user[record.user_id].pop(record.id, None)
            return
        if record.sis_id:
            self._by_sis[type(record)].pop(record.sis_id, None)
        if record.integration_id:
            self._by_integration[type(record)].pop(record.integration_id, None)
        match record:
            case Account():
                self._children[record.parent_id].pop(record.id, None)
            case Course():
                self._courses_of_account[record.account_id].pop(record.id, None)
            case Section():
                self._sections_of_course[record.course_id].pop(record.id, None)
            case User():
                self._by_login.pop(record.username.lower(), None)
            case Term():
                pass

    # Finding

    def by_sis(self, kind: type[R], sis_id: str) -> R | None:
        """The record with this SIS id, deleted ones too; None where there is none."""
        record_id = self._by_sis[kind].get(sis_id)
        return None if record_id is None else self._tables[kind][record_id]

    def by_integration(self, kind: type[R], integration_id: str) -> R | None:
        """The record with this integration id; None where there is none."""
        record_id = self._by_integration[kind].get(integration_id)
        return None if record_id is None else self._tables[kind][record_id]

    def by_login(self, username: str) -> User | None:
        """The user who signs in with this name, in any case; None where there is none."""
        user_id = self._by_login.get(username.lower())
        return None if user_id is None else self.users[user_id]

    def sub_accounts_of(self, account_id: int | None) -> list[Account]:
        """The accounts directly below one (None: the root alone), in the order they were added."""
        return [
            self.accounts[sub_account_id] for sub_account_id in self._children.get(account_id, ())
        ]

    def accounts_under(self, account_id: int) -> Iterator[Account]:
        """An account and all below it, top down."""
        yield self.accounts[account_id]
        for sub_account in self.sub_accounts_of(account_id):
            yield from self.accounts_under(sub_account.id)

    def accounts_above(self, account_id: int) -> Iterator[Account]:
        """An account and all above it, bottom up."""
        current_id: int | None = account_id
        while current_id is not None and current_id in self.accounts:
            yield self.accounts[current_id]
            current_id = self.accounts[current_id].parent_id

    def courses_of_account(self, account_id: int) -> list[Course]:
        """The courses kept directly in one account, in every state."""
        return [
            self.courses[course_id] for course_id in self._courses_of_account.get(account_id, ())
        ]

    def sections_of_course(self, course_id: int, *, deleted: bool = False) -> list[Section]:
        """A course's sections in the order they were added, the deleted ones too where asked."""
        sections = (
            self.sections[section_id] for section_id in self._sections_of_course.get(course_id, ())
        )
        return [section for section in sections if deleted or section.state == "active"]

    def enrollments_of_section(self, section_id: int) -> Iterable[Enrollment]:
        """In every state, in the order they were added."""
        return self._of_section[section_id].values() if section_id in self._of_section else ()

    def enrollments_of_course(self, course_id: int) -> Iterable[Enrollment]:
        """In every state, in the order they were added."""
        return self._of_course[course_id].values() if course_id in self._of_course else ()

    def enrollments_of_user(self, user_id: int) -> Iterable[Enrollment]:
        """In every state, in the order they were added."""
        return self._of_user[user_id].values() if user_id in self._of_user else ()

    def count_students(self, section_id: int) -> int:
        """The people (not enrollments) who are active or invited students of a section."""
        return len(
            {
                enrollment.user_id
                for enrollment in self.enrollments_of_section(section_id)
                if enrollment.role == "student" and enrollment.state in COUNTED_STATES
            }
        )

    def is_admin(self, user_id: int, account_id: int) -> bool:
        """Whether a user administers an account, directly or from above."""
        return any(
            user_id in self.admins.get(account.id, ())
            for account in self.accounts_above(account_id)
        )
