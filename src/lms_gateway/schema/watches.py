"""Jobs that somebody watches: polled once, however many watch."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog

from lms_gateway.domain.asks import Ask, Plain
from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.records import Progress, ProgressState, Record
from lms_gateway.domain.store import Store
from lms_gateway.execution import Wants

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between polls of one job: doubled while nothing changes."""

_WANTS = Wants(frozenset({"state", "completion", "tag", "message", "created_at", "updated_at"}))
_ENDS = (
    ProgressState.COMPLETED,
    ProgressState.FAILED,
    "complete",
    "error",
    "aborted",
    "deleted",
)

News = Record | Plain | LmsError | None
"""How a job is, why that could not be told, or None for a job that there is not."""


class _Watch:
    """One job that is polled for everybody who watches it."""

    def __init__(self) -> None:
        self.watchers: set[asyncio.Queue[News]] = set()
        self.task: asyncio.Task[None] | None = None
        self.last: News = None
        self.told = False  # whether `last` is how the job is, rather than not known yet


class Watches:
    """The jobs that somebody watches: one poll for any number of watchers. One for the process."""

    def __init__(self, *, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> None:
        self._first = first
        self._longest = longest
        self._watches: dict[tuple[Backend, Ask], _Watch] = {}

    async def follow(
        self, backend: Backend, tenant: str, ask: Ask
    ) -> AsyncGenerator[Record | Plain | None, None]:
        """The job that `ask` tells as it is now, then each time it has moved, to its end.

        Yields None once where there is no such job. Raises what a poll raises.
        """
        at = (backend, ask)
        watch = self._watches.get(at)
        if watch is None:
            watch = self._watches[at] = _Watch()
        queue: asyncio.Queue[News] = asyncio.Queue()
        watch.watchers.add(queue)
        if watch.task is None:
            watch.task = asyncio.create_task(self._poll(watch, backend, tenant, ask))
        elif watch.told:
            queue.put_nowait(watch.last)
        try:
            while True:
                news = await queue.get()
                if isinstance(news, LmsError):
                    raise news
                yield news
                if _is_over(news):
                    return
        finally:
            watch.watchers.discard(queue)
            if not watch.watchers:
                self._watches.pop(at, None)
                watch.task.cancel()

    async def _poll(self, watch: _Watch, backend: Backend, tenant: str, ask: Ask) -> None:
        pause = self._first
        seen: object = None
        while True:
            news = await _read(backend, tenant, ask)
            state = _state(news)
            moved, seen = state is None or state != seen, state
            if moved:
                watch.last, watch.told = news, True
                for queue in watch.watchers:
                    queue.put_nowait(news)
                pause = self._first
            if state is None or _is_over(news):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest)


async def _read(backend: Backend, tenant: str, ask: Ask) -> News:
    answers: list[Any] = []
    try:
        await backend.fetch({ask: _WANTS}, Store(tenant), lambda _, answer: answers.append(answer))
    except Exception as error:
        # A poll that just ended would leave everybody who watches waiting for ever.
        log.error("poll_failed", exc_info=error)
    found: News = answers[0] if answers else UpstreamInvalid("the vendor left this unanswered")
    if isinstance(found, LmsError):
        found.tenant, found.vendor = tenant, backend.vendor
    return found


def _state(news: News) -> tuple[Any, ...] | None:
    """What tells whether a job has moved; None where there is no job to tell of."""
    if isinstance(news, Progress):
        return (news.state, news.completion, news.message)
    if isinstance(news, Plain) and isinstance(news.value, dict):
        return (news.value.get("status"), news.value.get("progress"))
    return None


def _is_over(news: News) -> bool:
    state = _state(news)
    return state is None or state[0] in _ENDS
