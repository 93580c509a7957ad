"""What the waves of all vendors are made of: asks that are still open, and refusals remembered."""

from collections.abc import Callable, Iterable, Mapping

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.store import Store

NEGATIVE_TTL = 600.0
"""Seconds for which what was refused is not asked for again."""


class NegativeCache:
    """What a vendor lacks or refuses to a credential, by a name for it that holds no id.

    That changes when somebody upgrades the vendor or grants a right, so it is remembered for some
    minutes rather than paid for in every request.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expires_at: dict[str, float] = {}

    def contains(self, name: str) -> bool:
        """Whether it was refused a short while ago."""
        return self._expires_at.get(name, float("-inf")) > self._clock()

    def add(self, name: str) -> None:
        """Remember a refusal."""
        self._expires_at[name] = self._clock() + NEGATIVE_TTL


_SETTLED = object()


class OpenLoads:
    """The asks of one `fetch`. Each is settled once; what comes later for it is dropped."""

    def __init__(
        self, projections: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        self.projections = projections
        self.store = store
        self._on_settled = on_settled
        self._open: dict[Load, object] = dict.fromkeys(projections)

    @property
    def open(self) -> tuple[Load, ...]:
        """The asks that are not settled yet."""
        return tuple(self._open)

    def is_open(self, load: Load) -> bool:
        """Whether the ask still waits for its answer."""
        return load in self._open

    def settle(self, load: Load, answer: LoadResult | LmsError) -> None:
        """Answer an ask, unless it is answered."""
        if self._open.pop(load, _SETTLED) is None:
            self._on_settled(load, answer)

    def fail(self, loads: Iterable[Load], error: LmsError) -> None:
        """Settle those of the asks that are open with an error."""
        for load in loads:
            self.settle(load, error)
