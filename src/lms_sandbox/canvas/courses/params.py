"""What `course[…]` changes of a course: read, checked, and cut down to what the caller may change.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.create
https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from lms_sandbox.canvas.courses.settings_defaults import DEFAULTS, option
from lms_sandbox.canvas.http.errors import CanvasError, already_in_use, validation_error
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest
from lms_sandbox.data.models import Course

MAX_NAME_LENGTH = 255
_MAX_HTML_DEPTH = 256  # elements within elements
_UNCLOSED_ELEMENTS = frozenset(
    {
        "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li",
        "link", "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead",
        "tr", "track", "wbr",
    }
)  # fmt: skip
_FLAGS = (
    "is_public_to_auth_users",
    "public_syllabus",
    "public_syllabus_to_auth",
    "allow_student_wiki_edits",
    "allow_wiki_comments",
    "allow_student_forum_attachments",
    "open_enrollment",
    "self_enrollment",
    "hide_final_grades",
    "apply_assignment_group_weights",
    "post_manually",
    "syllabus_course_summary",
    "conditional_release",
    "enable_course_paces",
    "use_blueprint_restrictions_by_object_type",
)
_CHOICES: dict[str, tuple[str, ...]] = {
    "license": (
        "private", "cc_by_nc_nd", "cc_by_nc_sa", "cc_by_nc", "cc_by_nd", "cc_by_sa", "cc_by",
        "public_domain",
    ),
    "default_view": ("feed", "wiki", "modules", "syllabus", "assignments"),
    "grade_passback_setting": ("nightly_sync", "disabled", ""),
    "course_format": ("on_campus", "online", "blended", ""),
}  # fmt: skip
_HOMEROOM_OPTIONS = ("homeroom_course", "sync_enrollments_from_homeroom", "homeroom_course_id")
_RESTRICTION_NAMES = ("content", "points", "due_dates", "availability_dates")
_OBJECT_TYPES = ("assignment", "attachment", "discussion_topic", "quiz", "wiki_page")
_TEXT_FIELDS = {
    "course_code": "code",
    "time_zone": "time_zone",
    "public_description": "description",
    "syllabus_body": "syllabus",
}
STICKY_FIELDS = ("name", "code", "start_at", "end_at", "restrict_to_dates", "term_id", "state")
"""What an import brings, too, and leaves alone once it was changed by hand."""

CourseFields = dict[str, Any]
"""A course's fields by their names in `records`; `options` is merged, not replaced."""


