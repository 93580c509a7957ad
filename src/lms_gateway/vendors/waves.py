"""What the waves of all vendors are made of: asks that are still open, and refusals remembered."""

from collections.abc import Callable, Iterable, Mapping

from lms_gateway.domain.asks import Answer, Ask, Wants
from lms_gateway.domain.backend import Settle
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.store import Store

HOLDS = 600.0
"""Seconds for which what was refused is not asked for again."""


class Refusals:
    """What a vendor lacks or refuses to a credential, by a name for it that holds no id.

    That changes when somebody upgrades the vendor or grants a right, so it is remembered for some
    minutes rather than paid for in every request.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def stands(self, name: str) -> bool:
        """Whether it was refused a short while ago."""
        return self._until.get(name, float("-inf")) > self._clock()

    def note(self, name: str) -> None:
        """Remember a refusal."""
        self._until[name] = self._clock() + HOLDS


_SETTLED = object()


class OpenAsks:
    """The asks of one `fetch`. Each is settled once; what comes later for it is dropped."""

    def __init__(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        self.batch = batch
        self.store = store
        self._settle = settle
        self._open: dict[Ask, object] = dict.fromkeys(batch)

    @property
    def open(self) -> tuple[Ask, ...]:
        """The asks that are not settled yet."""
        return tuple(self._open)

    def is_open(self, ask: Ask) -> bool:
        """Whether the ask still waits for its answer."""
        return ask in self._open

    def settle(self, ask: Ask, answer: Answer | LmsError) -> None:
        """Answer an ask, unless it is answered."""
        if self._open.pop(ask, _SETTLED) is None:
            self._settle(ask, answer)

    def fail(self, asks: Iterable[Ask], error: LmsError) -> None:
        """Settle those of the asks that are open with an error."""
        for ask in asks:
            self.settle(ask, error)
