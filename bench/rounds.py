"""Measuring: every server in turns, so that what disturbs the machine disturbs all alike."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.journeys import Journey, request
from bench.results import Cell
from bench.stage import Server, Stage, complaint
from bench.wrk import Load, load, write_script

_LONGEST: Final = 20.0
"""Seconds that one server is loaded for in one round, however slow it is."""
_FEWEST: Final = 4.0
"""Answers that each connection should get in a round: below that the edges are what is measured."""


def measure(
    stage: Stage,
    journey: Journey,
    connections: int,
    *,
    rounds: int,
    seconds: float,
    folder: Path,
    tell: Callable[[str], None],
) -> list[Cell]:
    """Load each server of the stage with the journey, and say what it took.

    Whoever answers wrongly or too slowly is left out, and `tell` is told.
    """
    meters = []
    for server in stage.servers:
        if not server.target.takes(journey):
            continue
        meter = _Meter(stage, server, journey, connections, folder)
        if why := meter.warm_up(seconds):
            tell(f"{server.target.name}, {journey.name}, {connections}: {why}")
        else:
            meters.append(meter)
    for _ in range(rounds):
        for meter in meters:
            meter.measure()
    cells = []
    for meter in meters:
        if (cell := meter.cell()).requests < connections * rounds:
            tell(f"{cell.target}, {journey.name}, {connections}: only {cell.requests} answers")
        else:
            cells.append(cell)
    return cells


class _Meter:
    """One server on one journey."""

    def __init__(
        self, stage: Stage, server: Server, journey: Journey, connections: int, folder: Path
    ) -> None:
        self._stage = stage
        self._server = server
        self._journey = journey
        self._connections = connections
        self._seconds = 0.0
        self._script = folder / f"{server.process.pid}.lua"
        self._taken: list[tuple[Load, float, float]] = []  # load, CPU and calls of one request

    def warm_up(self, seconds: float) -> str | None:
        """Let it compile what it compiles, and see how long a round must be. None: it is fit."""
        server, journey = self._server, self._journey
        start = time.perf_counter()
        try:
            answer = server.ask(journey, journey.distinct - 1)
        except (OSError, ValueError) as error:
            return f"does not answer: {type(error).__name__}"
        if wrong := complaint(answer, journey, server.target.speech):
            return wrong
        speech = server.target.speech
        requests = [request(journey, speech, number) for number in range(journey.distinct)]
        write_script(self._script, requests, server.target.headers)
        # One that is slow when asked alone needs a while to answer everybody.
        each = self._connections * (time.perf_counter() - start)
        if each > _LONGEST:
            return f"{each:.0f} s for an answer on each connection: too slow to measure"
        seen = self._load(max(seconds, min(_FEWEST * each, _LONGEST)))
        if not seen.requests:
            return f"no answer within {_LONGEST:g} s"
        needed = _FEWEST * self._connections * seen.seconds / seen.requests
        if needed > _LONGEST:
            return f"{needed / _FEWEST:.0f} s for an answer on each connection: too slow to measure"
        self._seconds = max(seconds, needed)
        return None

    def measure(self) -> None:
        """One round."""
        calls, cpu = self._stage.calls(), self._server.process.cpu()
        seen = self._load(self._seconds)
        cpu = self._server.process.cpu() - cpu
        calls = self._stage.calls() - calls
        # wrk cuts off what is under way at the end: of each, half was done on average.
        done = seen.requests + self._connections / 2
        self._taken.append((seen, cpu / done, calls / done))

    def cell(self) -> Cell:
        """What all rounds come to."""
        loads = [seen for seen, _, _ in self._taken]
        cpu = sorted(1e6 * cpu for _, cpu, _ in self._taken)
        return Cell(
            target=self._server.target.name,
            journey=self._journey.name,
            connections=self._connections,
            cpu=statistics.median(cpu),
            cpu_least=cpu[0],
            cpu_most=cpu[-1],
            per_second=statistics.median(one.requests / one.seconds for one in loads),
            p50=1e6 * statistics.median(one.p50 for one in loads),
            p99=1e6 * statistics.median(one.p99 for one in loads),
            calls=statistics.median(calls for _, _, calls in self._taken),
            requests=sum(one.requests for one in loads),
            failed=sum(one.failed for one in loads),
        )

    def _load(self, seconds: float) -> Load:
        seen = load(self._server.url, self._script, connections=self._connections, seconds=seconds)
        self._server.process.settle()
        return seen
