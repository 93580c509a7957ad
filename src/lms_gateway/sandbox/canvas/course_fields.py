"""What `course[…]` changes of a course: read, checked, and cut down to what the caller may change.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.create
https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from lms_gateway.sandbox.canvas.ask import Ask
from lms_gateway.sandbox.canvas.course_options import DEFAULTS, option
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.refusals import Refusal, already_in_use, invalid
from lms_gateway.sandbox.records import Course

LONGEST_NAME = 255
_DEEPEST = 256  # elements within elements
_LEFT_OPEN = frozenset(
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
_ELEMENTARY = ("homeroom_course", "sync_enrollments_from_homeroom", "homeroom_course_id")
_RESTRICTIONS = ("content", "points", "due_dates", "availability_dates")
_OBJECT_TYPES = ("assignment", "attachment", "discussion_topic", "quiz", "wiki_page")
_TEXTS = {
    "course_code": "code",
    "time_zone": "time_zone",
    "public_description": "description",
    "syllabus_body": "syllabus",
}
STICKY = ("name", "code", "start_at", "end_at", "restrict_to_dates", "term_id", "state")
"""What an import brings, too, and leaves alone once it was changed by hand."""

Fields = dict[str, Any]
"""A course's fields by their names in `records`; `options` is merged, not replaced."""


def read_fields(ask: Ask, block: Params, course: Course) -> Fields:
    """What anybody who may edit `course` changes of it. Raises Refusal where it is not valid."""
    fields: Fields = {}
    options: dict[str, Any] = {name: block.flag(name) or False for name in _FLAGS if name in block}
    if "name" in block:
        fields["name"] = block.text("name") or "Unnamed Course"
        if len(fields["name"]) > LONGEST_NAME:
            raise invalid(ask.habits, "name", "too_long", "too_long")
    for name, field in _TEXTS.items():
        if name in block:
            fields[field] = block.text(name) or ("" if field != "syllabus" else None)
    if "is_public" in block:
        fields["is_public"] = block.flag("is_public")
    for name, choices in _CHOICES.items():
        if name in block:
            value = block.text(name) or ""
            if value not in choices and not (value == "" and name != "default_view"):
                raise invalid(ask.habits, name, f"Invalid {name}")
            options[name] = value or DEFAULTS.get(name)
    if "course_format" in options:
        fields["format"] = options.pop("course_format")
    if "grading_standard_id" in block:
        options["grading_standard_id"] = block.number("grading_standard_id")
    _read_html(fields)
    _read_pictures(block, fields, options)
    _read_elementary(ask, block, options)
    fields["options"] = options
    return fields | _read_dates(ask, block, course)


def _read_html(fields: Fields) -> None:
    """Raises Refusal where a syllabus is nested too deep for Canvas's parser."""
    depth = _Depth()
    depth.feed(fields.get("syllabus") or "")
    if depth.most > _DEEPEST:
        message = "The document tree depth limit was exceeded"
        raise Refusal(400, {"errors": {"unparsable_content": message}})


