"""Measurement in rounds: each round loads every server, so that a disturbance affects all alike."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.journeys import Journey, make_request
from bench.results import Cell
from bench.servers import RunningServer, RunningServers, find_problem
from bench.wrk import LoadReport, load, write_script

_MAX_ROUND_DURATION: Final = 20.0
"""Maximum duration of one round of one server, in seconds."""
_MIN_ANSWERS: Final = 4.0
"""Minimum number of responses per connection and round; below it, start and end dominate."""


def measure(
    running: RunningServers,
    journey: Journey,
    connections: int,
    *,
    rounds: int,
    seconds: float,
    folder: Path,
    report_left_out: Callable[[str], None],
) -> list[Cell]:
    """Load each server with a journey and return the results.

    A server whose responses are wrong or too slow is left out; `report_left_out` gets the reason.
    """
    meters = []
    for server in running.servers:
        if not server.target.runs(journey):
            continue
        meter = _Meter(running, server, journey, connections, folder)
        if reason := meter.warm_up(seconds):
            report_left_out(f"{server.target.name}, {journey.name}, {connections}: {reason}")
        else:
            meters.append(meter)
    for _ in range(rounds):
        for meter in meters:
            meter.measure()
    cells = []
    for meter in meters:
        if (cell := meter.cell()).requests < connections * rounds:
            report_left_out(f"{cell.target}, {journey.name}, {connections}: only {cell.requests} answers")
        else:
            cells.append(cell)
    return cells


class _Meter:
    """Measures one server on one journey."""

    def __init__(
        self,
        running: RunningServers,
        server: RunningServer,
        journey: Journey,
        connections: int,
        folder: Path,
    ) -> None:
        self._running = running
        self._server = server
        self._journey = journey
        self._connections = connections
        self._seconds = 0.0
        self._script = folder / f"{server.process.pid}.lua"
        self._samples: list[tuple[LoadReport, float, float]] = []  # load, CPU and calls of one request

    def warm_up(self, seconds: float) -> str | None:
        """Warm up the server and choose the duration of a round; return a problem, or None."""
        server, journey = self._server, self._journey
        start = time.perf_counter()
        try:
            answer = server.query(journey, journey.distinct_count - 1)
        except (OSError, ValueError) as error:
            return f"does not answer: {type(error).__name__}"
        if problem := find_problem(answer, journey, server.target.kind):
            return problem
        speech = server.target.kind
        requests = [make_request(journey, speech, number) for number in range(journey.distinct_count)]
        write_script(self._script, requests, server.target.headers)
        # Estimate the duration from a single request.
        round_duration = self._connections * (time.perf_counter() - start)
        if round_duration > _MAX_ROUND_DURATION:
            return f"{round_duration:.0f} s for an answer on each connection: too slow to measure"
        report = self._load(max(seconds, min(_MIN_ANSWERS * round_duration, _MAX_ROUND_DURATION)))
        if not report.requests:
            return f"no answer within {_MAX_ROUND_DURATION:g} s"
        duration = _MIN_ANSWERS * self._connections * report.seconds / report.requests
        if duration > _MAX_ROUND_DURATION:
            return f"{duration / _MIN_ANSWERS:.0f} s for an answer on each connection: too slow to measure"
        self._seconds = max(seconds, duration)
        return None

    def measure(self) -> None:
        """Run one round."""
        calls, cpu = self._running.calls(), self._server.process.cpu()
        report = self._load(self._seconds)
        cpu = self._server.process.cpu() - cpu
        calls = self._running.calls() - calls
        # wrk aborts the pending requests at the end; on average, half of each was done.
        request_count = report.requests + self._connections / 2
        self._samples.append((report, cpu / request_count, calls / request_count))

    def cell(self) -> Cell:
        """Return the results of all rounds."""
        loads = [report for report, _, _ in self._samples]
        cpu = sorted(1e6 * cpu for _, cpu, _ in self._samples)
        return Cell(
            target=self._server.target.name,
            journey=self._journey.name,
            connections=self._connections,
            cpu=statistics.median(cpu),
            cpu_min=cpu[0],
            cpu_max=cpu[-1],
            per_second=statistics.median(report.requests / report.seconds for report in loads),
            p50=1e6 * statistics.median(report.p50 for report in loads),
            p99=1e6 * statistics.median(report.p99 for report in loads),
            calls=statistics.median(calls for _, _, calls in self._samples),
            requests=sum(report.requests for report in loads),
            failed=sum(report.failed for report in loads),
        )

    def _load(self, seconds: float) -> LoadReport:
        report = load(self._server.url, self._script, connections=self._connections, seconds=seconds)
        self._server.process.settle()
        return report
