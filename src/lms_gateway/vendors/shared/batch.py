"""The loads of one batch, the tasks that read them, and endpoints that a vendor rejected."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.store import Store
from lms_gateway.vendors.shared.steps import Steps

NEGATIVE_TTL = 600.0
"""Seconds for which a rejected endpoint is not called again."""


class NegativeCache:
    """Endpoints that a vendor lacks or that it refuses to a credential. Names contain no ids.

    Entries expire, because an upgrade of the vendor or a new permission changes the answer.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expires_at: dict[str, float] = {}

    def contains(self, name: str) -> bool:
        """Return whether the endpoint was rejected within NEGATIVE_TTL."""
        return self._expires_at.get(name, float("-inf")) > self._clock()

    def add(self, name: str) -> None:
        """Remember a rejected endpoint."""
        self._expires_at[name] = self._clock() + NEGATIVE_TTL


_SETTLED = object()


class OpenLoads:
    """The loads of one `fetch`. Each is settled once; later results are dropped."""

    def __init__(self, projections: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        self.projections = projections
        self.store = store
        self._on_settled = on_settled
        self._open: dict[Load, object] = dict.fromkeys(projections)

    @property
    def open(self) -> tuple[Load, ...]:
        """The loads that are not settled yet."""
        return tuple(self._open)

    def is_open(self, load: Load) -> bool:
        """Return whether the load is not settled yet."""
        return load in self._open

    def settle(self, load: Load, answer: LoadResult | LmsError) -> None:
        """Settle a load, unless it is settled already."""
        if self._open.pop(load, _SETTLED) is None:
            self._on_settled(load, answer)

    def fail(self, loads: Iterable[Load], error: LmsError) -> None:
        """Settle those of the loads that are open with an error."""
        for load in loads:
            self.settle(load, error)


@dataclass(slots=True, eq=False)
class ReadTask:
    """Steps that read some loads of a batch and settle them.

    They start when the tasks of `after` have finished, children included, and may return further
    tasks (their children).
    """

    loads: tuple[Load, ...]
    steps: Steps["Sequence[ReadTask] | None"] = field(repr=False)
    after: tuple["ReadTask", ...] = ()
