"""Outcomes of mutations by idempotency key, so that a repeated request is safe.

The outcomes are in the memory of the process for 24 hours. A repeated request waits for the first
if that is still running. An outcome that certainly changed nothing is removed, so that the repeated
request runs. An outcome that may have changed something remains, and is returned again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

from lms_gateway.domain.errors import Conflict, LmsError

T = TypeVar("T")

RETENTION = 24 * 3600.0
"""Time for which an outcome is kept, in seconds."""

MAX_OUTCOMES = 10_000
"""Maximum number of outcomes. The oldest are removed first."""


class _Entry(NamedTuple):
    digest: str
    started_at: float
    task: "asyncio.Task[Any]"


class IdempotencyStore(Generic[T]):
    """Outcomes by scope: caller, tenant, mutation and key. One instance per process."""

    def __init__(self, *, retention: float = RETENTION, max_outcomes: int = MAX_OUTCOMES) -> None:
        """`retention` is in seconds."""
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
        """Return the outcome of `run`, or of the earlier run in this scope.

        `digest` identifies the input. `may_have_run` returns whether an outcome must not be repeated. Raises
        Conflict if the scope was used with another input, and the exceptions of `run`: an LmsError means that
        nothing was changed, so its entry is removed; any other exception may have been raised after a change,
        so its entry remains. A cancelled caller does not cancel the run.
        """
        now = asyncio.get_running_loop().time()
        self._evict(now)
        entry = self._entries.get(scope)
        if entry is None:
            task = asyncio.ensure_future(self._run(scope, run, may_have_run))
            entry = self._entries[scope] = _Entry(digest, now, task)
        elif entry.digest != digest:
            raise Conflict("idempotencyKey: already used with another input; use a new key")
        outcome: T = await asyncio.shield(entry.task)
        return outcome

    async def _run(
        self, scope: tuple[str, ...], run: Callable[[], Awaitable[T]], may_have_run: Callable[[T], bool]
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
        """Remove expired outcomes, and the oldest of too many; never those of running mutations."""
        for scope, entry in list(self._entries.items()):
            is_expired = now - entry.started_at > self._retention
            if not is_expired and len(self._entries) <= self._max_outcomes:
                return
            if entry.task.done():
                del self._entries[scope]
