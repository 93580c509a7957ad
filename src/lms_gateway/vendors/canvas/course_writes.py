"""Making, changing, ending and emptying courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from typing import Any

from lms_gateway.domain.changes import (
    Create,
    Problem,
    Removal,
    Remove,
    ResetCourse,
    Result,
    Status,
    Update,
)
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Course, CourseState, Key, Record
from lms_gateway.vendors.canvas.calls import change, get
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, refused
from lms_gateway.vendors.canvas.echo import differences, state_differences
from lms_gateway.vendors.canvas.includes import COURSE_SHOW, Request, request
from lms_gateway.vendors.canvas.payloads import COURSE, NEW_COURSE, drop_images, image_problems
from lms_gateway.vendors.canvas.values import flag
from lms_gateway.vendors.reads import Steps

_ROW = request(COURSE_SHOW)
_FORMER = request(
    COURSE_SHOW, frozenset({"description", "student_count", "image_url"}), "term", "teachers"
)
_READ_BACK = frozenset({"description", "canvas.syllabus_body", "canvas.post_manually"})
"""What no reply to a change tells, and an include does."""


def create_course(desk: Desk, new: Create) -> Steps[Result]:
    """Make a course in an account."""
    problems = NEW_COURSE.refuse(new.values, new.options)
    if new.sections:
        why = "Canvas makes a course without sections; make them with createSections"
        problems.append(Problem("UNSUPPORTED_BY_VENDOR", why, "sections"))
    if problems:
        return refused(*problems)
    desk.names = NEW_COURSE.names
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such account, or hides it", "account_id")
    account = "self" if new.parent is None else new.parent.id
    body = NEW_COURSE.fill(new.values, new.options)
    reply = yield from desk.send(
        change("POST", "/accounts/:account_id/courses", account, json=body)
    )
    record, told = desk.learn(_ROW, reply.decode())
    return (yield from _stored(desk, record, told, new))


def update_course(desk: Desk, new: Update) -> Steps[Result]:
    """Change a course."""
    problems = COURSE.refuse(new.values, new.options) or image_problems(new.values)
    event = new.options.get("canvas.event")
    if not problems and not (new.values or event or new.options.get("canvas.offer")):
        problems = [NOTHING_GIVEN]
    if problems:
        return refused(*problems)
    desk.names = COURSE.names
    desk.unknown = _unknown()
    body = COURSE.fill(drop_images(new.values), new.options)
    reply = yield from desk.send(change("PUT", "/courses/:id", new.key.id, json=body))
    record, told = desk.learn(_ROW, reply.decode(), new.key)
    return (yield from _stored(desk, record, told, new))


def end_course(desk: Desk, end: Remove) -> Steps[Result]:
    """Delete a course, the record being as it was; or conclude it, the record being as it is."""
    if end.how is Removal.DEACTIVATE:
        why = "Canvas concludes or deletes courses, and deactivates none"
        return refused(Problem("UNSUPPORTED_BY_VENDOR", why))
    event = end.how.value.lower()
    desk.unknown = _unknown()
    former = yield from _read(desk, end.key, _FORMER)
    desk.meaning = Problem("CONFLICT", f"Canvas did not {event} the course", "course")
    query = (("event", event),)
    reply = yield from desk.send(change("DELETE", "/courses/:id", end.key.id, params=query))
    row = reply.decode() if reply.body.strip() else None
    if isinstance(row, dict) and flag(row.get(event)) is False:
        return refused(desk.meaning)
    if end.how is Removal.DELETE:
        desk.store.note_absent(former.key)
        return Result(Status.CONFIRMED, former)
    try:
        record = yield from _read(desk, end.key, _ROW, anew=True)
    except LmsError:
        former.learn({"state": CourseState.COMPLETED, "canvas.workflow_state": "completed"})
        return Result(Status.CONFIRMED, former)
    return Result(Status.CONFIRMED, record)


def reset_course(desk: Desk, reset: ResetCourse) -> Steps[Result]:
    """Empty a course. The record is the new one that takes its place."""
    desk.unknown = _unknown()
    desk.meaning = Problem("CONFLICT", "Canvas empties no blueprint or template course", "course")
    endpoint = "/courses/:course_id/reset_content"
    reply = yield from desk.send(change("POST", endpoint, reset.course.id))
    record, _ = desk.learn(_ROW, reply.decode())
    if record.key != reset.course:
        desk.store.note_absent(reset.course)
    return Result(Status.CONFIRMED, record)


def _stored(
    desk: Desk, record: Record, told: dict[str, Any], new: Create | Update
) -> Steps[Result]:
    """What became of a course's values; what the reply leaves out is read again."""
    problems = differences(new.values, told, new.options)
    if isinstance(record, Course):
        problems += state_differences(new.options, record.state)
    hidden = new.values.keys() & _READ_BACK
    if hidden and told.get("state") is not CourseState.DELETED:
        asked = request(COURSE_SHOW, hidden)
        try:
            reply = yield from desk.send(get("/courses/:id", record.key.id, params=asked.params))
            _, seen = desk.learn(asked, reply.decode(), record.key)
        except LmsError:
            return Result(Status.CONFIRMED, record, problems)  # done, and not to be seen now
        # An include that is absent holds nothing, or was dropped: that is not to be told apart.
        problems += differences({name: new.values[name] for name in hidden}, seen, new.options)
    return Result(Status.CONFIRMED, record, problems)


def _read(desk: Desk, key: Key, asked: Request, *, anew: bool = False) -> Steps[Record]:
    """A course; without a call where the store holds it, unless it is to be read anew."""
    known = desk.store.find(key)
    if not anew and known is not None and {"name", "state"} <= known.known:
        return known
    reply = yield from desk.send(get("/courses/:id", key.id, params=asked.params))
    record, _ = desk.learn(asked, reply.decode(), key)
    return record


def _unknown() -> Problem:
    return Problem("NOT_FOUND", "Canvas knows no such course, or hides it", "course")
