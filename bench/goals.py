"""The performance goals of the gateway, and whether a run meets them."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.journeys import COURSE, FAILURES, SAME_COURSE, SECTIONS
from bench.results import Results
from bench.targets import APOLLO, BARE, GATEWAY, MERCURIUS, STOCK

CROWD_SIZE = 50
"""Number of clients that send the same query at the same time."""

_MIN_SPEEDUPS = (
    (STOCK, {1: 10.0, 16: 20.0}),
    (APOLLO, {1: 2.0, 16: 2.0}),
    (MERCURIUS, {1: 1.0, 16: 1.0}),
)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal. `measured` is None if the run did not measure it."""

    title: str
    bound: float
    measured: float | None
    unit: str
    is_minimum: bool = False  # whether higher values are better

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None: not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.bound if self.is_minimum else self.measured <= self.bound

    def table_row(self) -> tuple[str, str, str, str]:
        """Return title, goal, measured value and verdict."""
        comparison = "at least" if self.is_minimum else "at most"
        verdict = {True: "met", False: "missed", None: "not measured"}[self.is_met]
        measured = "" if self.measured is None else f"{self.measured:.2f} {self.unit}"
        return self.title, f"{comparison} {self.bound:g} {self.unit}", measured, verdict


def evaluate(results: Results) -> list[Goal]:
    """Return all goals with their measured values."""
    return [*_peer_goals(results), *_sharing_goals(results), *_growth_goals(results)]


def _peer_goals(results: Results) -> Iterator[Goal]:
    for target, speedups in _MIN_SPEEDUPS:
        for connections, speedup in speedups.items():
            yield Goal(
                f"CPU against {target}, {_connections(connections)}",
                speedup,
                _ratio(results, (target, COURSE.name, connections), (GATEWAY, COURSE.name, connections)),
                "times less",
                is_minimum=True,
            )
    for connections in (1, 16):
        yield Goal(
            f"CPU against the {BARE}, {_connections(connections)}",
            2.0,
            _ratio(results, (GATEWAY, COURSE.name, connections), (BARE, COURSE.name, connections)),
            "x",
        )


def _sharing_goals(results: Results) -> Iterator[Goal]:
    same_query, distinct_queries = (
        (GATEWAY, SAME_COURSE.name, CROWD_SIZE),
        (GATEWAY, COURSE.name, CROWD_SIZE),
    )
    description = f"{CROWD_SIZE} clients, the same query, against distinct ones"
    yield Goal(f"CPU of {description}", 0.1, _ratio(results, same_query, distinct_queries), "x")
    calls = [results.cell(*key) for key in (same_query, distinct_queries)]
    ratio = calls[0].calls / calls[1].calls if calls[0] and calls[1] and calls[1].calls else None
    yield Goal(f"upstream calls of {description}", 0.1, ratio, "x")
    yield Goal(
        f"CPU with 10% refused, against none, {_connections(16)}",
        1.3,
        _ratio(results, (GATEWAY, FAILURES.name, 16), (GATEWAY, SECTIONS.name, 16)),
        "x",
    )


def _growth_goals(results: Results) -> Iterator[Goal]:
    for delay in results.delays:
        if delay.target == GATEWAY:
            yield Goal(
                f"p50 above {delay.round_trips} x "
                f"{delay.vendor_latency / 1000:g} ms of the vendor's: "
                f"{delay.journey}, {_connections(delay.connections)}",
                3.0,
                delay.added / 1000,
                "ms",
            )
    listing = results.growth_of("pages", 10_000)
    yield Goal(
        "memory above idle, 10,000 sections page by page",
        50.0,
        listing.memory / _MIB if listing else None,
        "MiB",
    )
    for kind, description in (("pages", "page by page"), ("whole", "in one answer")):
        large, small = results.growth_of(kind, 10_000), results.growth_of(kind, 100)
        yield Goal(
            f"CPU of a section {description}, of 10,000 against of 100",
            1.2,
            large.cpu / small.cpu if large and small and small.cpu else None,
            "x",
        )


def _ratio(
    results: Results, numerator_key: tuple[str, str, int], denominator_key: tuple[str, str, int]
) -> float | None:
    numerator, denominator = results.cell(*numerator_key), results.cell(*denominator_key)
    return numerator.cpu / denominator.cpu if numerator and denominator and denominator.cpu else None


def _connections(count: int) -> str:
    return f"{count} connection{'s' if count > 1 else ''}"
