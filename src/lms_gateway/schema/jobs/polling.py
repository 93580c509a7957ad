"""Polls of jobs: one poll of each job, however many subscribers it has."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.loads import Document, Load, LoadResult
from lms_gateway.domain.models import Progress, ProgressState
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Record
from lms_gateway.domain.store import Store

log = structlog.get_logger(__name__)

MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = 1.0, 15.0
"""Seconds between polls of one job. The interval doubles while the job does not change."""

_PROJECTION = Projection(frozenset({"state", "completion", "tag", "message", "created_at", "updated_at"}))
_FINAL_STATES = (ProgressState.COMPLETED, ProgressState.FAILED, "complete", "error", "aborted", "deleted")

JobUpdate = Record | Document | LmsError | None
"""The state of a job, the error of its poll, or None if the job does not exist."""


class _WatchedJob:
    """One job with the queues of its subscribers."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[JobUpdate]] = set()
        self.task: asyncio.Task[None] | None = None
        self.latest: JobUpdate = None
        self.is_known = False  # whether `latest` is the result of a poll


class JobPoller:
    """Polls the jobs that have subscribers. One instance per process."""

    def __init__(
        self, *, min_interval: float = MIN_POLL_INTERVAL, max_interval: float = MAX_POLL_INTERVAL
    ) -> None:
        """The intervals are in seconds."""
        self._min_interval = min_interval
        self._max_interval = max_interval
        self._jobs: dict[tuple[Backend, Load], _WatchedJob] = {}

    async def watch(
        self, backend: Backend, tenant: str, load: Load
    ) -> AsyncGenerator[Record | Document | None, None]:
        """Yield the current state of a job, then each change until it ends.

        Yields None once if the job does not exist. Raises the LmsError of a failed poll. The poll
        ends with its last subscriber.
        """
        job_key = (backend, load)
        job = self._jobs.get(job_key)
        if job is None:
            job = self._jobs[job_key] = _WatchedJob()
        queue: asyncio.Queue[JobUpdate] = asyncio.Queue()
        job.queues.add(queue)
        if job.task is None:
            job.task = asyncio.create_task(self._poll(job, backend, tenant, load))
        elif job.is_known:
            queue.put_nowait(job.latest)
        try:
            while True:
                update = await queue.get()
                if isinstance(update, LmsError):
                    raise update
                yield update
                if _is_finished(update):
                    return
        finally:
            job.queues.discard(queue)
            if not job.queues:
                self._jobs.pop(job_key, None)
                job.task.cancel()

    async def _poll(self, job: _WatchedJob, backend: Backend, tenant: str, load: Load) -> None:
        interval = self._min_interval
        last_state: object = None
        while True:
            update = await _poll_once(backend, tenant, load)
            state = _state(update)
            has_changed, last_state = state is None or state != last_state, state
            if has_changed:
                job.latest, job.is_known = update, True
                for queue in job.queues:
                    queue.put_nowait(update)
                interval = self._min_interval
            if state is None or _is_finished(update):
                return
            await asyncio.sleep(interval)
            interval = min(interval * 2, self._max_interval)


async def _poll_once(backend: Backend, tenant: str, load: Load) -> JobUpdate:
    results: list[Any] = []

    def on_settled(_: Load, result: LoadResult | LmsError) -> None:
        results.append(result)

    try:
        await backend.fetch({load: _PROJECTION}, Store(tenant), on_settled)
    except Exception as error:
        # Without an update, every subscriber of the job would wait until it disconnects.
        log.error("poll_failed", exc_info=error)
    update: JobUpdate = (
        results[0] if results else UpstreamInvalid("the vendor's reply did not include this object")
    )
    if isinstance(update, LmsError):
        update.tenant, update.vendor = tenant, backend.vendor
    return update


def _state(update: JobUpdate) -> tuple[Any, ...] | None:
    """Return the values by which polls of a job differ; None if there is no job."""
    if isinstance(update, Progress):
        return (update.state, update.completion, update.message)
    if isinstance(update, Document) and isinstance(update.value, dict):
        return (update.value.get("status"), update.value.get("progress"))
    return None


def _is_finished(update: JobUpdate) -> bool:
    state = _state(update)
    return state is None or state[0] in _FINAL_STATES
