"""`make bench`: compare the gateway with other servers and with hand-written baselines.

    python -m bench --quick
    python -m bench --only calls --rounds 20 --latency 50
    python -m bench --publish

Everything runs on the loopback interface: the servers on core 0, the load generator and the
simulated vendors on core 1. `docs/performance.md` describes the method and the results.
"""

import argparse
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

from bench import calls
from bench.certificate import make_certificate
from bench.goals import CROWD_SIZE
from bench.growth import measure_growth
from bench.journeys import COURSE, JOURNEYS, ROSTER, SAME_COURSE, SECTIONS, Journey
from bench.plot import draw
from bench.report import print_tables, publish
from bench.results import Cell, Delay, Results, read, write
from bench.rounds import measure
from bench.servers import Certificate, run_servers
from bench.targets import BARE, GATEWAY, MERCURIUS, Target, targets
from lms_gateway.telemetry import configure_logs

ROOT: Final = Path(__file__).parent.parent
RESULTS_FILE: Final = ROOT / "build" / "bench" / "results.json"
DOCS_PAGE: Final = ROOT / "docs" / "performance.md"
DOCS_PLOT: Final = ROOT / "docs" / "performance.png"
BENCH_PARTS: Final = ("peers", "sharing", "delay", "growth", "calls")

_FILE_WIDTH: Final = 160
_VENDOR_LATENCY: Final = 80.0  # ms per call of the slow vendor
_DELAY_RUNS: Final = ((COURSE, (1, 16)), (SECTIONS, (1,)), (ROSTER, (1, 16)))


