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
from typing import Any, NamedTuple


class Vendor(StrEnum):
    """The learning platform that a tenant is on."""

    CANVAS = "canvas"
    SCHOOLOGY = "schoology"


class Kind(StrEnum):
    """The kinds of objects that have an identity."""

    SECTION = "section"
    COURSE = "course"
    USER = "user"
    ENROLLMENT = "enrollment"
    TERM = "term"
    ACCOUNT = "account"
    PROGRESS = "progress"


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

    __slots__ = ("key", "known", "native", "tenant")
    kind: Kind

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

    __slots__ = (
        "code",
        "course_id",
        "description",
        "end_at",
        "integration_id",
        "is_active",
        "is_synced",
        "location",
        "may_manage_calendar",
        "meeting",
        "name",
        "original_course_id",
        "sis_id",
        "start_at",
        "student_count",
        "term_ids",
        "url",
    )
    kind = Kind.SECTION

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.name: str | None = None
        self.code: str | None = None
        self.sis_id: str | None = None
        self.integration_id: str | None = None
        self.description: str | None = None
        self.location: str | None = None
        self.start_at: datetime | None = None
        self.end_at: datetime | None = None
        self.is_active: bool | None = None
        self.is_synced: bool | None = None
        self.url: str | None = None
        self.course_id: str | None = None
        self.original_course_id: str | None = None  # only where cross-listed
        self.term_ids: tuple[str, ...] | None = None
        self.meeting: Meeting | None = None
        self.student_count: int | None = None  # active and invited students, each once
        self.may_manage_calendar: bool | None = None


class Course(Record):
    """A course as its account lists it."""

    __slots__ = (
        "account_id",
        "code",
        "credits",
        "department",
        "description",
        "end_at",
        "grade_levels",
        "image_url",
        "integration_id",
        "name",
        "sis_id",
        "start_at",
        "state",
        "student_count",
        "subject",
        "term_id",
        "time_zone",
        "url",
    )
    kind = Kind.COURSE

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.name: str | None = None
        self.code: str | None = None
        self.sis_id: str | None = None
        self.integration_id: str | None = None
        self.description: str | None = None
        self.department: str | None = None
        self.subject: str | None = None
        self.grade_levels: tuple[str, ...] | None = None
        self.credits: float | None = None
        self.state: CourseState | None = None
        self.start_at: datetime | None = None
        self.end_at: datetime | None = None
        self.time_zone: str | None = None  # an IANA name
        self.image_url: str | None = None
        self.url: str | None = None
        self.term_id: str | None = None
        self.account_id: str | None = None
        self.student_count: int | None = None  # active and invited students, each once


class User(Record):
    """A person, as the tenant's vendor knows them."""

    __slots__ = (
        "avatar_url",
        "bio",
        "display_name",
        "email",
        "family_name",
        "given_name",
        "integration_id",
        "locale",
        "name",
        "pronouns",
        "sis_id",
        "sortable_name",
        "time_zone",
        "username",
    )
    kind = Kind.USER

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.name: str | None = None
        self.display_name: str | None = None  # what both vendors' roster rows carry
        self.sortable_name: str | None = None
        self.given_name: str | None = None
        self.family_name: str | None = None
        self.pronouns: str | None = None
        self.email: str | None = None
        self.username: str | None = None
        self.sis_id: str | None = None
        self.integration_id: str | None = None
        self.avatar_url: str | None = None
        self.bio: str | None = None
        self.locale: str | None = None
        self.time_zone: str | None = None


class Enrollment(Record):
    """A person's place in a section."""

    __slots__ = (
        "course_id",
        "end_at",
        "grades",
        "last_activity_at",
        "role",
        "section_id",
        "start_at",
        "state",
        "user_id",
    )
    kind = Kind.ENROLLMENT

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.role: Role | None = None
        self.state: EnrollmentState | None = None
        self.user_id: str | None = None
        self.section_id: str | None = None
        self.course_id: str | None = None
        self.grades: Grades | None = None
        self.start_at: datetime | None = None
        self.end_at: datetime | None = None
        self.last_activity_at: datetime | None = None


class Term(Record):
    """A Canvas enrollment term, or a Schoology grading period."""

    __slots__ = ("end_at", "is_active", "name", "start_at")
    kind = Kind.TERM

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.name: str | None = None
        self.start_at: datetime | None = None
        self.end_at: datetime | None = None
        self.is_active: bool | None = None


class Account(Record):
    """A Canvas account, or a Schoology school or building."""

    __slots__ = ("account_kind", "name", "parent_id", "sis_id", "time_zone")
    kind = Kind.ACCOUNT

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.name: str | None = None
        self.sis_id: str | None = None
        self.account_kind: AccountKind | None = None
        self.parent_id: str | None = None
        self.time_zone: str | None = None


class Progress(Record):
    """How far a vendor's job has come (Canvas only)."""

    __slots__ = ("completion", "created_at", "message", "state", "tag", "updated_at")
    kind = Kind.PROGRESS

    def __init__(self, tenant: str, key: Key) -> None:
        super().__init__(tenant, key)
        self.state: ProgressState | None = None
        self.completion: float | None = None  # per cent
        self.tag: str | None = None  # what kind of job
        self.message: str | None = None
        self.created_at: datetime | None = None
        self.updated_at: datetime | None = None


RECORDS: Mapping[Kind, type[Record]] = {
    cls.kind: cls for cls in (Section, Course, User, Enrollment, Term, Account, Progress)
}
