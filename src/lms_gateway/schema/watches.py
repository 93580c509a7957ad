"""Jobs that somebody watches: polled once, however many watch."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog

from lms_gateway.domain.asks import ById
from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.records import Kind, ProgressState, Record
from lms_gateway.domain.store import Store
from lms_gateway.execution import Wants

log = structlog.get_logger(__name__)

ENDS = (ProgressState.COMPLETED, ProgressState.FAILED)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between polls of one job: doubled while nothing changes."""

_WANTS = Wants(frozenset({"state", "completion", "tag", "message", "created_at", "updated_at"}))


class _Watch:
    """One job that is polled for everybody who watches it."""

    def __init__(self) -> None:
        self.watchers: set[asyncio.Queue[Record | LmsError | None]] = set()
        self.task: asyncio.Task[None] | None = None
        self.last: Record | LmsError | None = None


class Watches:
    """The jobs that somebody watches: one poll for any number of watchers. One for the process."""

    def __init__(self, *, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> None:
        self._first = first
        self._longest = longest
        self._watches: dict[tuple[Backend, str], _Watch] = {}

    async def follow(
        self, backend: Backend, tenant: str, id: str
    ) -> AsyncGenerator[Record | None, None]:
        """The job as it is now, then each time it has moved, to its end.

        Yields None once where there is no such job. Raises what a poll raises.
        """
        at = (backend, id)
        watch = self._watches.get(at)
        if watch is None:
            watch = self._watches[at] = _Watch()
        queue: asyncio.Queue[Record | LmsError | None] = asyncio.Queue()
        watch.watchers.add(queue)
        if watch.task is None:
            watch.task = asyncio.create_task(self._poll(watch, backend, tenant, id))
        elif watch.last is not None or watch.task.done():
            queue.put_nowait(watch.last)
        try:
            while True:
                news = await queue.get()
                if isinstance(news, LmsError):
                    raise news
                yield news
                if news is None or _is_over(news):
                    return
        finally:
            watch.watchers.discard(queue)
            if not watch.watchers:
                self._watches.pop(at, None)
                watch.task.cancel()

    async def _poll(self, watch: _Watch, backend: Backend, tenant: str, id: str) -> None:
        pause = self._first
        seen: object = None
        while True:
            news = await _read(backend, tenant, id)
            if isinstance(news, Record):
                state = tuple(getattr(news, facet) for facet in ("state", "completion", "message"))
                moved, seen = state != seen, state
            else:
                moved = True
            if moved:
                watch.last = news
                for queue in watch.watchers:
                    queue.put_nowait(news)
                pause = self._first
            if not isinstance(news, Record) or _is_over(news):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest)


async def _read(backend: Backend, tenant: str, id: str) -> Record | LmsError | None:
    ask = ById(Kind.PROGRESS, id)
    answers: list[Any] = []
    try:
        await backend.fetch({ask: _WANTS}, Store(tenant), lambda _, answer: answers.append(answer))
    except Exception as error:
        # A poll that just ended would leave everybody who watches waiting for ever.
        log.error("poll_failed", exc_info=error)
    found: Record | LmsError | None = (
        answers[0] if answers else UpstreamInvalid("the vendor left this unanswered")
    )
    if isinstance(found, LmsError):
        found.tenant, found.vendor = tenant, backend.vendor
    return found


def _is_over(record: Record) -> bool:
    return getattr(record, "state", None) in ENDS
