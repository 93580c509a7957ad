"""Reads and writes without I/O: generators that yield calls and receive their outcomes.

The code that runs a generator decides how its calls are sent (side by side, or packed into one
request), so that the cost of a query can be tested without a vendor.

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
"""The outcome of one call: a reply (2xx or a redirect) or an error."""

Steps = Generator[tuple[Call, ...], tuple[Outcome, ...], T]
"""Yields calls that do not depend on each other; receives one outcome for each, in their order."""


def get(call: Call) -> Steps[Reply]:
    """Return the reply of one call. Raises LmsError."""
    (outcome,) = yield (call,)
    if isinstance(outcome, LmsError):
        raise outcome
    return outcome


def gather(parts: Iterable[Steps[T]]) -> Steps[list[T]]:
    """Run parts in step: the calls that they yield in the same round are yielded together.

    Returns their results in their order. A part that raises closes the others.
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
