"""One event for many courses, after the answer.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.batch_update
"""

from __future__ import annotations

from functools import partial

from lms_sandbox.canvas.courses import lifecycle
from lms_sandbox.canvas.courses.lifecycle import EVENTS, Event
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse, ObjectResponse
from lms_sandbox.canvas.state.job_progress import serialize_job_progress
from lms_sandbox.data.models import Account

_MAX_COURSES = 500


def start(request: CanvasRequest) -> CanvasResponse:
    """PUT /accounts/:account_id/courses"""
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    references = request.params.array("course_ids")
    if references is None:
        raise CanvasError(400, {"message": "must specify course_ids[]"})
    if len(references) > _MAX_COURSES:
        raise CanvasError(403, {"message": f"course batch size limit ({_MAX_COURSES}) exceeded"})
    event_name = request.params.text("event")
    if not event_name:
        raise CanvasError(400, {"message": "need to specify event"})
    event = next(
        (
            known_event
            for known_event in EVENTS
            if known_event == event_name and known_event != "claim"
        ),
        None,
    )
    if event is None:
        raise CanvasError(400, {"message": "invalid event"})
    job = request.jobs.start(
        [
            partial(_update_course, request, account, id, event)
            for id in _resolve_course_ids(request, references)
        ],
        account_id=account.id,
        user_id=request.viewer.user.id,
        now=request.school.now,
        clock_time=request.clock_time,
    )
    return ObjectResponse(serialize_job_progress(request, job))


def _resolve_course_ids(request: CanvasRequest, references: list[str]) -> list[str]:
    """Each course once. Numbers are believed; other names that mean no course are dropped."""
    course_ids: dict[str, None] = {}
    for reference in references:
        course = request.find_course(reference)
        if course is not None:
            course_ids[str(course.id)] = None
        elif reference.strip().isdecimal():
            course_ids[reference.strip()] = None
    return list(course_ids)


def _update_course(
    request: CanvasRequest, account: Account, id: str, event: Event
) -> tuple[str, str] | None:
    course = request.school.courses.get(int(id))
    if (
        course is None
        or account not in request.school.accounts_above(course.account_id)
        or (course.state == "deleted" and event != "undelete")
    ):
        return "The course was not found", id
    if not lifecycle.apply_event(request, course, event):
        return "A template cannot be deleted", id
    return None
