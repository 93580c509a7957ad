"""Parameters `course[...]`: parsed, validated, and restricted to what the caller can change.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.create
https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from html.parser import HTMLParser
from typing import Any

from lms_sandbox.canvas.courses.lifecycle import current_enrollments
from lms_sandbox.canvas.courses.options import OPTIONS, RESTRICTIONS, flags_of, option
from lms_sandbox.canvas.http.errors import CanvasError, validation_error
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest
from lms_sandbox.canvas.http.validation import parse_sis_ids, validate_dates, validate_name
from lms_sandbox.data.models import Course

_MAX_HTML_DEPTH = 256  # nested elements
_UNCLOSED_ELEMENTS = frozenset({
    "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
    "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
})  # fmt: skip
_FORMATS = ("on_campus", "online", "blended", "")
_HOMEROOM_OPTIONS = ("homeroom_course", "sync_enrollments_from_homeroom", "homeroom_course_id")
_OBJECT_TYPES = ("assignment", "attachment", "discussion_topic", "quiz", "wiki_page")
_TEXT_FIELDS = {
    "course_code": "code",
    "time_zone": "time_zone",
    "public_description": "description",
    "syllabus_body": "syllabus",
}
STICKY_FIELDS = ("name", "code", "start_at", "end_at", "restrict_to_dates", "term_id", "state")
"""Fields that a SIS import leaves as they are once a user has changed them."""

CourseFields = dict[str, Any]
"""Changes of a course by the names of its fields; `options` is merged with the former ones."""


def parse_fields(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """Return the changes that every editor can make. Raises CanvasError if they are not valid."""
    fields: CourseFields = {}
    options: dict[str, Any] = {
        name: attributes.flag(name) or False for name in flags_of("course") if name in attributes
    }
    if "name" in attributes:
        fields["name"] = validate_name(request.quirks, attributes.text("name") or "Unnamed Course")
    for name, field in _TEXT_FIELDS.items():
        if name in attributes:
            fields[field] = attributes.text(name) or ("" if field != "syllabus" else None)
    if "is_public" in attributes:
        fields["is_public"] = attributes.flag("is_public")
    for name, known in OPTIONS.items():
        if known.choices and name in attributes:
            options[name] = _parse_choice(request, attributes, name, known.choices) or known.default
    if "course_format" in attributes:
        fields["format"] = _parse_choice(request, attributes, "course_format", _FORMATS) or None
    if "grading_standard_id" in attributes:
        options["grading_standard_id"] = attributes.integer("grading_standard_id")
    _validate_html(fields)
    _parse_images(attributes, fields, options)
    _parse_elementary(request, attributes, options)
    fields["options"] = options
    return fields | _parse_dates(request, attributes, course)


def _parse_choice(
    request: CanvasRequest, attributes: CanvasParams, name: str, choices: tuple[str, ...]
) -> str:
    """Return one of the choices, or "" for the default. Raises CanvasError for another value."""
    value = attributes.text(name) or ""
    if value not in choices and (value or name == "default_view"):
        raise validation_error(request.quirks, name, f"Invalid {name}")
    return value


def _validate_html(fields: CourseFields) -> None:
    """Raise CanvasError if the syllabus has too many nested elements."""
    parser = _DepthParser()
    parser.feed(fields.get("syllabus") or "")
    if parser.max_depth > _MAX_HTML_DEPTH:
        message = "The document tree depth limit was exceeded"
        raise CanvasError(400, {"errors": {"unparsable_content": message}})


class _DepthParser(HTMLParser):
    """Measures the maximum depth of elements that must be closed."""

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
        raise CanvasError(400, {"message": "You cannot provide both an image_url and a image_id."})
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


def _parse_elementary(request: CanvasRequest, attributes: CanvasParams, options: dict[str, Any]) -> None:
    """Parse the options of elementary schools; other schools store only the friendly name."""
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
    """Return the changes of the dates."""
    # The dates count only if the course restricts enrollments to them:
    #
    #   restricted   published   start_at   end_at
    #   yes          any         as sent    as sent
    #   no           yes         kept       removed
    #   no           no          removed    removed
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
    fields |= attributes.timestamps("start_at", "end_at")
    validate_dates(request.quirks, fields, course)
    return fields


def parse_sis_fields(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """Return the changes of SIS and integration ids; none if the caller lacks the permission.

    Raises CanvasError if another course has one of the ids.
    """
    if not request.viewer.can_manage_sis(course.account_id):
        return {}
    sis_id, integration_id = attributes.text("sis_course_id"), attributes.text("integration_id")
    return parse_sis_ids(request.school, request.quirks, course, sis_id, integration_id)


def parse_term(request: CanvasRequest, attributes: CanvasParams) -> CourseFields:
    """Return the change of the term. Raises CanvasError if the term does not exist."""
    if not (reference := attributes.text("term_id") or attributes.text("enrollment_term_id")):
        return {}
    term = request.find_term(reference)
    if term is None or term.state == "deleted":
        raise request.not_found()
    return {"term_id": term.id}


def parse_admin_fields(request: CanvasRequest, attributes: CanvasParams, course: Course) -> CourseFields:
    """Return the changes that only an admin can make; none for other callers.

    Raises CanvasError if they are not valid.
    """
    if not request.viewer.administers(course.account_id):
        return {}
    fields, options = parse_term(request, attributes), {}
    if reference := attributes.text("account_id"):
        account = request.find_account(reference)
        if account is None:
            raise request.not_found()
        request.require(request.viewer.administers(account.id))
        fields["account_id"] = account.id
    if (quota := attributes.integer("storage_quota_mb")) is not None:
        options["storage_quota_mb"] = quota
    if (template := attributes.flag("template")) is not None:
        if template and any(current_enrollments(request, course)):
            message = "Courses with enrollments can't become templates"
            raise validation_error(request.quirks, "template", message)
        options["template"] = template
    if (blueprint := attributes.flag("blueprint")) is not None:
        roles = {enrollment.role for enrollment in current_enrollments(request, course)}
        if blueprint and roles & {"student", "observer"}:
            message = "Cannot have a blueprint course with students"
            raise validation_error(request.quirks, "master_course", message)
        fields["is_blueprint"] = blueprint
    _parse_restrictions(attributes, course, options)
    return {**fields, "options": options}


def _parse_restrictions(attributes: CanvasParams, course: Course, options: dict[str, Any]) -> None:
    """Parse the restrictions of a blueprint course; absent ones are off."""
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
    return {name: restrictions.flag(name) or False for name in RESTRICTIONS}


def merge_fields(*field_sets: CourseFields) -> CourseFields:
    """Return several changes as one; later values override earlier ones."""
    merged: CourseFields = {}
    for fields in field_sets:
        options = {**merged.get("options", {}), **fields.get("options", {})}
        merged = {**merged, **fields, "options": options}
    return merged


def set_fields(course: Course, fields: CourseFields) -> None:
    """Set fields of a course before it is added to the school."""
    for name, value in _merge_into(course, fields).items():
        setattr(course, name, value)


def update_course(request: CanvasRequest, course: Course, fields: CourseFields) -> None:
    """Change a course of the school."""
    request.school.change(course, **_merge_into(course, fields))


def _merge_into(course: Course, fields: CourseFields) -> CourseFields:
    """Return the changes with all options and with the new set of sticky fields."""
    changed = {name for name in STICKY_FIELDS if name in fields and fields[name] != getattr(course, name)}
    options = {**course.options, **fields.get("options", {})}
    return {**fields, "options": options, "sticky": course.sticky | changed}
