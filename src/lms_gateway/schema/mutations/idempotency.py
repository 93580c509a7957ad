"""What makes a repeat of a mutation safe: each idempotency key runs once.

Kept in the process for 24 hours. A repeat while the first is running waits for it. What surely was
not done is forgotten, so that a repeat does it; what may have been done is kept, and is not run
again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

from lms_gateway.domain.errors import Conflict, LmsError

T = TypeVar("T")

RETENTION = 24 * 3600.0
"""Seconds that an outcome is kept."""

MAX_OUTCOMES = 10_000
"""Outcomes kept at the most: the oldest make room, so that memory is bounded."""


class _Entry(NamedTuple):
    digest: str
    started_at: float
    task: "asyncio.Task[Any]"


class IdempotencyStore(Generic[T]):
    """Outcomes by scope and key. One for the process; a scope names caller, tenant and mutation."""

    def __init__(self, *, retention: float = RETENTION, max_outcomes: int = MAX_OUTCOMES) -> None:
        self._retention = retention
        self._max_outcomes = max_outcomes
        self._entries: OrderedDict[tuple[str, ...], _Entry] = OrderedDict()

    async def run_once(
        self,
        scope: tuple[str, ...],
        digest: str,
        run: Callable[[], Awaitable[T]],
        may_have_run: Callable[[T], bool],
    ) -> T:
        """The outcome of `run`, or of the earlier one in this scope.

        `digest` tells inputs apart; `was_done` says whether an outcome must not be repeated. Raises
        Conflict where the scope was used with another input, and what `run` raises: an LmsError
        tells that nothing was done and is forgotten, a mistake of ours tells nothing and is kept.
        A caller that is cancelled does not end the run.
        """
        now = asyncio.get_running_loop().time()
        self._evict(now)
        entry = self._entries.get(scope)
        if entry is None:
            task = asyncio.ensure_future(self._run(scope, run, may_have_run))
            entry = self._entries[scope] = _Entry(digest, now, task)
        elif entry.digest != digest:
            raise Conflict("this idempotencyKey was used with another input")
        outcome: T = await asyncio.shield(entry.task)
        return outcome

    async def _run(
        self,
        scope: tuple[str, ...],
        run: Callable[[], Awaitable[T]],
        may_have_run: Callable[[T], bool],
    ) -> T:
        try:
            outcome = await run()
        except (LmsError, asyncio.CancelledError):
            del self._entries[scope]
            raise
        if not may_have_run(outcome):
            del self._entries[scope]
        return outcome

    def _evict(self, now: float) -> None:
        """Drop what is too old, and the oldest where there are too many; never what still runs."""
        for scope, entry in list(self._entries.items()):
            is_expired = (
                now - entry.started_at > self._retention or len(self._entries) > self._max_outcomes
            )
            if not is_expired:
                return
            if entry.task.done():
                del self._entries[scope]
