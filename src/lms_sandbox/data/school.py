"""A school: its records, and the indexes with which the vendors look them up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from lms_sandbox.data.models import Account, Course, Enrollment, Record, Section, Term, User

R = TypeVar("R", Account, Term, Course, Section, User)

COUNTED_STATES: tuple[str, ...] = ("active", "invited")
"""The states in which a student is counted and listed by default."""


class School:
    """An institution on a given day, in memory.

    `first_ids` maps a kind of record to its first id. `add` assigns the next free id to a record
    whose id is 0. Two schools share nothing.
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
        self.name, self.today, self.time_zone, self.email_domain = name, today, time_zone, email_domain
        self.accounts: dict[int, Account] = {}
        self.terms: dict[int, Term] = {}
        self.courses: dict[int, Course] = {}
        self.sections: dict[int, Section] = {}
        self.users: dict[int, User] = {}
        self.enrollments: dict[int, Enrollment] = {}
        self.admins: dict[int, set[int]] = defaultdict(set)
        """Account id -> ids of the users who administer it and all accounts below it."""
        self.nicknames: dict[tuple[int, int], str] = {}
        """(User id, course id) -> the nickname of the course, visible to that user only."""
        self.version = 0
        """Incremented by every change. A derived value is valid as long as the version is equal."""
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
        # Dictionaries serve as ordered sets: a record is removed from an index in constant time.
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
        """Noon of the school's current day; terms are past, current or future relative to it."""
        return datetime.combine(self.today, time(12), UTC)

    # Writes

    def add(self, *records: Record) -> None:
        """Add records, assign an id to those without one, and index them."""
        self.version += 1
        for record in records:
            kind = type(record)
            next_id = self._next_ids[kind]
            if not record.id:
                record.id = next_id
            if record.id >= next_id:
                self._next_ids[kind] = record.id + 1
            self._tables[kind][record.id] = record
            for index, key, value in self._indexes(record):
                index[key] = value

    def change(self, record: Record, **fields: Any) -> None:
        """Set fields of a record of this school and update the indexes."""
        self.version += 1
        # Indexing appends a record to its lists. Reindex only if an indexed field changes, so that
        # a new name does not change the order of a list.
        is_reindexed = any(name in ("username", "id") or name.endswith("_id") for name in fields)
        for index, key, _ in self._indexes(record) if is_reindexed else ():
            index.pop(key, None)
        for name, value in fields.items():
            setattr(record, name, value)
        for index, key, value in self._indexes(record) if is_reindexed else ():
            index[key] = value

    def _indexes(self, record: Record) -> Iterator[tuple[dict[Any, Any], Any, Any]]:
        """Yield each index that contains a record, with its key and value there."""
        if isinstance(record, Enrollment):
            yield self._of_section[record.section_id], record.id, record
            yield self._of_course[record.course_id], record.id, record
            yield self._of_user[record.user_id], record.id, record
            return
        if record.sis_id:
            yield self._by_sis[type(record)], record.sis_id, record.id
        if record.integration_id:
            yield self._by_integration[type(record)], record.integration_id, record.id
        match record:
            case Account():
                yield self._children[record.parent_id], record.id, None
            case Course():
                yield self._courses_of_account[record.account_id], record.id, None
            case Section():
                yield self._sections_of_course[record.course_id], record.id, None
            case User() if record.username:
                yield self._by_login, record.username.lower(), record.id

    # Reads

    def by_sis(self, kind: type[R], sis_id: str) -> R | None:
        """Return the record with this SIS id, even if deleted, or None."""
        record_id = self._by_sis[kind].get(sis_id)
        return None if record_id is None else self._tables[kind][record_id]

    def by_integration(self, kind: type[R], integration_id: str) -> R | None:
        """Return the record with this integration id, or None."""
        record_id = self._by_integration[kind].get(integration_id)
        return None if record_id is None else self._tables[kind][record_id]

    def by_login(self, username: str) -> User | None:
        """Return the user with this login name, compared without case, or None."""
        user_id = self._by_login.get(username.lower())
        return None if user_id is None else self.users[user_id]

    def sub_accounts_of(self, account_id: int | None) -> list[Account]:
        """Return the direct sub-accounts (of None: the root), in the order of their addition."""
        return [self.accounts[sub_account_id] for sub_account_id in self._children.get(account_id, ())]

    def accounts_under(self, account_id: int) -> Iterator[Account]:
        """Yield an account and all accounts below it, top down."""
        yield self.accounts[account_id]
        for sub_account in self.sub_accounts_of(account_id):
            yield from self.accounts_under(sub_account.id)

    def accounts_above(self, account_id: int) -> Iterator[Account]:
        """Yield an account and all accounts above it, bottom up."""
        current_id: int | None = account_id
        while current_id is not None and current_id in self.accounts:
            yield self.accounts[current_id]
            current_id = self.accounts[current_id].parent_id

    def courses_of_account(self, account_id: int) -> list[Course]:
        """Return the courses of one account, without its sub-accounts, in every state."""
        return [self.courses[course_id] for course_id in self._courses_of_account.get(account_id, ())]

    def sections_of_course(self, course_id: int, *, deleted: bool = False) -> list[Section]:
        """Return the sections of a course in the order of their addition.

        `deleted`: include deleted sections.
        """
        sections = (self.sections[section_id] for section_id in self._sections_of_course.get(course_id, ()))
        return [section for section in sections if deleted or section.state == "active"]

    def enrollments_of_section(self, section_id: int) -> Iterable[Enrollment]:
        """Return the enrollments of a section in every state, in the order of their addition."""
        return self._of_section[section_id].values() if section_id in self._of_section else ()

    def enrollments_of_course(self, course_id: int) -> Iterable[Enrollment]:
        """Return the enrollments of a course in every state, in the order of their addition."""
        return self._of_course[course_id].values() if course_id in self._of_course else ()

    def enrollments_of_user(self, user_id: int) -> Iterable[Enrollment]:
        """Return the enrollments of a user in every state, in the order of their addition."""
        return self._of_user[user_id].values() if user_id in self._of_user else ()

    def count_students(self, section_id: int) -> int:
        """Return the number of users (not enrollments) who are active or invited students."""
        return len(
            {
                enrollment.user_id
                for enrollment in self.enrollments_of_section(section_id)
                if enrollment.role == "student" and enrollment.state in COUNTED_STATES
            }
        )

    def is_admin(self, user_id: int, account_id: int) -> bool:
        """Return whether a user administers an account or one above it."""
        return any(user_id in self.admins.get(account.id, ()) for account in self.accounts_above(account_id))
