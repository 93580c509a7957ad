"""What the gateway knows of a vendor's objects, facet by facet.

A record is one object of one tenant as far as it is known in one request. Its attributes are the
facets that GraphQL fields read. `known` tells "known to be null" (in `known`, value None) from "not
known" (not in `known`, value None as well): only the second is worth a vendor call. What only one
vendor has lies in `native`, under the vendor's own key, and its facet is called `canvas.<key>` or
`schoology.<key>`.
"""

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple


class Vendor(StrEnum):
    """The learning platform that a tenant is on."""

    CANVAS = "canvas"
    SCHOOLOGY = "schoology"


class Kind(StrEnum):
    """The kinds of objects that have an identity; the last four are told as plain details."""

    SECTION = "section"
    COURSE = "course"
    USER = "user"
    ENROLLMENT = "enrollment"
    TERM = "term"
    ACCOUNT = "account"
    PROGRESS = "progress"
    CALENDAR = "calendar"
    NOTIFICATION = "notification"
    REPORT = "report"
    TOKEN = "token"


class Key(NamedTuple):
    """An object's identity within its tenant.

    `id` is the canonical form of the vendor's own id (`1~123` is written long). A Schoology
    enrollment's is `<section>.<enrollment>`, because it can only be fetched below its section.
    """

    kind: Kind
    id: str


class Role(StrEnum):
    """What a person is in a section."""

    STUDENT = "STUDENT"
    TEACHER = "TEACHER"
    TA = "TA"
    OBSERVER = "OBSERVER"
    DESIGNER = "DESIGNER"
    STUDENT_VIEW = "STUDENT_VIEW"


class EnrollmentState(StrEnum):
    """How far an enrollment has come."""

    ACTIVE = "ACTIVE"
    INVITED = "INVITED"
    REQUESTED = "REQUESTED"
    INACTIVE = "INACTIVE"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class CourseState(StrEnum):
    """A course's publication state."""

    UNPUBLISHED = "UNPUBLISHED"
    AVAILABLE = "AVAILABLE"
    COMPLETED = "COMPLETED"
    DELETED = "DELETED"


class ProgressState(StrEnum):
    """How far a job has come; COMPLETED and FAILED are the end of it."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class AccountKind(StrEnum):
    """What an account is in its vendor's hierarchy."""

    ROOT = "ROOT"
    SUB_ACCOUNT = "SUB_ACCOUNT"
    SCHOOL = "SCHOOL"
    BUILDING = "BUILDING"


class Day(StrEnum):
    """A day of the week."""

    SUNDAY = "SUNDAY"
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"


class Meeting(NamedTuple):
    """When a section meets, in school-local time."""

    days: tuple[Day, ...]
    start_time: time | None
    end_time: time | None


class Grades(NamedTuple):
    """A student's standing; scores are percentages, grades the school's own letters."""

    current_score: float | None = None
    current_grade: str | None = None
    final_score: float | None = None
    final_grade: str | None = None


class Record:
    """One object of one tenant, as far as it is known.

    Attributes beyond `key`, `tenant`, `known` and `native` are facets; None unless learnt.
    """

    kind: ClassVar[Kind]

    def __init__(self, tenant: str, key: Key) -> None:
        self.tenant = tenant
        self.key = key
        self.known: set[str] = set()
        self.native: dict[str, Any] = {}

    @property
    def vendor_id(self) -> str:
        """The vendor's own id, without what the key carries besides."""
        return self.key.id.rpartition(".")[2]

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take over what a vendor's row says; a later word replaces an earlier one."""
        for facet, value in facts.items():
            vendor, dot, name = facet.partition(".")
            if dot:
                self.native[name] = value
            else:
                setattr(self, vendor, value)
        self.known.update(facts)

    def facts(self) -> dict[str, Any]:
        """What is known, as `learn` takes it."""
        return {
            facet: self.native.get(facet.partition(".")[2])
            if "." in facet
            else getattr(self, facet)
            for facet in self.known
        }


class Section(Record):
    """A course section: who meets, when, under which course."""

    kind = Kind.SECTION

    name: str | None = None
    code: str | None = None
    sis_id: str | None = None
    integration_id: str | None = None
    description: str | None = None
    location: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    is_active: bool | None = None
    is_synced: bool | None = None
    url: str | None = None
    course_id: str | None = None
    original_course_id: str | None = None  # only where cross-listed
    term_ids: tuple[str, ...] | None = None
    meeting: Meeting | None = None
    student_count: int | None = None  # active and invited students, each once
    may_manage_calendar: bool | None = None


class Course(Record):
    """A course as its account lists it."""

    kind = Kind.COURSE

    name: str | None = None
    code: str | None = None
    sis_id: str | None = None
    integration_id: str | None = None
    description: str | None = None
    department: str | None = None
    subject: str | None = None
    grade_levels: tuple[str, ...] | None = None
    credits: float | None = None
    state: CourseState | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    time_zone: str | None = None  # an IANA name
    image_url: str | None = None
    url: str | None = None
    term_id: str | None = None
    account_id: str | None = None
    student_count: int | None = None  # active and invited students, each once


class User(Record):
    """A person, as the tenant's vendor knows them."""

    kind = Kind.USER

    name: str | None = None
    display_name: str | None = None  # what both vendors' roster rows carry
    sortable_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    pronouns: str | None = None
    email: str | None = None
    username: str | None = None
    sis_id: str | None = None
    integration_id: str | None = None
    avatar_url: str | None = None
    bio: str | None = None
    locale: str | None = None
    time_zone: str | None = None


class Enrollment(Record):
    """A person's place in a section."""

    kind = Kind.ENROLLMENT

    role: Role | None = None
    state: EnrollmentState | None = None
    user_id: str | None = None
    section_id: str | None = None
    course_id: str | None = None
    grades: Grades | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    last_activity_at: datetime | None = None


class Term(Record):
    """A Canvas enrollment term, or a Schoology grading period."""

    kind = Kind.TERM

    name: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    is_active: bool | None = None


class Account(Record):
    """A Canvas account, or a Schoology school or building."""

    kind = Kind.ACCOUNT

    name: str | None = None
    sis_id: str | None = None
    account_kind: AccountKind | None = None
    parent_id: str | None = None
    time_zone: str | None = None


class Progress(Record):
    """How far a vendor's job has come (Canvas only)."""

    kind = Kind.PROGRESS

    state: ProgressState | None = None
    completion: float | None = None  # per cent
    tag: str | None = None  # what kind of job
    message: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


RECORDS: Mapping[Kind, type[Record]] = {
    cls.kind: cls for cls in (Section, Course, User, Enrollment, Term, Account, Progress)
}
