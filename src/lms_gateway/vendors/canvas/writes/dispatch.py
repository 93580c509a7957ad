"""From a change to the steps that carry it out, without I/O."""

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    Command,
    CommandResult,
    CopyCourse,
    Create,
    CreateTestStudent,
    CrossList,
    Delete,
    DismissQuizMigrationAlert,
    Reactivate,
    RequestFileUpload,
    ResetCourse,
    Update,
    UpdateSettings,
    VendorOperation,
)
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.canvas.api.endpoints import is_canonical
from lms_gateway.vendors.canvas.writes.canvas_operations import creates_object, operation_steps
from lms_gateway.vendors.canvas.writes.course_jobs import (
    apply_course_event,
    copy_course,
    create_test_student,
    dismiss_alert,
    request_upload,
    update_settings,
)
from lms_gateway.vendors.canvas.writes.courses import (
    create_course,
    delete_course,
    reset_course,
    update_course,
)
from lms_gateway.vendors.canvas.writes.enrollments import (
    delete_enrollment,
    enroll,
    reactivate,
    update_enrollment,
)
from lms_gateway.vendors.canvas.writes.sections import (
    create_section,
    cross_list,
    delete_section,
    update_section,
)
from lms_gateway.vendors.canvas.writes.session import WriteSession
from lms_gateway.vendors.shared.steps import Steps


def write_steps(session: WriteSession, command: Command) -> Steps[CommandResult]:
    """Carry out one change. Raises Unsupported at once for what Canvas has no operation for."""
    return _isolate_errors(session, command, _dispatch(session, command))


def ordering_key(command: Command) -> Key | None:
    """The object whose changes must keep their order; None for one that only makes something."""
    keys = _referenced_keys(command)
    creates = isinstance(command, Create) or (
        isinstance(command, VendorOperation) and creates_object(command)
    )
    return None if creates or not keys else keys[0]


def _isolate_errors(
    session: WriteSession, command: Command, steps: Steps[CommandResult]
) -> Steps[CommandResult]:
    try:
        for key in _referenced_keys(command):
            if not is_canonical(key):
                raise BadInput(f"not the id of a Canvas {key.kind}")
        return (yield from steps)
    except LmsError as error:
        return session.result_for_error(error)


def _referenced_keys(command: Command) -> tuple[Key, ...]:
    """The objects that a change names by their ids, what it changes first."""
    match command:
        case Create(parent=parent):
            return () if parent is None else (parent,)
        case Update(key=key) | Delete(key=key) | Reactivate(key=key):
            return (key,)
        case VendorOperation(target=target):
            return () if target is None else (target,)
        case CrossList(section=section, course=course):
            return (section,) if course is None else (section, course)
        case BulkCourseEvent(account=account):
            return () if account is None else (account,)
        case (
            ResetCourse(course=course)
            | UpdateSettings(course=course)
            | CopyCourse(course=course)
            | DismissQuizMigrationAlert(course=course)
            | CreateTestStudent(course=course)
            | RequestFileUpload(course=course)
        ):
            return (course,)
        case _:
            return ()


def _dispatch(session: WriteSession, command: Command) -> Steps[CommandResult]:
    match command:
        case Create(kind=Kind.SECTION):
            return create_section(session, command)
        case Create(kind=Kind.COURSE):
            return create_course(session, command)
        case Create(kind=Kind.ENROLLMENT):
            return enroll(session, command)
        case Update(key=Key(Kind.SECTION, _)):
            return update_section(session, command)
        case Update(key=Key(Kind.COURSE, _)):
            return update_course(session, command)
        case Update(key=Key(Kind.ENROLLMENT, _)):
            return update_enrollment(session, command)
        case Delete(key=Key(Kind.SECTION, _)):
            return delete_section(session, command)
        case Delete(key=Key(Kind.COURSE, _)):
            return delete_course(session, command)
        case Delete(key=Key(Kind.ENROLLMENT, _)):
            return delete_enrollment(session, command)
        case Reactivate():
            return reactivate(session, command)
        case VendorOperation():
            return operation_steps(session, command)
        case CrossList():
            return cross_list(session, command)
        case BulkCourseEvent():
            return apply_course_event(session, command)
        case ResetCourse():
            return reset_course(session, command)
        case UpdateSettings():
            return update_settings(session, command)
        case CopyCourse():
            return copy_course(session, command)
        case DismissQuizMigrationAlert():
            return dismiss_alert(session, command)
        case CreateTestStudent():
            return create_test_student(session, command)
        case RequestFileUpload():
            return request_upload(session, command)
        case _:
            raise Unsupported("Canvas has no such operation")
