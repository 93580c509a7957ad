"""Loads of one request and tenant, gathered into waves.

Whatever resolvers load while the event loop is busy is one wave: it is united, looked up in the
store, and handed to the vendor in one `fetch`. Each ask is answered for itself, so a slow branch of
a query never holds up a fast one. Nothing here outlives the request or is seen by another tenant.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from inspect import iscoroutine
from typing import Any, Protocol, Self, cast

from lms_gateway.domain.asks import (
    Answer,
    Ask,
    ByAlias,
    ById,
    Children,
    Detail,
    Details,
    Members,
    Page,
    Plain,
    Search,
    TermsOf,
    Wants,
)
from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.domain.records import Key, Record
from lms_gateway.domain.store import Store

QUIET_TURNS = 8
"""Turns of the event loop without a new load after which a wave closes.

graphql-core reaches loads of one level through chains of tasks of different length (a list of
lists, an interface); it takes it up to six turns to get from one answer to the next loads.
"""


class Follow(Protocol):
    """A child load that may go with its parent's (`execution.Follow`)."""

    @property
    def wants(self) -> "FollowedWants": ...


class FollowedWants(Wants, Protocol):
    """Wants, and the child loads that need no more of their parent than the identity."""

    @property
    def follows(self) -> Sequence[Follow]: ...

    def __or__(self, other: Self) -> "FollowedWants": ...


_NOTHING: frozenset[str] = frozenset()

AskOf = Callable[[Any, Record], Ask | None]
"""Makes the ask of a `Follow` of anything that has the parent's identity. Raises what the field
itself would raise."""


class _Flight:
    """One ask on its way: its wants may grow until the wave closes."""

    __slots__ = ("answer", "ask", "sent", "wants")

    def __init__(
        self, ask: Ask, wants: FollowedWants, answer: "asyncio.Future[Answer | LmsError]"
    ) -> None:
        self.ask = ask
        self.wants = wants
        self.answer = answer
        self.sent = False


