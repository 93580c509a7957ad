"""Reading without I/O: generators that yield the calls they need and are sent the outcomes.

A vendor's folding turns asks into such generators. Whoever drives them decides how calls travel
(side by side, packed into one), so what a query costs can be told and tested without a vendor.

    def read_name(path) -> Steps[str]:
        reply = yield from get(Call(path, "/things/:id"))
        return reply.decode()["name"]
"""

from collections.abc import Generator, Iterable
from typing import TypeVar

from lms_gateway.domain.errors import LmsError
from lms_gateway.upstream.messages import Call, Reply

T = TypeVar("T")

Outcome = Reply | LmsError
"""What became of one call. Replies are 2xx or a redirect; everything else is an error."""

Steps = Generator[tuple[Call, ...], tuple[Outcome, ...], T]
"""Yields calls that do not depend on each other; is sent one outcome for each, in their order."""


def get(call: Call) -> Steps[Reply]:
    """One call's reply. Raises what became of it instead."""
    (outcome,) = yield (call,)
    if isinstance(outcome, LmsError):
        raise outcome
    return outcome


def gather(parts: Iterable[Steps[T]]) -> Steps[list[T]]:
    """Run parts in step, so that what they need at once is asked for at once.

    Returns their results in their order. A part that raises ends the others.
    """
    steps = list(parts)
    results: dict[int, T] = {}
    waiting: dict[int, tuple[Call, ...]] = {}
    try:
        for index, part in enumerate(steps):
            try:
                waiting[index] = next(part)
            except StopIteration as stop:
                results[index] = stop.value
        while waiting:
            outcomes = yield tuple(call for calls in waiting.values() for call in calls)
            sent, waiting, offset = waiting, {}, 0
            for index, calls in sent.items():
                own_outcomes = outcomes[offset : offset + len(calls)]
                offset += len(calls)
                try:
                    waiting[index] = steps[index].send(own_outcomes)
                except StopIteration as stop:
                    results[index] = stop.value
    finally:
        for part in steps:
            part.close()
    return [results[index] for index in range(len(steps))]
