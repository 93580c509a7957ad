"""Making, changing, moving and deleting sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from __future__ import annotations

from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, One
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.places import tell_section
from lms_gateway.sandbox.canvas.refusals import Refusal, already_in_use, invalid
from lms_gateway.sandbox.records import Course, Section

_GONE = ("deleted", "rejected")
LONGEST_NAME = 255


def create(ask: Ask) -> Answer:
    """POST /courses/:course_id/sections"""
    course = ask.course()
    if not ask.viewer.edits(course):
        raise ask.refuse()
    block = ask.params.block("course_section")
    sis_id = integration_id = None
    if ask.viewer.manages_sis(course.account_id):  # else they are dropped in silence
        sis_id, integration_id = block.text("sis_section_id"), block.text("integration_id")
    if sis_id and ask.params.flag("enable_sis_reactivation"):
        found = ask.school.by_sis(Section, sis_id)
        if found is not None and found.state == "deleted" and found.course_id == course.id:
            ask.school.change(found, state="active")  # as it was: nothing else that was sent counts
            return One(tell_section(ask, found, course))
    section = Section(0, course.name, course.id, created_at=ask.school.now)
    fields = _read(ask, block, section, course)
    fields |= _claim(ask, section, sis_id, integration_id)
    for name, value in fields.items():
        setattr(section, name, value)
    ask.school.add(section)
    return One(tell_section(ask, section, course))


def update(ask: Ask) -> Answer:
    """PUT /sections/:id"""
    section, course = ask.section("id")
    if not ask.viewer.edits(course):
        raise ask.refuse()
    block = ask.params.block("course_section")
    sis_id, integration_id = block.text("sis_section_id"), block.text("integration_id")
    if (sis_id is not None or integration_id is not None) and not ask.viewer.manages_sis(
        course.account_id
    ):
        message = "You must have manage_sis permission to update sis attributes"
        raise Refusal(401, {"message": message})
    fields = _read(ask, block, section, course)
    if _spares_sticky(ask):
        fields = {name: value for name, value in fields.items() if name == "restrict_to_dates"}
    else:
        fields |= _claim(ask, section, sis_id, integration_id)
    if fields:
        ask.school.change(section, **fields)
    return One(tell_section(ask, section, course))


def delete(ask: Ask) -> Answer:
    """DELETE /sections/:id: the section as it was."""
    section, course = ask.section("id")
    if not ask.viewer.edits(course):
        raise ask.refuse()
    people = [
        one for one in ask.school.enrollments_of_section(section.id) if one.state not in _GONE
    ]
    if any(one.role != "test_student" for one in people):
        raise Refusal(400, {"message": "You can't delete a section that has enrollments"})
    for one in people:
        ask.school.change(one, state="deleted")
    ask.school.change(section, state="deleted")
    return One(tell_section(ask, section, course))


def crosslist(ask: Ask) -> Answer:
    """POST /sections/:id/crosslist/:new_course_id"""
    section, course = ask.section("id")
    if _spares_sticky(ask):
        return One(tell_section(ask, section, course))  # 200, and nothing was looked at or done
    target = ask.find_course(ask.ids["new_course_id"])
    if target is None or target.state == "deleted":
        raise ask.missing()
    if not (ask.viewer.edits(course) and ask.viewer.edits(target)):
        raise ask.refuse()
    if target.is_blueprint:
        raise Refusal(403, {"error": "cannot crosslist into blueprint courses"})
    if target is not course:
        _move(ask, section, target, section.original_course_id or course.id)
    return One(tell_section(ask, section, target))


def uncrosslist(ask: Ask) -> Answer:
    """DELETE /sections/:id/crosslist: back to where it came from, which is brought back to life."""
    section, course = ask.section("id")
    if section.original_course_id is None:
        raise Refusal(400, {"message": "section is not cross-listed"})
    if _spares_sticky(ask):
        return One(tell_section(ask, section, course))
    original = ask.school.courses[section.original_course_id]
    if not (ask.viewer.edits(course) and ask.viewer.edits(original)):
        raise ask.refuse()
    if original.state == "deleted":
        ask.school.change(original, state="unpublished", has_begun=True)
    _move(ask, section, original, None)
    return One(tell_section(ask, section, original))


def _move(ask: Ask, section: Section, course: Course, origin: int | None) -> None:
    """Put a section and its people into another course."""
    ask.school.change(section, course_id=course.id, original_course_id=origin)
    for one in list(ask.school.enrollments_of_section(section.id)):
        ask.school.change(one, course_id=course.id)


def _spares_sticky(ask: Ask) -> bool:
    return ask.params.flag("override_sis_stickiness") is False


def _read(ask: Ask, block: Params, section: Section, course: Course) -> dict[str, Any]:
    """What the request changes of a section. Raises Refusal where it would not be valid."""
    fields: dict[str, Any] = {}
    if "name" in block:
        fields["name"] = (block.text("name") or "").strip() or course.name
        if len(fields["name"]) > LONGEST_NAME:
            raise invalid(ask.habits, "name", "too_long", "too_long")
    fields |= {name: block.moment(name) for name in ("start_at", "end_at") if name in block}
    if "restrict_enrollments_to_section_dates" in block:
        fields["restrict_to_dates"] = block.flag("restrict_enrollments_to_section_dates")
    start = fields.get("start_at", section.start_at)
    end = fields.get("end_at", section.end_at)
    if start is not None and end is not None and end < start:
        raise invalid(ask.habits, "end_at", "End date cannot be before start date")
    return fields


def _claim(
    ask: Ask, section: Section, sis_id: str | None, integration_id: str | None
) -> dict[str, Any]:
    """The ids of other systems: None leaves one as it is, "" clears it.

    Raises Refusal where another section has it.
    """
    fields: dict[str, Any] = {}
    if sis_id is not None:
        other = ask.school.by_sis(Section, sis_id)
        if other is not None and other is not section:
            raise already_in_use(ask.habits, "sis_source_id", "SIS ID", sis_id)
        fields["sis_id"] = sis_id or None
    if integration_id is not None:
        other = ask.school.by_integration(Section, integration_id)
        if other is not None and other is not section:
            raise already_in_use(ask.habits, "integration_id", "Integration ID", integration_id)
        fields["integration_id"] = integration_id or None
    return fields
