"""Making, changing, moving and deleting sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from lms_gateway.domain.changes import Create, CrossList, Problem, Remove, Result, Status, Update
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.records import Key, Record, Section
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.calls import change, get
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, refused
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.includes import SECTION_ROW, request
from lms_gateway.vendors.canvas.payloads import NEW_SECTION, SECTION
from lms_gateway.vendors.canvas.values import is_same_id
from lms_gateway.vendors.reads import Steps

_ROW = request(SECTION_ROW)
_FORMER = request(SECTION_ROW, frozenset({"student_count", "may_manage_calendar"}))
_OVERRIDE = "override_sis_stickiness"


def create_section(desk: Desk, new: Create) -> Steps[Result]:
    """Make a section in a course."""
    if new.parent is None:
        return refused(Problem("BAD_USER_INPUT", "a section is made in a course", "course"))
    problems = NEW_SECTION.refuse(new.values, new.options)
    if problems:
        return refused(*problems)
    desk.names = NEW_SECTION.names
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such course, or hides it", "course")
    body = NEW_SECTION.fill(new.values, new.options)
    endpoint = "/courses/:course_id/sections"
    reply = yield from desk.send(change("POST", endpoint, new.parent.id, json=body))
    record, told = desk.learn(_ROW, reply.decode())
    return Result(Status.CONFIRMED, record, differences(new.values, told, new.options))


def update_section(desk: Desk, new: Update) -> Steps[Result]:
    """Change a section."""
    problems = SECTION.refuse(new.values, new.options)
    if not problems and not new.values:
        problems = [NOTHING_GIVEN]
    if problems:
        return refused(*problems)
    desk.names = SECTION.names
    desk.unknown = _unknown()
    if new.values.keys() & {"sis_id", "integration_id"}:
        desk.forbidden = "the vendor lets this credential manage no SIS ids (401)"
    body = SECTION.fill(new.values, new.options)
    reply = yield from desk.send(change("PUT", "/sections/:id", new.key.id, json=body))
    record, told = desk.learn(_ROW, reply.decode(), new.key)
    return Result(Status.CONFIRMED, record, differences(new.values, told, new.options))


def delete_section(desk: Desk, end: Remove) -> Steps[Result]:
    """Delete a section that nobody is enrolled in. The record is the section as it was."""
    desk.unknown = _unknown()
    former = yield from _read_former(desk, end.key)
    desk.meaning = Problem("CONFLICT", "Canvas deletes no section that has enrollments", "section")
    yield from desk.send(change("DELETE", "/sections/:id", end.key.id))
    desk.store.note_absent(former.key)
    return Result(Status.CONFIRMED, former)


def cross_list(desk: Desk, move: CrossList) -> Steps[Result]:
    """Move a section to another course, or back to its own."""
    steering = {_OVERRIDE: move.override_sis_stickiness}
    if move.course is None:
        desk.unknown = _unknown()
        desk.meaning = Problem("CONFLICT", "the section is not cross-listed", "section")
        query = ((_OVERRIDE, "true" if move.override_sis_stickiness else "false"),)
        call = change("DELETE", "/sections/:id/crosslist", move.section.id, params=query)
        reply = yield from desk.send(call)
        return _moved(desk, reply, move)
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such section or course, or hides it")
    desk.meaning = Problem(
        "CONFLICT", "Canvas cross-lists no section into that course, e.g. a blueprint", "course"
    )
    endpoint = "/sections/:id/crosslist/:new_course_id"
    ids = (move.section.id, move.course.id)
    reply = yield from desk.send(change("POST", endpoint, *ids, json=steering))
    return _moved(desk, reply, move)


def _read_former(desk: Desk, key: Key) -> Steps[Record]:
    """A section as it is before it is deleted; without a call where the store holds it."""
    known = desk.store.find(key)
    if known is not None and {"name", "course_id"} <= known.known:
        return known
    reply = yield from desk.send(get("/sections/:id", key.id, params=_FORMER.params))
    record, _ = desk.learn(_FORMER, reply.decode(), key)
    return record


def _moved(desk: Desk, reply: Reply, move: CrossList) -> Result:
    """Whether the section is where it was to go: Canvas answers 200 also where it did nothing."""
    record, _ = desk.learn(_ROW, reply.decode(), move.section)
    if not isinstance(record, Section) or record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not tell the section's course")
    if move.course is None:
        is_there = record.original_course_id is None
    else:
        is_there = is_same_id(record.course_id, move.course.id)
    if is_there:
        return Result(Status.CONFIRMED, record)
    why = "Canvas left the section where it was"
    if not move.override_sis_stickiness:
        why += ", as overrideSisStickiness asks"
    field = "section" if move.course is None else "course"
    return Result(Status.CONFIRMED, record, [Problem("CONFLICT", why, field)])


def _unknown() -> Problem:
    return Problem("NOT_FOUND", "Canvas knows no such section, or hides it", "section")
