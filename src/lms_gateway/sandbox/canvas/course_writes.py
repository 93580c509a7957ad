"""Making, changing, ending and starting over courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

import re
from dataclasses import replace

from lms_gateway.sandbox.canvas import course_events, course_fields
from lms_gateway.sandbox.canvas.ask import Answer, Ask, One
from lms_gateway.sandbox.canvas.course_events import EVENTS, Event
from lms_gateway.sandbox.canvas.course_options import option
from lms_gateway.sandbox.canvas.course_shape import tell_course
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.people import enroll
from lms_gateway.sandbox.records import Course, Section


def create(ask: Ask) -> Answer:
    """POST /accounts/:account_id/courses"""
    account = ask.account()
    may_all = ask.viewer.administers(account.id)
    if not may_all and not (ask.habits.teachers_create_courses and ask.viewer.teaches_anything):
        raise ask.refuse()
    block, school = ask.params.block("course"), ask.school
    sis_id = block.text("sis_course_id")
    if may_all and sis_id and ask.params.flag("enable_sis_reactivation"):
        found = school.by_sis(Course, sis_id)
        if found is not None and found.state == "deleted":
            school.change(found, state="unpublished", has_begun=True)
            return One(_open(ask, found))  # as it was: nothing else that was sent counts
    course = Course(
        0,
        "Unnamed Course",
        account.id,
        _default_term(ask),
        state="unpublished",
        time_zone=account.time_zone,
        created_at=school.now,
    )
    fields = course_fields.merge(
        course_fields.read_fields(ask, block, course),
        course_fields.read_sis(ask, block, course),
        course_fields.read_term(ask, block),
    )
    if not may_all:  # visibility is the account's to decide, and nothing says so
        fields.pop("is_public", None)
        for name in ("is_public_to_auth_users", "public_syllabus", "public_syllabus_to_auth"):
            fields["options"].pop(name, None)
    fields["code"] = fields.get("code") or _code_of(fields.get("name", course.name))
    course_fields.fill(course, fields)
    school.add(course)
    school.change(course, uuid=f"course{course.id:034}")
    if ask.habits.has_default_section:
        _add_default_section(ask, course)
    return One(_open(ask, course))


def _open(ask: Ask, course: Course) -> object:
    """What `offer` and `enroll_me` ask for besides; the answer to a creation."""
    if ask.params.flag("offer"):
        course_events.happen(ask, course, "offer")
    if ask.params.text("enroll_me") == "true":  # the word alone counts, no other yes
        sections = ask.school.sections_of_course(course.id)
        section = sections[0] if sections else _add_default_section(ask, course)
        enroll(ask.school, section, ask.viewer.user, "teacher")
    return tell_course(ask, course, "created")


def _default_term(ask: Ask) -> int:
    term = ask.find_term("default")
    return next(iter(ask.school.terms)) if term is None else term.id


def _code_of(name: str) -> str:
    """A course code made of a name: its first word, and the first later one that has a digit."""
    first, *others = name.split() or [name]
    return " ".join([first, *[word for word in others if re.search(r"\d", word)][:1]])


def _add_default_section(ask: Ask, course: Course) -> Section:
    section = Section(0, course.name, course.id, created_at=ask.school.now)
    ask.school.add(section)
    return section


def update(ask: Ask) -> Answer:
    """PUT /courses/:id"""
    course = ask.find_course(ask.ids["id"])
    block = ask.params.block("course")
    event = next((one for one in EVENTS if block.text("event") == one), None)
    if course is None or (course.state == "deleted" and event != "undelete"):
        raise ask.missing()
    viewer = ask.viewer
    if not viewer.edits(course):
        if not viewer.edits_content(course):
            raise ask.refuse()
        if "syllabus_body" in block:  # all else is dropped, and nothing says so
            ask.school.change(course, syllabus=block.text("syllabus_body"))
        return One(tell_course(ask, course, "updated"))
    if event == "undelete" and not viewer.administers(course.account_id):
        raise ask.refuse()
    if block:
        fields = course_fields.merge(
            course_fields.read_fields(ask, block, course),
            course_fields.read_sis(ask, block, course),
            course_fields.read_administration(ask, block, course),
        )
        if ask.params.flag("override_sis_stickiness") is False:
            if "state" in course.sticky:
                event = None
            fields = {name: one for name, one in fields.items() if name not in course.sticky}
        if event is not None:
            course_events.happen(ask, course, event)
        course_fields.apply(ask, course, fields)
    if ask.params.flag("offer"):
        course_events.happen(ask, course, "offer")
    return One(tell_course(ask, course, "updated"))


def delete(ask: Ask) -> Answer:
    """DELETE /courses/:id"""
    course = ask.course("id")
    told = ask.params.text("event")
    if told not in ("delete", "conclude"):
        message = 'Only "delete" and "conclude" events are allowed.'
        raise Refusal(400, {"message": message})
    event: Event = "delete" if told == "delete" else "conclude"
    teaches_own = ask.viewer.teaches(course) and (event == "conclude" or course.sis_id is None)
    if not (ask.viewer.administers(course.account_id) or teaches_own):
        raise ask.refuse()
    if not course_events.happen(ask, course, event):
        raise Refusal(400, {event: False})
    return One({event: True})


def reset(ask: Ask) -> Answer:
    """POST /courses/:course_id/reset_content: another course takes over sections and people."""
    old = ask.course()
    if not ask.viewer.teaches(old):
        raise ask.refuse()
    if old.is_blueprint or option(old, "template"):
        message = "cannot reset_content on a blueprint or template course"
        raise Refusal(400, {"message": message})
    school = ask.school
    new = replace(
        old,
        id=0,
        sis_id=None,
        integration_id=None,
        syllabus=None,
        state="unpublished",
        has_begun=True,
        options=dict(old.options),
        created_at=school.now,
    )
    new.options.pop("default_view", None)
    school.add(new)
    school.change(new, uuid=f"course{new.id:034}")
    sis_id, integration_id = old.sis_id, old.integration_id
    school.change(old, sis_id=None, integration_id=None)
    school.change(new, sis_id=sis_id, integration_id=integration_id)
    for section in school.sections_of_course(old.id, deleted=True):
        school.change(section, course_id=new.id)
    for one in list(school.enrollments_of_course(old.id)):
        school.change(one, course_id=new.id)
    school.change(old, state="deleted")
    return One(tell_course(ask, new, "updated"))
