"""The results of a run, stored as JSON for tables and plots."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Cell:
    """The results of one server, journey and number of connections, over all rounds.

    The values are medians, except for the range of `cpu`. Times are in microseconds.
    """

    target: str
    journey: str
    connections: int
    cpu: float  # of the server's process tree, per request
    cpu_min: float
    cpu_max: float
    per_second: float  # requests
    p50: float
    p99: float
    calls: float  # vendor calls per request
    requests: int  # in all rounds
    failed: int


@dataclass(frozen=True, slots=True)
class Delay:
    """The delay that a server adds to a slow vendor."""

    target: str
    journey: str
    connections: int
    round_trips: int
    vendor_latency: float  # microseconds of each vendor call
    p50: float  # microseconds

    @property
    def added(self) -> float:
        """Microseconds beyond the latency of the vendor."""
        return self.p50 - self.round_trips * self.vendor_latency


@dataclass(frozen=True, slots=True)
class Growth:
    """The cost of one list of sections."""

    kind: str  # "pages" of at most 500, or "whole": in one response
    sections: int
    cpu: float  # microseconds per section
    seconds: float  # wall clock, microseconds per section
    memory: int  # peak of resident memory above idle, in bytes


@dataclass(slots=True)
class Results:
    """All results of one run."""

    machine: str
    day: str
    version: str
    rounds: int
    seconds: int
    cells: list[Cell] = field(default_factory=list)
    delays: list[Delay] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # servers that were not measured, with the reasons

    def cell(self, target: str, journey: str, connections: int) -> Cell | None:
        """Return the results of one server, journey and number of connections, or None."""
        for cell in self.cells:
            if (cell.target, cell.journey, cell.connections) == (target, journey, connections):
                return cell
        return None

    def growth_of(self, kind: str, sections: int) -> Growth | None:
        """Return the results of a list, or None."""
        for growth in self.growth:
            if (growth.kind, growth.sections) == (kind, sections):
                return growth
        return None


def write(results: Results, path: Path) -> None:
    """Store results in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")


def read(path: Path) -> Results:
    """Return stored results. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=Results)
