"""What the gateway knows of a vendor's objects, facet by facet.

A record is one object of one tenant as far as it is known in one request. Its attributes are the
facets that GraphQL fields read. `known` tells "known to be null" (in `known`, value None) from "not
known" (not in `known`, value None as well): only the second is worth a vendor call. What only one
vendor has is called `canvas.<key>` or `schoology.<key>`, and lies in `native` under the vendor's
own key.
"""

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple

from lms_gateway.domain.record import Kind, Record


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
