"""Commands: the writes of a backend, independent of the vendor.

Create, Update, Delete    a section, course or enrollment
Reactivate                a concluded or deactivated enrollment (Canvas)
CrossList                 a section into another course, or back to its own (Canvas)
CopySection               a section's content into another section, as a job (Schoology)
RedeemCode                enroll the viewer with a section's access code (Schoology)
BulkCourseEvent           change the state of many courses, as a job (Canvas)
ResetCourse … RequestFileUpload   operations on a course that only Canvas has
VendorOperation           tokens, calendars, notifications and reports (Canvas)

`values` contain only what the caller gave: a field that is missing is not changed, a field that is
None is cleared. Names are field names (`domain.models`): common fields, and `canvas.<key>` or
`schoology.<key>` for fields of one vendor. `options` control the operation and are not stored
(`canvas.override_sis_stickiness`, `schoology.update_existing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Key, Kind, Record

Values = Mapping[str, Any]
"""Field values: datetimes are aware, enums are the domain's, ids are canonical, None clears."""


class CommandStatus(StrEnum):
    """Outcome of a command."""

    CONFIRMED = "CONFIRMED"  # the vendor reported success
    ACCEPTED = "ACCEPTED"  # the vendor accepted it as a job
    REFUSED = "REFUSED"  # certainly not run
    UNKNOWN = "UNKNOWN"  # sent, and no reply was received


class DeleteMode(StrEnum):
    """How an object is deleted."""

    DELETE = "DELETE"
    CONCLUDE = "CONCLUDE"  # courses and enrollments
    DEACTIVATE = "DEACTIVATE"  # enrollments


class CourseEvent(StrEnum):
    """A change of state of many courses."""

    OFFER = "OFFER"
    CONCLUDE = "CONCLUDE"
    DELETE = "DELETE"
    UNDELETE = "UNDELETE"


@dataclass(frozen=True, slots=True)
class Create:
    """Create an object of a kind below `parent`.

    A section in a course, a course in an account (None: the root account), or an enrollment in a
    section (with the values `user_id`, `role`, `state`).
    """

    kind: Kind
    parent: Key | None
    values: Values
    options: Values = field(default_factory=dict)
    sections: tuple["Create", ...] = ()  # created together with a course (Schoology)


@dataclass(frozen=True, slots=True)
class Update:
    """Change values of a section, course or enrollment."""

    key: Key
    values: Values
    options: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a section, course or enrollment. The result's record is the object before it."""

    key: Key
    mode: DeleteMode = DeleteMode.DELETE


@dataclass(frozen=True, slots=True)
class Reactivate:
    """Make an enrollment active again."""

    key: Key


@dataclass(frozen=True, slots=True)
class CrossList:
    """Move a section to another course; None: back to its original course."""

    section: Key
    course: Key | None
    override_sis_stickiness: bool = True


@dataclass(frozen=True, slots=True)
class CopySection:
    """Copy the content of a section into another section, which may be new.

    Exactly one of each group is given: `source_id` or `source_sis_id`; the target's `section_id`,
    `section_sis_id` or `section_code`; `course_id` or `course_code`.
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
    """Enroll the viewer in a section with its access code."""

    section: Key
    code: str


@dataclass(frozen=True, slots=True)
class BulkCourseEvent:
    """Change the state of at most 500 courses of an account (None: the root), as a job."""

    courses: tuple[str, ...]
    event: CourseEvent
    account: Key | None = None


@dataclass(frozen=True, slots=True)
class ResetCourse:
    """Reset a course: delete it, and create an empty one with a new id."""

    course: Key


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """Change settings of a course. The result's `detail` is the stored settings (Canvas's keys)."""

    course: Key
    values: Values


@dataclass(frozen=True, slots=True)
class CopyCourse:
    """Copy content of another course. The result's `detail` is the job (Canvas's keys)."""

    course: Key
    source_id: str  # canonical id of the other course
    included: tuple[str, ...] | None = None  # Canvas's content types; not together with `excluded`
    excluded: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DismissQuizMigrationAlert:
    """Dismiss the quiz migration alert of a course, for the viewer."""

    course: Key


@dataclass(frozen=True, slots=True)
class CreateTestStudent:
    """Create the test student of a course. The result's record is the user."""

    course: Key


@dataclass(frozen=True, slots=True)
class RequestFileUpload:
    """Request an upload URL. `detail` has `upload_url`, `upload_params` and `file_param`."""

    course: Key
    name: str
    size: int | None = None  # bytes
    content_type: str | None = None
    parent_folder_path: str | None = None
    on_duplicate: str | None = None  # `overwrite` or `rename`


@dataclass(frozen=True, slots=True)
class VendorOperation:
    """Run a named operation that only Canvas has (`create_access_token`, `start_report` …).

    The result's `detail` is the operation's result, with Canvas's key names.
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
    """An input error that the caller can fix, or a value that the vendor did not store.

    `field` is the name of the value or option; None: the command as a whole.
    """

    code: str  # of docs/errors.md
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Result of one command.

    `record` is the object as stored, or as it was before a deletion; None if there is none or it is
    not known. `error` is an error that the caller cannot fix: with REFUSED the command certainly
    did not run, with UNKNOWN it may have run (OutcomeUnknown).
    """

    status: CommandStatus
    record: Record | None = None
    problems: Sequence[InputProblem] = ()
    error: LmsError | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