class Bench:
    """One run of the benchmarks."""

    def __init__(self, arguments: argparse.Namespace, console: Console, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._certificate: Certificate = make_certificate(folder)
        self._targets = [
            target for target in targets() if not arguments.targets or target.name in arguments.targets
        ]
        self._journeys = [
            journey for journey in JOURNEYS if not arguments.journeys or journey.name in arguments.journeys
        ]
        self._connections: list[int] = arguments.connections
        self._quick: bool = arguments.quick
        self.results = Results(
            machine=_machine(),
            day=date.today().isoformat(),
            version=_version(),
            rounds=arguments.rounds,
            seconds=arguments.seconds,
        )

    def against_peers(self) -> None:
        """Measure every server on every journey.

        The servers are restarted for each journey, so that requests that wrk aborts at the end do
        not affect the next one.
        """
        for journey in self._journeys:
            self._measure(self._targets, (journey,), self._connections)

    def sharing(self) -> None:
        """Measure one query sent by many clients, and distinct queries of as many clients."""
        self._measure(self._targets_named(GATEWAY, MERCURIUS), (COURSE, SAME_COURSE), [CROWD_SIZE])

    def delay(self) -> None:
        """Measure the delay that a server adds to the responses of a slow vendor."""
        targets = self._targets_named(GATEWAY, BARE)
        for journey, connections in _DELAY_RUNS[:1] if self._quick else _DELAY_RUNS:
            for cell in self._measure(
                targets, (journey,), connections, latency=_VENDOR_LATENCY, record=False
            ):
                self.results.delays.append(
                    Delay(
                        cell.target,
                        cell.journey,
                        cell.connections,
                        journey.round_trips,
                        1000 * _VENDOR_LATENCY,
                        cell.p50,
                    )
                )

    def growth(self) -> None:
        """Measure CPU and memory of lists, by the number of their items."""
        self._console.log("growth")
        with run_servers(
            self._targets_named(GATEWAY), COURSE, self._folder, certificate=self._certificate
        ) as running:
            self.results.left_out += running.left_out
            for server in running.servers:
                self.results.growth += measure_growth(server, rows=2_000 if self._quick else 20_000)

    def _measure(
        self,
        targets: Sequence[Target],
        journeys: Sequence[Journey],
        connections: Sequence[int],
        *,
        latency: float = 0.0,
        record: bool = True,
    ) -> list[Cell]:
        """Start the targets once and measure them on each journey."""
        cells: list[Cell] = []
        if not targets or not journeys:
            return cells
        with run_servers(
            targets,
            journeys[0],
            self._folder,
            certificate=self._certificate,
            latency=latency,
        ) as running:
            self._report_left_out(running.left_out)
            for journey in journeys:
                for connection_count in connections:
                    self._console.log(f"{journey.title}; connections: {connection_count}")
                    cells += measure(
                        running,
                        journey,
                        connection_count,
                        rounds=self.results.rounds,
                        seconds=self.results.seconds,
                        folder=self._folder,
                        report_left_out=lambda reason: self._report_left_out([reason]),
                    )
        if record:
            self.results.cells += cells
        return cells

    def _report_left_out(self, left_out: Sequence[str]) -> None:
        for reason in left_out:
            self._console.log(f"left out: {reason}")
        self.results.left_out += left_out

    def _targets_named(self, *names: str) -> list[Target]:
        return [target for target in self._targets if target.name in names]


def main() -> int:
    """Measure, print the results and store them."""
    arguments = _parse()
    console = Console()
    if not console.is_terminal:
        console = Console(width=_FILE_WIDTH)  # a file has no width
    configure_logs(level="WARNING")
    signal.signal(signal.SIGTERM, _exit_on_signal)  # as after Ctrl-C: end the servers too
    if arguments.replay:
        return _finish(read(RESULTS_FILE), console, arguments.publish)
    if missing := [name for name in ("wrk", "taskset", "node") if shutil.which(name) is None]:
        print(f"not on PATH: {', '.join(missing)}; see docs/performance.md", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="lms-gateway-bench-") as folder:
        bench = Bench(arguments, console, Path(folder))
        parts: dict[str, Callable[[], None]] = {
            "peers": bench.against_peers,
            "sharing": bench.sharing,
            "delay": bench.delay,
            "growth": bench.growth,
            "calls": lambda: console.print(calls.tabulate(arguments.rounds, arguments.latency)),
        }
        for name in arguments.only or BENCH_PARTS:
            parts[name]()
    if arguments.only == ["calls"]:
        return 0
    write(bench.results, RESULTS_FILE)
    return _finish(bench.results, console, arguments.publish)


def _exit_on_signal(number: int, frame: FrameType | None) -> None:
    sys.exit(1)


def _finish(results: Results, console: Console, to_docs: bool) -> int:
    print_tables(results, console)
    if to_docs:
        publish(results, DOCS_PAGE)
        draw(results, DOCS_PLOT)
        console.print(f"written: {DOCS_PAGE.relative_to(ROOT)}, {DOCS_PLOT.relative_to(ROOT)}")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the gateway against its peers."
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a short run: few journeys, one round of 1 s")
    add("--rounds", type=int, help="interleaved rounds (default: 4)")
    add("--seconds", type=int, help="seconds of each round (default: 2)")
    add("--connections", type=int, nargs="+", help="concurrent connections (default: 1 16 64)")
    add(
        "--journeys",
        nargs="+",
        choices=[journey.name for journey in JOURNEYS],
        help="run only these journeys",
    )
    add("--targets", nargs="+", metavar="NAME", help="run only these servers")
    add("--only", nargs="+", choices=BENCH_PARTS, help="run only these parts")
    add(
        "--latency",
        type=float,
        default=0.0,
        metavar="MS",
        help="latency of the simulator, for `calls`",
    )
    add("--publish", action="store_true", help="write the tables and the plot of the docs")
    add("--replay", action="store_true", help="print the results of the last run again")
    arguments = parser.parse_args()
    quick = arguments.quick
    if arguments.rounds is None:
        arguments.rounds = 1 if quick else 4
    if arguments.seconds is None:
        arguments.seconds = 1 if quick else 2
    if arguments.connections is None:
        arguments.connections = [1, 16] if quick else [1, 16, 64]
    if arguments.journeys is None and quick:
        arguments.journeys = [COURSE.name]
    return arguments


def _machine() -> str:
    """Return the names of the processor, the kernel and the Python version."""
    name = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    python = f"Python {platform.python_version()} ({platform.python_compiler()})"
    return f"{name}, Linux {platform.release()}, {python}"


def _version() -> str:
    """Return the measured commit, with the suffix "-dirty" if the work tree differs from it."""
    result = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return result.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
