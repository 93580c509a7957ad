"""What has become of a batch.

https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from __future__ import annotations

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, One
from lms_gateway.sandbox.canvas.jobs import Job
from lms_gateway.sandbox.canvas.places import tell_moment


def show(ask: Ask) -> Answer:
    """GET /progress/:id"""
    job = _find(ask)
    ask.jobs.poll(job, ask.school.now)
    return One(tell_progress(ask, job))


def cancel(ask: Ask) -> Answer:
    """POST /progress/:id/cancel: what was done stays done."""
    job = _find(ask)
    job.is_cancelled = job.is_cancelled or not job.is_over
    return One(tell_progress(ask, job))


def _find(ask: Ask) -> Job:
    job = ask.jobs.get(ask.ids["id"])
    if job is None or not job.account_id:
        raise ask.missing()
    if not (ask.viewer.administers(job.account_id) or job.user_id == ask.viewer.user.id):
        raise ask.refuse()
    return job


def tell_progress(ask: Ask, job: Job) -> Json:
    """A batch as it stands; `message` comes with its end."""
    if job.is_over:
        state = "failed" if job.has_failed else "completed"
    else:
        state = "running" if job.share > 0 else "queued"
    return {
        "id": job.id,
        "context_id": job.account_id,
        "context_type": "Account",
        "user_id": job.user_id,
        "tag": "course_batch_update",
        "completion": round(100 * job.share, 2),
        "workflow_state": state,
        "created_at": tell_moment(job.created_at),
        "updated_at": tell_moment(job.updated_at),
        "message": _sum_up(job) if job.is_over else None,
        "url": f"{ask.base}/api/v1/progress/{job.id}",
    }


def _sum_up(job: Job) -> str:
    if job.is_cancelled:
        return "canceled"
    done = len(job.steps) - len(job.faults)
    lines = [f"{done} course{'' if done == 1 else 's'} processed"]
    struck: dict[str, list[str]] = {}
    for reason, what in job.faults:
        struck.setdefault(reason, []).append(what)
    lines += [f"{reason}: {', '.join(what)}" for reason, what in struck.items()]
    return "\n".join(lines)