def parse_fields(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """What anybody who may edit `course` changes of it. Raises Refusal where it is not valid."""
    fields: CourseFields = {}
    options: dict[str, Any] = {
        name: attributes.flag(name) or False for name in _FLAGS if name in attributes
    }
    if "name" in attributes:
        fields["name"] = attributes.text("name") or "Unnamed Course"
        if len(fields["name"]) > MAX_NAME_LENGTH:
            raise validation_error(request.quirks, "name", "too_long", "too_long")
    for name, field in _TEXT_FIELDS.items():
        if name in attributes:
            fields[field] = attributes.text(name) or ("" if field != "syllabus" else None)
    if "is_public" in attributes:
        fields["is_public"] = attributes.flag("is_public")
    for name, choices in _CHOICES.items():
        if name in attributes:
            value = attributes.text(name) or ""
            if value not in choices and not (value == "" and name != "default_view"):
                raise validation_error(request.quirks, name, f"Invalid {name}")
            options[name] = value or DEFAULTS.get(name)
    if "course_format" in options:
        fields["format"] = options.pop("course_format")
    if "grading_standard_id" in attributes:
        options["grading_standard_id"] = attributes.integer("grading_standard_id")
    _validate_html(fields)
    _parse_images(attributes, fields, options)
    _parse_elementary(request, attributes, options)
    fields["options"] = options
    return fields | _parse_dates(request, attributes, course)


def _validate_html(fields: CourseFields) -> None:
    """Raises Refusal where a syllabus is nested too deep for Canvas's parser."""
    parser = _DepthParser()
    parser.feed(fields.get("syllabus") or "")
    if parser.max_depth > _MAX_HTML_DEPTH:
        message = "The document tree depth limit was exceeded"
        raise CanvasError(400, {"errors": {"unparsable_content": message}})


class _DepthParser(HTMLParser):
    """How deep elements stand within elements that must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self.max_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNCLOSED_ELEMENTS:
            self._depth += 1
            self.max_depth = max(self.max_depth, self._depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _UNCLOSED_ELEMENTS:
            self._depth = max(0, self._depth - 1)


def _parse_images(attributes: CanvasParams, fields: CourseFields, options: dict[str, Any]) -> None:
    url, file_id = attributes.text("image_url"), attributes.text("image_id")
    if url and file_id:
        message = "You cannot provide both an image_url and a image_id."
        raise CanvasError(400, {"message": message})
    if file_id:
        if attributes.integer("image_id") is None:
            raise CanvasError(400, {"message": "The image_id is not a valid course file id."})
        fields["image_url"], options["image_id"] = None, attributes.integer("image_id")
    elif url:
        fields["image_url"], options["image_id"] = url, None
    if attributes.flag("remove_image"):
        fields["image_url"], options["image_id"] = None, None
    if attributes.flag("remove_banner_image"):
        options["banner_image_url"] = options["banner_image_id"] = None


def _parse_elementary(
    request: CanvasRequest, attributes: CanvasParams, options: dict[str, Any]
) -> None:
    """A friendly name is kept by any Canvas, and shown by one for elementary schools."""
    if "friendly_name" in attributes:
        options["friendly_name"] = attributes.text("friendly_name") or None
    if not request.quirks.is_elementary:
        return
    if "course_color" in attributes:
        options["course_color"] = attributes.text("course_color") or None
    for name in _HOMEROOM_OPTIONS:
        if name in attributes:
            is_flag = name == "homeroom_course"
            options[name] = (attributes.flag(name) or False) if is_flag else attributes.text(name)


def _parse_dates(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """Dates count only where enrollments are restricted to them; else the end is forgotten, and
    the start, too, of a course that is not published."""
    fields: CourseFields = {}
    is_restricted = course.restrict_to_dates
    if "restrict_enrollments_to_course_dates" in attributes:
        is_restricted = attributes.flag("restrict_enrollments_to_course_dates") or False
        fields["restrict_to_dates"] = is_restricted
    if not is_restricted:
        fields["end_at"] = None
        if course.state == "unpublished":
            fields["start_at"] = None
        return fields
    fields |= {
        name: attributes.timestamp(name) for name in ("start_at", "end_at") if name in attributes
    }
    start: datetime | None = fields.get("start_at", course.start_at)
    end: datetime | None = fields.get("end_at", course.end_at)
    if start is not None and end is not None and end < start:
        raise validation_error(request.quirks, "end_at", "End date cannot be before start date")
    return fields


def parse_sis_ids(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """The ids of other systems; "" clears one. Nothing, in silence, without the right.

    Raises Refusal where another course has one, a deleted course too.
    """
    if not request.viewer.can_manage_sis(course.account_id):
        return {}
    fields: CourseFields = {}
    if sis_id := attributes.text("sis_course_id"):
        other = request.school.by_sis(Course, sis_id)
        if other is not None and other is not course:
            raise already_in_use(request.quirks, "sis_source_id", "SIS ID", sis_id)
    if integration_id := attributes.text("integration_id"):
        other = request.school.by_integration(Course, integration_id)
        if other is not None and other is not course:
            raise already_in_use(request.quirks, "integration_id", "Integration ID", integration_id)
    if sis_id is not None:
        fields["sis_id"] = sis_id or None
    if integration_id is not None:
        fields["integration_id"] = integration_id or None
    return fields


def parse_term(request: CanvasRequest, attributes: CanvasParams) -> CourseFields:
    """Raises Refusal where there is no such term."""
    if not (reference := attributes.text("term_id") or attributes.text("enrollment_term_id")):
        return {}
    term = request.find_term(reference)
    if term is None or term.state == "deleted":
        raise request.not_found()
    return {"term_id": term.id}


def parse_admin_fields(
    request: CanvasRequest, attributes: CanvasParams, course: Course
) -> CourseFields:
    """What only an administrator changes of a course that there is; nothing, in silence, to others.

    Raises Refusal.
    """
    if not request.viewer.administers(course.account_id):
        return {}
    fields, options = parse_term(request, attributes), {}
    if reference := attributes.text("account_id"):
        account = request.find_account(reference)
        if account is None:
            raise request.not_found()
        if not request.viewer.administers(account.id):
            raise request.forbidden()
        fields["account_id"] = account.id
    if (quota := attributes.integer("storage_quota_mb")) is not None:
        options["storage_quota_mb"] = quota
    if (template := attributes.flag("template")) is not None:
        if template and _has_enrollments(request, course):
            raise validation_error(
                request.quirks, "template", "Courses with enrollments can't become templates"
            )
        options["template"] = template
    if (blueprint := attributes.flag("blueprint")) is not None:
        if blueprint and _has_students(request, course):
            message = "Cannot have a blueprint course with students"
            raise validation_error(request.quirks, "master_course", message)
        fields["is_blueprint"] = blueprint
    _parse_restrictions(attributes, course, options)
    return {**fields, "options": options}


def _parse_restrictions(attributes: CanvasParams, course: Course, options: dict[str, Any]) -> None:
    """Restrictions that are not named are off."""
    by_type = attributes.flag("use_blueprint_restrictions_by_object_type")
    if by_type is None:
        by_type = option(course, "use_blueprint_restrictions_by_object_type")
    if by_type and (restrictions := attributes.nested("blueprint_restrictions_by_object_type")):
        options["blueprint_restrictions_by_object_type"] = {
            kind: _restriction_flags(restrictions.nested(kind))
            for kind in _OBJECT_TYPES
            if kind in restrictions
        }
    elif not by_type and (restrictions := attributes.nested("blueprint_restrictions")):
        options["blueprint_restrictions"] = _restriction_flags(restrictions)


def _restriction_flags(restrictions: CanvasParams) -> dict[str, bool]:
    return {name: restrictions.flag(name) or False for name in _RESTRICTION_NAMES}


def _has_enrollments(request: CanvasRequest, course: Course) -> bool:
    enrollments = request.school.enrollments_of_course(course.id)
    return any(enrollment.state not in ("deleted", "rejected") for enrollment in enrollments)


def _has_students(request: CanvasRequest, course: Course) -> bool:
    enrollments = request.school.enrollments_of_course(course.id)
    return any(
        enrollment.role in ("student", "observer")
        and enrollment.state not in ("deleted", "rejected")
        for enrollment in enrollments
    )


def merge_fields(*field_sets: CourseFields) -> CourseFields:
    """One set of changes of several; the last one's value counts."""
    merged: CourseFields = {}
    for fields in field_sets:
        options = {**merged.get("options", {}), **fields.get("options", {})}
        merged = {**merged, **fields, "options": options}
    return merged


def set_fields(course: Course, fields: CourseFields) -> None:
    """Set fields of a course that is not in the school yet."""
    for name, value in _merge_into(course, fields).items():
        setattr(course, name, value)


def update_course(request: CanvasRequest, course: Course, fields: CourseFields) -> None:
    """Change a course that is in the school."""
    request.school.change(course, **_merge_into(course, fields))


def _merge_into(course: Course, fields: CourseFields) -> CourseFields:
    """The changes with all options, and with what is changed by hand added to what was."""
    changed = {
        name for name in STICKY_FIELDS if name in fields and fields[name] != getattr(course, name)
    }
    options = {**course.options, **fields.get("options", {})}
    return {**fields, "options": options, "sticky": course.sticky | changed}
