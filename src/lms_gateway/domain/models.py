"""Records of the objects that both vendors have, and their enums.

The annotations are the common fields, which GraphQL fields read. A field of one vendor is called
`canvas.<key>` or `schoology.<key>`, with the vendor's key; it has no annotation here.
"""

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple

from lms_gateway.domain.record import Kind, Record


class Role(StrEnum):
    """Role of a user in a section."""

    STUDENT = "STUDENT"
    TEACHER = "TEACHER"
    TA = "TA"
    OBSERVER = "OBSERVER"
    DESIGNER = "DESIGNER"
    STUDENT_VIEW = "STUDENT_VIEW"


class EnrollmentState(StrEnum):
    """State of an enrollment."""

    ACTIVE = "ACTIVE"
    INVITED = "INVITED"
    REQUESTED = "REQUESTED"
    INACTIVE = "INACTIVE"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class CourseState(StrEnum):
    """Publication state of a course."""

    UNPUBLISHED = "UNPUBLISHED"
    AVAILABLE = "AVAILABLE"
    COMPLETED = "COMPLETED"
    DELETED = "DELETED"


class ProgressState(StrEnum):
    """State of a job; COMPLETED and FAILED are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class AccountKind(StrEnum):
    """Level of an account in the vendor's hierarchy."""

    ROOT = "ROOT"
    SUB_ACCOUNT = "SUB_ACCOUNT"
    SCHOOL = "SCHOOL"
    BUILDING = "BUILDING"


class Day(StrEnum):
    """Day of the week."""

    SUNDAY = "SUNDAY"
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"


class Meeting(NamedTuple):
    """Weekly meeting times of a section, in the school's time zone."""

    days: tuple[Day, ...]
    start_time: time | None
    end_time: time | None


class Grades(NamedTuple):
    """Grades of a student: scores are percentages, grades are the school's letters."""

    current_score: float | None = None
    current_grade: str | None = None
    final_score: float | None = None
    final_grade: str | None = None


class Section(Record):
    """A course section."""

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
    original_course_id: str | None = None  # if the section is cross-listed
    term_ids: tuple[str, ...] | None = None
    meeting: Meeting | None = None
    student_count: int | None = None  # active and invited students, without duplicates
    may_manage_calendar: bool | None = None


class Course(Record):
    """A course."""

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
    student_count: int | None = None  # active and invited students, without duplicates


class User(Record):
    """A user of the vendor."""

    kind = Kind.USER

    name: str | None = None
    display_name: str | None = None  # the roster rows of both vendors have it
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
    """Membership of a user in a section, with a role."""

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
    """Progress of a vendor's job (Canvas only)."""

    kind = Kind.PROGRESS

    state: ProgressState | None = None
    completion: float | None = None  # percent
    tag: str | None = None  # the kind of job
    message: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


RECORDS: Mapping[Kind, type[Record]] = {
    cls.kind: cls for cls in (Section, Course, User, Enrollment, Term, Account, Progress)
}
