"""What was promised of the gateway's speed, and whether it holds in a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.journeys import COURSE, FAILURES, SAME, SECTIONS
from bench.results import Results
from bench.targets import APOLLO, BARE, GATEWAY, MERCURIUS, STOCK

CROWD = 50
"""Clients that ask the same at once."""

_TIMES_LESS = (
    (STOCK, {1: 10.0, 16: 20.0}),
    (APOLLO, {1: 2.0, 16: 2.0}),
    (MERCURIUS, {1: 1.0, 16: 1.0}),
)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise. `got` is None where the run did not measure what it takes."""

    what: str
    wanted: float
    got: float | None
    unit: str
    at_least: bool = False  # whether more is better

    @property
    def met(self) -> bool | None:
        """Whether it holds; None: not measured."""
        if self.got is None:
            return None
        return self.got >= self.wanted if self.at_least else self.got <= self.wanted

    def tell(self) -> tuple[str, str, str, str]:
        """What, the goal, what came of it, and the verdict."""
        bound = "at least" if self.at_least else "at most"
        verdict = {True: "met", False: "missed", None: "not measured"}[self.met]
        got = "" if self.got is None else f"{self.got:.2f} {self.unit}"
        return self.what, f"{bound} {self.wanted:g} {self.unit}", got, verdict


def evaluate(results: Results) -> list[Goal]:
    """Every goal, in the order in which they were set."""
    return [*_against_peers(results), *_of_sharing(results), *_of_growth(results)]


def _against_peers(results: Results) -> Iterator[Goal]:
    for target, wanted in _TIMES_LESS:
        for connections, times in wanted.items():
            yield Goal(
                f"CPU against {target}, {_connections(connections)}",
                times,
                _ratio(
                    results, (target, COURSE.name, connections), (GATEWAY, COURSE.name, connections)
                ),
                "times less",
                at_least=True,
            )
    for connections in (1, 16):
        yield Goal(
            f"CPU against the {BARE}, {_connections(connections)}",
            2.0,
            _ratio(results, (GATEWAY, COURSE.name, connections), (BARE, COURSE.name, connections)),
            "x",
        )


def _of_sharing(results: Results) -> Iterator[Goal]:
    same, distinct = (GATEWAY, SAME.name, CROWD), (GATEWAY, COURSE.name, CROWD)
    crowd = f"{CROWD} clients, the same query, against distinct ones"
    yield Goal(f"CPU of {crowd}", 0.1, _ratio(results, same, distinct), "x")
    calls = [results.cell(*which) for which in (same, distinct)]
    got = calls[0].calls / calls[1].calls if calls[0] and calls[1] and calls[1].calls else None
    yield Goal(f"upstream calls of {crowd}", 0.1, got, "x")
    yield Goal(
        f"CPU with 10% refused, against none, {_connections(16)}",
        1.3,
        _ratio(results, (GATEWAY, FAILURES.name, 16), (GATEWAY, SECTIONS.name, 16)),
        "x",
    )


def _of_growth(results: Results) -> Iterator[Goal]:
    for delay in results.delays:
        if delay.target == GATEWAY:
            yield Goal(
                f"p50 above {delay.waves} x {delay.vendor / 1000:g} ms of the vendor's: "
                f"{delay.journey}, {_connections(delay.connections)}",
                3.0,
                delay.added / 1000,
                "ms",
            )
    listing = results.grown("pages", 10_000)
    yield Goal(
        "memory above idle, 10,000 sections page by page",
        50.0,
        listing.memory / _MIB if listing else None,
        "MiB",
    )
    for kind, how in (("pages", "page by page"), ("whole", "in one answer")):
        large, small = results.grown(kind, 10_000), results.grown(kind, 100)
        yield Goal(
            f"CPU of a section {how}, of 10,000 against of 100",
            1.2,
            large.cpu / small.cpu if large and small and small.cpu else None,
            "x",
        )


def _ratio(
    results: Results, above: tuple[str, str, int], below: tuple[str, str, int]
) -> float | None:
    over, under = results.cell(*above), results.cell(*below)
    return over.cpu / under.cpu if over and under and under.cpu else None


def _connections(count: int) -> str:
    return f"{count} connection{'s' if count > 1 else ''}"
