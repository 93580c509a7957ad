"""Endpoints of batches: one event for many courses, carried out after the response.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.batch_update
https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from functools import partial

from lms_sandbox.canvas.courses import lifecycle
from lms_sandbox.canvas.courses.lifecycle import EVENTS, CourseEventName
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields
from lms_sandbox.canvas.state.jobs import Job
from lms_sandbox.data.models import Account

_MAX_COURSES = 500


@route("PUT", "/accounts/:account_id/courses")
def start(request: CanvasRequest) -> ObjectResponse:
    account = request.managed_account()
    references = request.params.array("course_ids")
    if references is None:
        raise CanvasError(400, {"message": "must specify course_ids[]"})
    if len(references) > _MAX_COURSES:
        raise CanvasError(403, {"message": f"course batch size limit ({_MAX_COURSES}) exceeded"})
    event_name = request.params.text("event")
    if not event_name:
        raise CanvasError(400, {"message": "need to specify event"})
    event = next((known for known in EVENTS if known == event_name), None)
    if event is None or event == "claim":
        raise CanvasError(400, {"message": "invalid event"})
    update = partial(_update_course, request, account, event)
    steps = [partial(update, id) for id in _resolve_course_ids(request, references)]
    user_id, clock_time = request.viewer.user.id, request.clock_time
    job = request.canvas.jobs.start(steps, user_id, clock_time, account_id=account.id)
    return ObjectResponse(_serialize_progress(request, job))


def _resolve_course_ids(request: CanvasRequest, references: list[str]) -> list[str]:
    """Return course ids without duplicates. Unknown numbers are kept, other unknown ids dropped."""
    course_ids: dict[str, None] = {}
    for reference in references:
        course = request.find_course(reference)
        if course is not None:
            course_ids[str(course.id)] = None
        elif reference.strip().isdecimal():
            course_ids[reference.strip()] = None
    return list(course_ids)


def _update_course(
    request: CanvasRequest, account: Account, event: CourseEventName, course_id: str
) -> tuple[str, str] | None:
    course = request.school.courses.get(int(course_id))
    if (
        course is None
        or account not in request.school.accounts_above(course.account_id)
        or (course.state == "deleted" and event != "undelete")
    ):
        return "The course was not found", course_id
    if not lifecycle.apply_event(request, course, event):
        return "A template cannot be deleted", course_id
    return None


@route("GET", "/progress/:id")
def show_progress(request: CanvasRequest) -> ObjectResponse:
    job = _find_job(request)
    request.canvas.jobs.poll(job)
    return ObjectResponse(_serialize_progress(request, job))


@route("POST", "/progress/:id/cancel")
def cancel_progress(request: CanvasRequest) -> ObjectResponse:
    """Cancel a batch; the steps that were executed stay."""
    job = _find_job(request)
    job.is_cancelled = job.is_cancelled or not job.is_finished
    return ObjectResponse(_serialize_progress(request, job))


def _find_job(request: CanvasRequest) -> Job:
    job = request.canvas.jobs.get(request.path_params["id"])
    if job is None or not job.account_id:
        raise request.not_found()
    viewer = request.viewer
    request.require(viewer.administers(job.account_id) or job.user_id == viewer.user.id)
    return job


def _serialize_progress(request: CanvasRequest, job: Job) -> Json:
    """Return the state of a batch; `message` is set when it has ended."""
    if job.is_finished:
        state = "failed" if job.has_failed else "completed"
    else:
        state = "running" if job.progress > 0 else "queued"
    return {
        **serialize_fields(job, "id", "user_id", "created_at", "updated_at"),
        "context_id": job.account_id,
        "context_type": "Account",
        "tag": "course_batch_update",
        "completion": round(100 * job.progress, 2),
        "workflow_state": state,
        "message": _summary_message(job) if job.is_finished else None,
        "url": f"{request.base_url}/api/v1/progress/{job.id}",
    }


def _summary_message(job: Job) -> str:
    if job.is_cancelled:
        return "canceled"
    processed_count = len(job.steps) - len(job.failures)
    lines = [f"{processed_count} course{'' if processed_count == 1 else 's'} processed"]
    items_by_reason: dict[str, list[str]] = {}
    for reason, item in job.failures:
        items_by_reason.setdefault(reason, []).append(item)
    lines += [f"{reason}: {', '.join(items)}" for reason, items in items_by_reason.items()]
    return "\n".join(lines)
