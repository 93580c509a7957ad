"""Endpoints that create, change, delete and reset courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

import re
from dataclasses import replace

from lms_sandbox.canvas.courses import lifecycle, params
from lms_sandbox.canvas.courses.lifecycle import EVENTS, CourseEventName, add_default_section
from lms_sandbox.canvas.courses.options import option
from lms_sandbox.canvas.courses.serializer import serialize_course
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.data.fake_people import enroll
from lms_sandbox.data.models import Course


@route("POST", "/accounts/:account_id/courses")
def create(request: CanvasRequest) -> ObjectResponse:
    account, viewer = request.account(), request.viewer
    is_admin = viewer.administers(account.id)
    teachers_may = request.quirks.teachers_create_courses
    request.require(is_admin or (teachers_may and viewer.is_teacher_anywhere))
    attributes, school = request.params.nested("course"), request.school
    sis_id = attributes.text("sis_course_id")
    if is_admin and sis_id and request.params.flag("enable_sis_reactivation"):
        former = school.by_sis(Course, sis_id)
        if former is not None and former.state == "deleted":
            # All other attributes are ignored.
            school.change(former, state="unpublished", is_claimed=True)
            return ObjectResponse(_finish_creation(request, former))
    course = Course(0, "Unnamed Course", account.id, _default_term_id(request))
    course.state, course.time_zone = "unpublished", account.time_zone
    course.created_at = school.now
    fields = params.merge_fields(
        params.parse_fields(request, attributes, course),
        params.parse_sis_fields(request, attributes, course),
        params.parse_term(request, attributes),
    )
    if not is_admin:  # Canvas ignores the visibility that a teacher requests.
        fields.pop("is_public", None)
        for name in ("is_public_to_auth_users", "public_syllabus", "public_syllabus_to_auth"):
            fields["options"].pop(name, None)
    fields["code"] = fields.get("code") or _default_course_code(fields.get("name", course.name))
    params.set_fields(course, fields)
    school.add(course)
    school.change(course, uuid=f"course{course.id:034}")
    if request.quirks.has_default_section:
        add_default_section(request, course)
    return ObjectResponse(_finish_creation(request, course))


def _finish_creation(request: CanvasRequest, course: Course) -> object:
    """Carry out `offer` and `enroll_me`; return the body of the response."""
    if request.params.flag("offer"):
        lifecycle.apply_event(request, course, "offer")
    if request.params.text("enroll_me") == "true":  # Other true values are ignored.
        sections = request.school.sections_of_course(course.id)
        section = sections[0] if sections else add_default_section(request, course)
        enroll(request.school, section, request.viewer.user, "teacher")
    return serialize_course(request, course, "created")


def _default_term_id(request: CanvasRequest) -> int:
    term = request.find_term("default")
    return next(iter(request.school.terms)) if term is None else term.id


def _default_course_code(name: str) -> str:
    """Return the first word of a name and the next one with a digit: `Biology 101`."""
    first, *others = name.split() or [name]
    return " ".join([first, *[word for word in others if re.search(r"\d", word)][:1]])


@route("PUT", "/courses/:id")
def update(request: CanvasRequest) -> ObjectResponse:
    course = request.find_course(request.path_params["id"])
    attributes = request.params.nested("course")
    event = next((value for value in EVENTS if attributes.text("event") == value), None)
    if course is None or (course.state == "deleted" and event != "undelete"):
        raise request.not_found()
    viewer = request.viewer
    if not viewer.can_edit(course):
        request.require(viewer.can_edit_content(course))
        if "syllabus_body" in attributes:  # All other attributes are ignored.
            request.school.change(course, syllabus=attributes.text("syllabus_body"))
        return ObjectResponse(serialize_course(request, course, "updated"))
    request.require(event != "undelete" or viewer.administers(course.account_id))
    if attributes:
        fields = params.merge_fields(
            params.parse_fields(request, attributes, course),
            params.parse_sis_fields(request, attributes, course),
            params.parse_admin_fields(request, attributes, course),
        )
        if request.params.flag("override_sis_stickiness") is False:
            if "state" in course.sticky:
                event = None
            fields = {name: value for name, value in fields.items() if name not in course.sticky}
        if event is not None:
            lifecycle.apply_event(request, course, event)
        params.update_course(request, course, fields)
    if request.params.flag("offer"):
        lifecycle.apply_event(request, course, "offer")
    return ObjectResponse(serialize_course(request, course, "updated"))


@route("DELETE", "/courses/:id")
def delete(request: CanvasRequest) -> ObjectResponse:
    course = request.course("id")
    event_name = request.params.text("event")
    if event_name not in ("delete", "conclude"):
        raise CanvasError(400, {"message": 'Only "delete" and "conclude" events are allowed.'})
    event: CourseEventName = "delete" if event_name == "delete" else "conclude"
    is_allowed_teacher = request.viewer.can_manage(course) and (event == "conclude" or course.sis_id is None)
    request.require(request.viewer.administers(course.account_id) or is_allowed_teacher)
    if not lifecycle.apply_event(request, course, event):
        raise CanvasError(400, {event: False})
    return ObjectResponse({event: True})


@route("POST", "/courses/:course_id/reset_content")
def reset(request: CanvasRequest) -> ObjectResponse:
    """Replace a course by a new one with its sections and enrollments."""
    old = request.course()
    request.require(request.viewer.can_manage(old))
    if old.is_blueprint or option(old, "template"):
        raise CanvasError(400, {"message": "cannot reset_content on a blueprint or template course"})
    school = request.school
    options = {name: value for name, value in old.options.items() if name != "default_view"}
    new = replace(old, id=0, sis_id=None, integration_id=None, syllabus=None, options=options)
    new.state, new.is_claimed, new.created_at = "unpublished", True, school.now
    school.add(new)
    school.change(new, uuid=f"course{new.id:034}")
    sis_id, integration_id = old.sis_id, old.integration_id
    school.change(old, sis_id=None, integration_id=None)
    school.change(new, sis_id=sis_id, integration_id=integration_id)
    for section in school.sections_of_course(old.id, deleted=True):
        school.change(section, course_id=new.id)
    for enrollment in list(school.enrollments_of_course(old.id)):
        school.change(enrollment, course_id=new.id)
    school.change(old, state="deleted")
    return ObjectResponse(serialize_course(request, new, "updated"))
