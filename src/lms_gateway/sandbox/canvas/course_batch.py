"""One event for many courses, after the answer.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.batch_update
"""

from __future__ import annotations

from functools import partial

from lms_gateway.sandbox.canvas import course_events
from lms_gateway.sandbox.canvas.ask import Answer, Ask, One
from lms_gateway.sandbox.canvas.course_events import EVENTS, Event
from lms_gateway.sandbox.canvas.progress import tell_progress
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import Account

_MOST = 500


def start(ask: Ask) -> Answer:
    """PUT /accounts/:account_id/courses"""
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    named = ask.params.array("course_ids")
    if named is None:
        raise Refusal(400, {"message": "must specify course_ids[]"})
    if len(named) > _MOST:
        raise Refusal(403, {"message": f"course batch size limit ({_MOST}) exceeded"})
    told = ask.params.text("event")
    if not told:
        raise Refusal(400, {"message": "need to specify event"})
    event = next((one for one in EVENTS if one == told and one != "claim"), None)
    if event is None:
        raise Refusal(400, {"message": "invalid event"})
    job = ask.jobs.start(
        [partial(_update_one, ask, account, id, event) for id in _ids_of(ask, named)],
        account_id=account.id,
        user_id=ask.viewer.user.id,
        now=ask.school.now,
        at=ask.at,
    )
    return One(tell_progress(ask, job))


def _ids_of(ask: Ask, named: list[str]) -> list[str]:
    """Each course once. Numbers are believed; other names that mean no course are dropped."""
    found: dict[str, None] = {}
    for text in named:
        course = ask.find_course(text)
        if course is not None:
            found[str(course.id)] = None
        elif text.strip().isdecimal():
            found[text.strip()] = None
    return list(found)


def _update_one(ask: Ask, account: Account, id: str, event: Event) -> tuple[str, str] | None:
    course = ask.school.courses.get(int(id))
    if (
        course is None
        or account not in ask.school.accounts_above(course.account_id)
        or (course.state == "deleted" and event != "undelete")
    ):
        return "The course was not found", id
    if not course_events.happen(ask, course, event):
        return "A template cannot be deleted", id
    return None
