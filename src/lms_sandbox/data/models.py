"""Records of a school, independent of the vendor that serves them.

Records are mutable: a write changes what the next read returns. `School.add` adds a record and
indexes it. Indexed fields (ids, sis_id, integration_id, username, and the fields that end in `_id`)
are changed through `School.change`. Times are aware and in UTC; ids are integers, some above 2**31.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Role = Literal["student", "teacher", "ta", "observer", "designer", "test_student"]
EnrollmentState = Literal[
    "active", "invited", "requested", "inactive", "completed", "archived", "rejected", "deleted"
]
CourseState = Literal["unpublished", "available", "completed", "deleted"]
RecordState = Literal["active", "deleted"]
UserState = Literal["registered", "unconfirmed", "inactive", "deleted"]
Position = Literal["student", "teacher", "parent", "admin"]
Subject = Literal[
    "other", "health", "language", "mathematics", "professional", "science", "social", "special",
    "technology", "arts",
]  # fmt: skip
Grade = Literal["none", "prek", "k", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "higher"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
"""The index of a subject is its number at Schoology, 0 to 9."""
GRADES: tuple[Grade, ...] = get_args(Grade)
"""The index of a grade is its number at Schoology, 0 to 15."""


@dataclass(slots=True)
class Account:
    """The institution (without a parent), or a part of it: a faculty, department or building."""

    id: int
    name: str
    parent_id: int | None = None
    sis_id: str | None = None
    integration_id: str | None = None
    time_zone: str = "America/Denver"
    address: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = "US"
    website: str = ""
    phone: str = ""
    code: str = ""
    uuid: str = ""
    state: RecordState = "active"


@dataclass(slots=True)
class Term:
    """A Canvas enrollment term or a Schoology grading period."""

    id: int
    name: str
    start_at: datetime | None = None  # None: unbounded
    end_at: datetime | None = None  # the last second of the last day
    sis_id: str | None = None
    integration_id: str | None = None
    is_default: bool = False  # the term of courses that specify none
    created_at: datetime | None = None
    state: RecordState = "active"


@dataclass(slots=True)
class Course:
    id: int
    name: str
    account_id: int
    term_id: int
    code: str = ""
    sis_id: str | None = None
    integration_id: str | None = None
    state: CourseState = "available"
    description: str = ""  # plain text
    syllabus: str | None = None  # HTML
    department: str = ""
    subject: Subject = "other"
    credits: float = 0
    lowest_grade: Grade = "none"
    highest_grade: Grade = "none"
    start_at: datetime | None = None
    end_at: datetime | None = None
    restrict_to_dates: bool = False  # outside its dates, students see only a stub
    time_zone: str = "America/Denver"
    image_url: str | None = None
    is_public: bool | None = None
    is_blueprint: bool = False
    is_claimed: bool = True  # unpublished courses: "claimed" at Canvas if True, otherwise "created"
    format: str | None = None  # on_campus, online, blended
    is_synced: bool = False
    uuid: str = ""
    created_at: datetime | None = None
    options: dict[str, Any] = field(default_factory=dict)
    """Settings that only one vendor has, by the vendor's name; only those that were set."""
    sticky: frozenset[str] = frozenset()
    """Fields changed by hand, which an SIS import must not overwrite (SIS sticky fields)."""


@dataclass(slots=True)
class Section:
    id: int
    name: str
    course_id: int
    sis_id: str | None = None
    integration_id: str | None = None
    original_course_id: int | None = None  # of a cross-listed section
    code: str = ""
    description: str = ""
    location: str = ""
    meeting_days: tuple[int, ...] = ()  # Sunday is 0
    start_time: str = ""  # HH:MM in the time zone of the school
    end_time: str = ""
    term_ids: tuple[int, ...] = ()  # a section may span several grading periods
    lowest_grade: Grade = "none"
    highest_grade: Grade = "none"
    subject: Subject = "other"
    access_code: str = ""
    start_at: datetime | None = None
    end_at: datetime | None = None
    restrict_to_dates: bool | None = None
    is_synced: bool = False
    class_periods: tuple[int, ...] = ()  # of a school with block scheduling
    options: dict[str, int] = field(default_factory=dict)  # only those that were set
    has_content: bool = True  # assignments, pages and so on; False for a new section
    created_at: datetime | None = None
    state: RecordState = "active"


@dataclass(slots=True)
class User:
    id: int
    given_name: str
    family_name: str
    position: Position = "student"
    username: str = ""
    email: str = ""
    title: str = ""
    preferred_name: str = ""
    middle_name: str = ""
    pronouns: str | None = None
    sis_id: str | None = None
    integration_id: str | None = None
    avatar_url: str | None = None
    bio: str | None = None
    gender: str | None = None
    job: str | None = None
    graduation_year: int | None = None
    locale: str | None = None
    time_zone: str = "America/Denver"
    account_id: int = 0  # the institution or the building
    child_ids: tuple[int, ...] = ()  # the users whose parent this is
    parent_ids: tuple[int, ...] = ()
    uuid: str = ""
    created_at: datetime | None = None
    last_login_at: datetime | None = None
    is_synced: bool = False
    state: UserState = "registered"

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def display_name(self) -> str:
        return f"{self.preferred_name or self.given_name} {self.family_name}"

    @property
    def sortable_name(self) -> str:
        return f"{self.family_name}, {self.given_name}"


@dataclass(slots=True)
class Enrollment:
    """One user in one section with one role. A user may have several in a course."""

    id: int
    user_id: int
    course_id: int
    section_id: int
    role: Role = "student"
    state: EnrollmentState = "active"
    observed_id: int | None = None  # of an observer: the observed user
    limited_to_section: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    last_activity_at: datetime | None = None
    activity_seconds: int = 0
    score: float | None = None  # students only, in percent


Record = Account | Term | Course | Section | User | Enrollment
