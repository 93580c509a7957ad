"""What has become of a batch.

https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from __future__ import annotations

from lms_sandbox.canvas.accounts.serializer import serialize_timestamp
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse, Json, ObjectResponse
from lms_sandbox.canvas.state.jobs import Job


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /progress/:id"""
    job = _find_job(request)
    request.jobs.poll(job, request.school.now)
    return ObjectResponse(serialize_job_progress(request, job))


def cancel(request: CanvasRequest) -> CanvasResponse:
    """POST /progress/:id/cancel: what was done stays done."""
    job = _find_job(request)
    job.is_cancelled = job.is_cancelled or not job.is_finished
    return ObjectResponse(serialize_job_progress(request, job))


def _find_job(request: CanvasRequest) -> Job:
    job = request.jobs.get(request.path_params["id"])
    if job is None or not job.account_id:
        raise request.not_found()
    if not (request.viewer.administers(job.account_id) or job.user_id == request.viewer.user.id):
        raise request.forbidden()
    return job


def serialize_job_progress(request: CanvasRequest, job: Job) -> Json:
    """A batch as it stands; `message` comes with its end."""
    if job.is_finished:
        state = "failed" if job.has_failed else "completed"
    else:
        state = "running" if job.progress > 0 else "queued"
    return {
        "id": job.id,
        "context_id": job.account_id,
        "context_type": "Account",
        "user_id": job.user_id,
        "tag": "course_batch_update",
        "completion": round(100 * job.progress, 2),
        "workflow_state": state,
        "created_at": serialize_timestamp(job.created_at),
        "updated_at": serialize_timestamp(job.updated_at),
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
    lines += [f"{reason}: {', '.join(item)}" for reason, item in items_by_reason.items()]
    return "\n".join(lines)
