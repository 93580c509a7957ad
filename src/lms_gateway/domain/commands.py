"""What can be changed at a tenant's vendor, in the school's words.

Create, Update, Remove    a section, course or enrollment
CrossList                 a section to another course, or back to its own (Canvas)
CopySection               a section's content into another, as a job (Schoology)
Reenroll                  an enrollment that was concluded or deactivated (Canvas)
RedeemCode                the viewer enrols with a section's access code (Schoology)
ChangeStates              many courses at once, as a job (Canvas)
ResetCourse … RequestUpload   what Canvas alone does with a course
Act                       tokens, calendars, notifications and reports (Canvas)

`values` hold only what the caller gave: a name that is missing stays as it is, one that is None is
set to nothing. Names are those of facets (`domain.records`): neutral ones, and `canvas.<key>` or
`schoology.<key>` for what only one vendor has. `options` steer the operation itself and are not
stored (`canvas.override_sis_stickiness`, `schoology.update_existing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Key, Kind, Record

Values = Mapping[str, Any]
"""Datetimes are aware; enums are the domain's; ids are canonical; None sets to nothing."""


class CommandStatus(StrEnum):
    """What became of a change."""

    CONFIRMED = "CONFIRMED"  # the vendor said that it is done
    ACCEPTED = "ACCEPTED"  # the vendor took it as a job
    REFUSED = "REFUSED"  # surely not done
    UNKNOWN = "UNKNOWN"  # sent, and not answered


class DeleteMode(StrEnum):
    """How something is ended."""

    DELETE = "DELETE"
    CONCLUDE = "CONCLUDE"  # courses and enrollments
    DEACTIVATE = "DEACTIVATE"  # enrollments


class CourseEvent(StrEnum):
    """What happens to many courses at once."""

    OFFER = "OFFER"
    CONCLUDE = "CONCLUDE"
    DELETE = "DELETE"
    UNDELETE = "UNDELETE"


@dataclass(frozen=True, slots=True)
class Create:
    """A new `kind`: a section in a course, a course in an account (None: the root), or an
    enrollment in a section (`values` hold `user_id`, `role`, `state`)."""

    kind: Kind
    parent: Key | None
    values: Values
    options: Values = field(default_factory=dict)
    sections: tuple["Create", ...] = ()  # of a new course, made with it (Schoology)


@dataclass(frozen=True, slots=True)
class Update:
    """New values for a section, course or enrollment."""

    key: Key
    values: Values
    options: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """The end of a section, course or enrollment. The result's record is the former object."""

    key: Key
    mode: DeleteMode = DeleteMode.DELETE


@dataclass(frozen=True, slots=True)
class Reactivate:
    """An enrollment made active again."""

    key: Key


@dataclass(frozen=True, slots=True)
class CrossList:
    """A section moved to another course; None: back to where it came from."""

    section: Key
    course: Key | None
    override_sis_stickiness: bool = True


@dataclass(frozen=True, slots=True)
class CopySection:
    """A section's content copied into another, existing or new.

    Exactly one of each pair or triple is given: `source_id` or `source_sis_id`; the target's
    `section_id`, `section_sis_id` or `section_code`; `course_id` or `course_code`.
    """

    title: str
    term_ids: tuple[str, ...]
    source_id: str | None = None
    source_sis_id: str | None = None
    section_id: str | None = None
    section_sis_id: str | None = None
    section_code: str | None = None
    course_id: str | None = None
    course_code: str | None = None
    description: str | None = None
    synced: bool | None = None
    enroll_user: bool = False
    wait_timeout: float = 0.0  # seconds to wait for the new section, within the deadline


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """The viewer enrols into a section with its access code."""

    section: Key
    code: str


@dataclass(frozen=True, slots=True)
class BulkCourseEvent:
    """At most 500 courses of an account (None: the root) brought to another state, as a job."""

    courses: tuple[str, ...]
    event: CourseEvent
    account: Key | None = None


@dataclass(frozen=True, slots=True)
class ResetCourse:
    """A course emptied: it is deleted, and a new one with a new id takes its place."""

    course: Key


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """A course's settings; the result's `detail` are the settings as stored (Canvas's keys)."""

    course: Key
    values: Values


@dataclass(frozen=True, slots=True)
class CopyCourse:
    """Content of another course copied in; `detail` is the job (Canvas's keys)."""

    course: Key
    source_id: str  # the other course's canonical id
    included: tuple[str, ...] | None = None  # Canvas's words; not with `leave_out`
    excluded: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DismissQuizMigrationAlert:
    """The quiz migration alert of a course, for the viewer."""

    course: Key


@dataclass(frozen=True, slots=True)
class CreateTestStudent:
    """The course's test student; the result's record is the user."""

    course: Key


@dataclass(frozen=True, slots=True)
class RequestFileUpload:
    """Leave to upload a file; `detail` holds `upload_url`, `upload_params` and `file_param`."""

    course: Key
    name: str
    size: int | None = None  # bytes
    content_type: str | None = None
    parent_folder_path: str | None = None
    on_duplicate: str | None = None  # `overwrite` or `rename`


@dataclass(frozen=True, slots=True)
class VendorOperation:
    """An operation that only Canvas has, by its name (`create_access_token`, `start_report` …).

    The result's `detail` is what the operation answers, under Canvas's names.
    """

    name: str
    target: Key | None
    values: Values = field(default_factory=dict)


Command = (
    VendorOperation
    | Create
    | Update
    | Delete
    | Reactivate
    | CrossList
    | CopySection
    | RedeemCode
    | BulkCourseEvent
    | ResetCourse
    | UpdateSettings
    | CopyCourse
    | DismissQuizMigrationAlert
    | CreateTestStudent
    | RequestFileUpload
)


@dataclass(frozen=True, slots=True)
class InputProblem:
    """What the caller can mend, or what did not take.

    `field` is the name of the value (or option) that it is about; None: the change as a whole.
    """

    code: str  # of docs/errors.md
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of one change.

    `record` is the object as it is stored now (as it was, where removed); None where it is not
    known or there is none. `error` is a failure that the caller cannot mend: with REFUSED it was
    surely not done, with UNKNOWN it may have been (OutcomeUnknown).
    """

    status: CommandStatus
    record: Record | None = None
    problems: Sequence[InputProblem] = ()
    error: LmsError | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