class Session:
    """One tenant within one request: its store, its waves, its vendor."""

    def __init__(self, slug: str, backend: Backend, ask_of: AskOf | None = None) -> None:
        """Without `ask_of`, no child is asked for before its parent is here."""
        self.slug = slug
        self.backend = backend
        self._ask_of = ask_of
        self.store = Store(slug)
        self._flights: dict[Ask, _Flight] = {}
        self._wave: list[_Flight] = []  # what was loaded since the last one left
        self._fetches: set[asyncio.Task[None]] = set()
        self._closed = False

    def known(self, ask: Ask, wants: FollowedWants) -> Record | None:
        """The answer, where the store already holds all that is wanted; None: load it."""
        if isinstance(ask, ById):
            record = self.store.find(Key(ask.kind, ask.id))
        elif isinstance(ask, ByAlias):
            record = self.store.find_alias(ask.kind, ask.alias, ask.value)
        else:
            return None
        if record is None or self._lacks(record, wants):
            return None
        return record

    def start(self, ask: Ask, wants: FollowedWants) -> "Record | asyncio.Future[Answer | LmsError]":
        """The answer where it is known; else it is on its way, and is to be given to `finish`.

        The future is shared with whoever asks alike: it must not be cancelled.
        """
        known = self.known(ask, wants)
        return self._flight(ask, wants).answer if known is None else known

    def finish(
        self, ask: Ask, wants: FollowedWants, answer: Answer | LmsError
    ) -> Answer | LmsError | Coroutine[Any, Any, Answer]:
        """What `load` answers; an LmsError is a value here.

        It is awaitable where rows of a listing could not carry all that is wanted.
        """
        rows: Iterable[Record | Plain] = ()
        if isinstance(answer, Page):
            rows = answer.items
        elif isinstance(answer, Record) and isinstance(ask, Detail):
            rows = (answer,)
        records = [row for row in rows if isinstance(row, Record)]
        if not records:
            return answer
        # The rows of a listing are of one kind.
        given = self.backend.gives.get(records[0].key.kind, _NOTHING)
        wanted = frozenset(wants.facets & given)
        lacking = [record for record in records if record.lacks(wanted)]
        return self._complete(lacking, wants, cast(Answer, answer)) if lacking else answer

    async def load(self, ask: Ask, wants: FollowedWants) -> Answer:
        """The vendor's answer, with what is wanted of it known as far as the vendor tells it.

        Raises LmsError where the ask as a whole failed. A row of a page whose own details could not
        be had keeps the error in the facets that lack, to be raised where they are read.
        """
        started = self.start(ask, wants)
        if isinstance(started, Record):
            return started
        finished = self.finish(ask, wants, await asyncio.shield(started))
        answer: Any = await finished if iscoroutine(finished) else finished
        if isinstance(answer, LmsError):
            raise answer
        return cast(Answer, answer)

    def flush(self) -> None:
        """Close the wave: nothing that runs now will load any more.

        While something else is on its way, what it brings may be asked for together with this: the
        wave then closes by itself.
        """
        if not self._fetches:
            self._send()

    def begin_anew(self) -> None:
        """Forget what is known: a change may have made it untrue."""
        self.store = Store(self.slug)
        self._flights = {flight.ask: flight for flight in self._wave}  # not asked for yet

    def close(self) -> Collection["asyncio.Task[None]"]:
        """Begin nothing more, and end what is in flight: nobody waits for it.

        Returns the tasks that have still to clean up.
        """
        self._closed = True
        self._send()
        for task in self._fetches:
            task.cancel()
        return tuple(self._fetches)

    def _lacks(self, record: Record, wants: FollowedWants) -> frozenset[str]:
        """The wanted facets that are not known and that this vendor could tell."""
        given = self.backend.gives.get(record.key.kind, _NOTHING)
        return record.lacks(frozenset(wants.facets & given))

    def _flight(self, ask: Ask, wants: FollowedWants) -> _Flight:
        flight = self._flights.get(ask)
        if flight is not None:
            if not flight.sent:
                flight.wants = flight.wants | wants
                return flight
            if not _is_single(ask) or self._covers(flight, wants):
                return flight
        loop = asyncio.get_running_loop()
        flight = self._flights[ask] = _Flight(ask, wants, loop.create_future())
        self._wave.append(flight)
        if len(self._wave) == 1:
            loop.call_soon(self._close_when_quiet, 1, 0)
        if isinstance(ask, ById):
            self._follow(Key(ask.kind, ask.id), wants)
        return flight

    def _covers(self, flight: _Flight, wants: FollowedWants) -> bool:
        if wants.facets <= flight.wants.facets:
            return True
        return flight.answer.done() and not isinstance(flight.answer.result(), Record)

    def _follow(self, parent: Key, wants: FollowedWants) -> None:
        """Ask together with the parent for the children that need only its identity.

        Where the parent turns out to be null, nobody asks for the children's answers.
        """
        if self._ask_of is None or not wants.follows:
            return
        stub = Record(self.slug, parent)
        for follow in wants.follows:
            try:
                ask = self._ask_of(follow, stub)
            except LmsError:
                continue  # raised again, and reported, when the field itself is executed
            if ask is not None:
                self._flight(ask, follow.wants)

    def _close_when_quiet(self, seen: int, quiet: int) -> None:
        """Close the wave once the loop has been quiet, not at the next turn."""
        if not self._wave:
            return  # closed meanwhile
        if len(self._wave) != seen:
            quiet = 0
        elif quiet == QUIET_TURNS:
            self._send()
            return
        asyncio.get_running_loop().call_soon(self._close_when_quiet, len(self._wave), quiet + 1)

    def _send(self) -> None:
        flights, self._wave = self._wave, []
        if self._closed:
            for flight in flights:  # queued when the request ended
                flight.answer.set_result(UpstreamTimeout("the request has ended"))
        elif flights:
            task = asyncio.create_task(self._fetch(flights))
            self._fetches.add(task)
            task.add_done_callback(self._fetches.discard)

    async def _fetch(self, flights: Sequence[_Flight]) -> None:
        # Not looked up in `_flights`: by now a wider flight may stand there for the same ask.
        batch: dict[Ask, FollowedWants] = {}
        answers: dict[Ask, asyncio.Future[Answer | LmsError]] = {}
        for flight in flights:
            flight.sent = True
            batch[flight.ask] = flight.wants
            answers[flight.ask] = flight.answer

        def settle(ask: Ask, answer: Answer | LmsError) -> None:
            if isinstance(answer, LmsError):
                answer.tenant, answer.vendor = self.slug, self.backend.vendor
            future = answers[ask]
            if not future.done():
                future.set_result(answer)

        try:
            await self.backend.fetch(batch, self.store, settle)
        finally:
            for ask, future in answers.items():
                if not future.done():
                    settle(ask, UpstreamInvalid("the vendor left this unanswered"))

    async def _complete(
        self, lacking: Iterable[Record], wants: FollowedWants, answer: Answer
    ) -> Answer:
        await asyncio.gather(*(self._complete_one(row, wants) for row in lacking))
        return answer

    async def _complete_one(self, row: Record, wants: FollowedWants) -> None:
        try:
            await self.load(ById(row.key.kind, row.key.id), wants)
        except LmsError as error:
            # graphql-core raises an exception that it finds as a value, at the field that reads it.
            for facet in self._lacks(row, wants):
                vendor, dot, name = facet.partition(".")
                if dot:
                    row.native[name] = error
                else:
                    setattr(row, vendor, error)


def _is_single(ask: Ask) -> bool:
    return not isinstance(ask, Children | Members | Search | TermsOf | Detail | Details)
