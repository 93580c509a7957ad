"""From a change to the steps that carry it out, without I/O."""

from lms_gateway.domain.changes import (
    Act,
    Change,
    ChangeStates,
    CopyCourse,
    Create,
    CreateTestStudent,
    CrossList,
    DismissAlert,
    Reenroll,
    Remove,
    RequestUpload,
    ResetCourse,
    Result,
    Update,
    UpdateSettings,
)
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.records import Key, Kind
from lms_gateway.vendors.canvas.acts import act_steps, makes_something
from lms_gateway.vendors.canvas.calls import is_canonical
from lms_gateway.vendors.canvas.course_jobs import (
    change_states,
    copy_course,
    create_test_student,
    dismiss_alert,
    request_upload,
    update_settings,
)
from lms_gateway.vendors.canvas.course_writes import (
    create_course,
    end_course,
    reset_course,
    update_course,
)
from lms_gateway.vendors.canvas.desk import Desk
from lms_gateway.vendors.canvas.enrollment_writes import (
    end_enrollment,
    enroll,
    reenroll,
    update_enrollment,
)
from lms_gateway.vendors.canvas.section_writes import (
    create_section,
    cross_list,
    delete_section,
    update_section,
)
from lms_gateway.vendors.reads import Steps


def carry_out(desk: Desk, change: Change) -> Steps[Result]:
    """Carry out one change. Raises Unsupported at once for what Canvas has no operation for."""
    return _guarded(desk, change, _steps_of(desk, change))


def changed_by(change: Change) -> Key | None:
    """The object whose changes must keep their order; None for one that only makes something."""
    named = _named_by(change)
    makes = isinstance(change, Create) or (isinstance(change, Act) and makes_something(change))
    return None if makes or not named else named[0]


def _guarded(desk: Desk, change: Change, steps: Steps[Result]) -> Steps[Result]:
    try:
        for key in _named_by(change):
            if not is_canonical(key):
                raise BadInput(f"not the id of a Canvas {key.kind}")
        return (yield from steps)
    except LmsError as error:
        return desk.failed(error)


def _named_by(change: Change) -> tuple[Key, ...]:
    """The objects that a change names by their ids, what it changes first."""
    match change:
        case Create(parent=parent):
            return () if parent is None else (parent,)
        case Update(key=key) | Remove(key=key) | Reenroll(key=key):
            return (key,)
        case Act(of=of):
            return () if of is None else (of,)
        case CrossList(section=section, course=course):
            return (section,) if course is None else (section, course)
        case ChangeStates(account=account):
            return () if account is None else (account,)
        case (
            ResetCourse(course=course)
            | UpdateSettings(course=course)
            | CopyCourse(course=course)
            | DismissAlert(course=course)
            | CreateTestStudent(course=course)
            | RequestUpload(course=course)
        ):
            return (course,)
        case _:
            return ()


def _steps_of(desk: Desk, change: Change) -> Steps[Result]:
    match change:
        case Create(kind=Kind.SECTION):
            return create_section(desk, change)
        case Create(kind=Kind.COURSE):
            return create_course(desk, change)
        case Create(kind=Kind.ENROLLMENT):
            return enroll(desk, change)
        case Update(key=Key(Kind.SECTION, _)):
            return update_section(desk, change)
        case Update(key=Key(Kind.COURSE, _)):
            return update_course(desk, change)
        case Update(key=Key(Kind.ENROLLMENT, _)):
            return update_enrollment(desk, change)
        case Remove(key=Key(Kind.SECTION, _)):
            return delete_section(desk, change)
        case Remove(key=Key(Kind.COURSE, _)):
            return end_course(desk, change)
        case Remove(key=Key(Kind.ENROLLMENT, _)):
            return end_enrollment(desk, change)
        case Reenroll():
            return reenroll(desk, change)
        case Act():
            return act_steps(desk, change)
        case CrossList():
            return cross_list(desk, change)
        case ChangeStates():
            return change_states(desk, change)
        case ResetCourse():
            return reset_course(desk, change)
        case UpdateSettings():
            return update_settings(desk, change)
        case CopyCourse():
            return copy_course(desk, change)
        case DismissAlert():
            return dismiss_alert(desk, change)
        case CreateTestStudent():
            return create_test_student(desk, change)
        case RequestUpload():
            return request_upload(desk, change)
        case _:
            raise Unsupported("Canvas has no such operation")