class _Depth(HTMLParser):
    """How deep elements stand within elements that must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._now = self.most = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _LEFT_OPEN:
            self._now += 1
            self.most = max(self.most, self._now)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _LEFT_OPEN:
            self._now = max(0, self._now - 1)


def _read_pictures(block: Params, fields: Fields, options: dict[str, Any]) -> None:
    url, file = block.text("image_url"), block.text("image_id")
    if url and file:
        message = "You cannot provide both an image_url and a image_id."
        raise Refusal(400, {"message": message})
    if file:
        if block.number("image_id") is None:
            raise Refusal(400, {"message": "The image_id is not a valid course file id."})
        fields["image_url"], options["image_id"] = None, block.number("image_id")
    elif url:
        fields["image_url"], options["image_id"] = url, None
    if block.flag("remove_image"):
        fields["image_url"], options["image_id"] = None, None
    if block.flag("remove_banner_image"):
        options["banner_image_url"] = options["banner_image_id"] = None


def _read_elementary(ask: Ask, block: Params, options: dict[str, Any]) -> None:
    """A friendly name is kept by any Canvas, and shown by one for elementary schools."""
    if "friendly_name" in block:
        options["friendly_name"] = block.text("friendly_name") or None
    if not ask.habits.is_elementary:
        return
    if "course_color" in block:
        options["course_color"] = block.text("course_color") or None
    for name in _ELEMENTARY:
        if name in block:
            is_flag = name == "homeroom_course"
            options[name] = (block.flag(name) or False) if is_flag else block.text(name)


def _read_dates(ask: Ask, block: Params, course: Course) -> Fields:
    """Dates count only where enrollments are restricted to them; else the end is forgotten, and
    the start, too, of a course that is not published."""
    fields: Fields = {}
    restricts = course.restrict_to_dates
    if "restrict_enrollments_to_course_dates" in block:
        restricts = block.flag("restrict_enrollments_to_course_dates") or False
        fields["restrict_to_dates"] = restricts
    if not restricts:
        fields["end_at"] = None
        if course.state == "unpublished":
            fields["start_at"] = None
        return fields
    fields |= {name: block.moment(name) for name in ("start_at", "end_at") if name in block}
    start: datetime | None = fields.get("start_at", course.start_at)
    end: datetime | None = fields.get("end_at", course.end_at)
    if start is not None and end is not None and end < start:
        raise invalid(ask.habits, "end_at", "End date cannot be before start date")
    return fields


def read_sis(ask: Ask, block: Params, course: Course) -> Fields:
    """The ids of other systems; "" clears one. Nothing, in silence, without the right.

    Raises Refusal where another course has one, a deleted course too.
    """
    if not ask.viewer.manages_sis(course.account_id):
        return {}
    fields: Fields = {}
    if sis_id := block.text("sis_course_id"):
        other = ask.school.by_sis(Course, sis_id)
        if other is not None and other is not course:
            raise already_in_use(ask.habits, "sis_source_id", "SIS ID", sis_id)
    if integration_id := block.text("integration_id"):
        other = ask.school.by_integration(Course, integration_id)
        if other is not None and other is not course:
            raise already_in_use(ask.habits, "integration_id", "Integration ID", integration_id)
    if sis_id is not None:
        fields["sis_id"] = sis_id or None
    if integration_id is not None:
        fields["integration_id"] = integration_id or None
    return fields


def read_term(ask: Ask, block: Params) -> Fields:
    """Raises Refusal where there is no such term."""
    if not (named := block.text("term_id") or block.text("enrollment_term_id")):
        return {}
    term = ask.find_term(named)
    if term is None or term.state == "deleted":
        raise ask.missing()
    return {"term_id": term.id}


def read_administration(ask: Ask, block: Params, course: Course) -> Fields:
    """What only an administrator changes of a course that there is; nothing, in silence, to others.

    Raises Refusal.
    """
    if not ask.viewer.administers(course.account_id):
        return {}
    fields, options = read_term(ask, block), {}
    if named := block.text("account_id"):
        account = ask.find_account(named)
        if account is None:
            raise ask.missing()
        if not ask.viewer.administers(account.id):
            raise ask.refuse()
        fields["account_id"] = account.id
    if (quota := block.number("storage_quota_mb")) is not None:
        options["storage_quota_mb"] = quota
    if (template := block.flag("template")) is not None:
        if template and _has_people(ask, course):
            raise invalid(ask.habits, "template", "Courses with enrollments can't become templates")
        options["template"] = template
    if (blueprint := block.flag("blueprint")) is not None:
        if blueprint and _has_students(ask, course):
            message = "Cannot have a blueprint course with students"
            raise invalid(ask.habits, "master_course", message)
        fields["is_blueprint"] = blueprint
    _read_restrictions(block, course, options)
    return {**fields, "options": options}


def _read_restrictions(block: Params, course: Course, options: dict[str, Any]) -> None:
    """Restrictions that are not named are off."""
    by_type = block.flag("use_blueprint_restrictions_by_object_type")
    if by_type is None:
        by_type = option(course, "use_blueprint_restrictions_by_object_type")
    if by_type and (given := block.block("blueprint_restrictions_by_object_type")):
        options["blueprint_restrictions_by_object_type"] = {
            kind: _restrictions(given.block(kind)) for kind in _OBJECT_TYPES if kind in given
        }
    elif not by_type and (given := block.block("blueprint_restrictions")):
        options["blueprint_restrictions"] = _restrictions(given)


def _restrictions(given: Params) -> dict[str, bool]:
    return {name: given.flag(name) or False for name in _RESTRICTIONS}


def _has_people(ask: Ask, course: Course) -> bool:
    people = ask.school.enrollments_of_course(course.id)
    return any(one.state not in ("deleted", "rejected") for one in people)


def _has_students(ask: Ask, course: Course) -> bool:
    people = ask.school.enrollments_of_course(course.id)
    return any(
        one.role in ("student", "observer") and one.state not in ("deleted", "rejected")
        for one in people
    )


def merge(*parts: Fields) -> Fields:
    """One set of changes of several; the last one's value counts."""
    merged: Fields = {}
    for part in parts:
        options = {**merged.get("options", {}), **part.get("options", {})}
        merged = {**merged, **part, "options": options}
    return merged


def fill(course: Course, fields: Fields) -> None:
    """Set fields of a course that is not in the school yet."""
    for name, value in _settle(course, fields).items():
        setattr(course, name, value)


def apply(ask: Ask, course: Course, fields: Fields) -> None:
    """Change a course that is in the school."""
    ask.school.change(course, **_settle(course, fields))


def _settle(course: Course, fields: Fields) -> Fields:
    """The changes with all options, and with what is changed by hand added to what was."""
    touched = {name for name in STICKY if name in fields and fields[name] != getattr(course, name)}
    options = {**course.options, **fields.get("options", {})}
    return {**fields, "options": options, "sticky": course.sticky | touched}
