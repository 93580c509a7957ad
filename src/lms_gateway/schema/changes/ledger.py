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

KEPT = 24 * 3600.0
"""Seconds that an outcome is kept."""

MOST = 10_000
"""Outcomes kept at the most: the oldest make room, so that memory is bounded."""


class _Entry(NamedTuple):
    digest: str
    began: float
    running: "asyncio.Task[Any]"


class Ledger(Generic[T]):
    """Outcomes by scope and key. One for the process; a scope names caller, tenant and mutation."""

    def __init__(self, *, kept: float = KEPT, most: int = MOST) -> None:
        self._kept = kept
        self._most = most
        self._entries: OrderedDict[tuple[str, ...], _Entry] = OrderedDict()

    async def once(
        self,
        scope: tuple[str, ...],
        digest: str,
        run: Callable[[], Awaitable[T]],
        was_done: Callable[[T], bool],
    ) -> T:
        """The outcome of `run`, or of the earlier one in this scope.

        `digest` tells inputs apart; `was_done` says whether an outcome must not be repeated. Raises
        Conflict where the scope was used with another input, and what `run` raises: an LmsError
        tells that nothing was done and is forgotten, a mistake of ours tells nothing and is kept.
        A caller that is cancelled does not end the run.
        """
        now = asyncio.get_running_loop().time()
        self._forget(now)
        entry = self._entries.get(scope)
        if entry is None:
            task = asyncio.ensure_future(self._run(scope, run, was_done))
            entry = self._entries[scope] = _Entry(digest, now, task)
        elif entry.digest != digest:
            raise Conflict("this idempotencyKey was used with another input")
        outcome: T = await asyncio.shield(entry.running)
        return outcome

    async def _run(
        self,
        scope: tuple[str, ...],
        run: Callable[[], Awaitable[T]],
        was_done: Callable[[T], bool],
    ) -> T:
        try:
            outcome = await run()
        except (LmsError, asyncio.CancelledError):
            del self._entries[scope]
            raise
        if not was_done(outcome):
            del self._entries[scope]
        return outcome

    def _forget(self, now: float) -> None:
        """Drop what is too old, and the oldest where there are too many; never what still runs."""
        for scope, entry in list(self._entries.items()):
            is_old = now - entry.began > self._kept or len(self._entries) > self._most
            if not is_old:
                return
            if entry.running.done():
                del self._entries[scope]
