"""How calls that are ready at the same time become requests."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.shared.steps import Outcome


class RequestGroup(NamedTuple):
    """Requests that are sent side by side and whose outcomes are distributed together.

    `positions[i]` are the positions of the calls that receive outcome `i`; `unpack` returns the
    outcomes of a request that packs several calls (None: a request has one outcome).
    """

    requests: Sequence[Call]
    positions: Sequence[Sequence[int]]
    unpack: Callable[[Outcome], Sequence[Outcome]] | None = None

    def distribute(self, outcomes: Sequence[Outcome]) -> list[tuple[int, Outcome]]:
        """Return the outcome of each call, by its position."""
        if self.unpack is not None:
            outcomes = self.unpack(outcomes[0])
        pairs = zip(self.positions, outcomes, strict=True)
        return [(position, outcome) for positions, outcome in pairs for position in positions]


Dispatch = Callable[[Sequence[Call]], list[RequestGroup]]
"""Groups calls for sending. Each position occurs in exactly one group."""
