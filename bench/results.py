"""What a run has found: kept as JSON, so that tables and plots can be made of it later."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Cell:
    """One server on one journey at one number of connections, over all rounds.

    Medians, but for the span of `cpu`; times are in microseconds.
    """

    target: str
    journey: str
    connections: int
    cpu: float  # of the server's process tree, for one request
    cpu_min: float
    cpu_max: float
    per_second: float  # requests
    p50: float
    p99: float
    calls: float  # upstream calls for one request
    requests: int  # in all rounds
    failed: int


@dataclass(frozen=True, slots=True)
class Delay:
    """What a server adds to a slow vendor."""

    target: str
    journey: str
    connections: int
    round_trips: int
    vendor_latency: float  # microseconds that each call takes at the vendor
    p50: float  # microseconds

    @property
    def added(self) -> float:
        """Microseconds above what the vendor takes."""
        return self.p50 - self.round_trips * self.vendor_latency


@dataclass(frozen=True, slots=True)
class Growth:
    """What a listing of so many sections takes of the gateway."""

    kind: str  # "pages" of at most 500, or "whole": all in one answer
    sections: int
    cpu: float  # microseconds for each section
    seconds: float  # of the wall clock, microseconds for each section
    memory: int  # bytes that the process held at most, above idle


@dataclass(slots=True)
class Results:
    """Everything that one run has measured."""

    machine: str
    day: str
    version: str
    rounds: int
    seconds: int
    cells: list[Cell] = field(default_factory=list)
    delays: list[Delay] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # what could not be measured, and why

    def cell(self, target: str, journey: str, connections: int) -> Cell | None:
        """What was measured of this, if it was."""
        for cell in self.cells:
            if (cell.target, cell.journey, cell.connections) == (target, journey, connections):
                return cell
        return None

    def growth_of(self, kind: str, sections: int) -> Growth | None:
        """The same of a listing."""
        for growth in self.growth:
            if (growth.kind, growth.sections) == (kind, sections):
                return growth
        return None


def write(results: Results, path: Path) -> None:
    """Keep them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")


def read(path: Path) -> Results:
    """What was kept. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=Results)
