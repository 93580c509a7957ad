"""`make bench`: the gateway against its peers and against what nothing can go below.

    python -m bench --quick
    python -m bench --only calls --rounds 20 --latency 50
    python -m bench --publish

Everything runs on this machine's loopback: servers on core 0, load and upstream on core 1.
`docs/performance.md` says what is measured, how, and what came of it.
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
from bench.goals import CROWD
from bench.growth import grow
from bench.journeys import COURSE, JOURNEYS, ROSTER, SAME, SECTIONS, Journey
from bench.plot import draw
from bench.report import publish, show
from bench.results import Cell, Delay, Results, read, write
from bench.rounds import measure
from bench.stage import Certificate, staged
from bench.targets import BARE, GATEWAY, MERCURIUS, Target, targets
from lms_gateway.telemetry import configure_logs

ROOT: Final = Path(__file__).parent.parent
KEPT: Final = ROOT / "build" / "bench" / "results.json"
PAGE: Final = ROOT / "docs" / "performance.md"
PICTURE: Final = ROOT / "docs" / "performance.png"
PARTS: Final = ("peers", "sharing", "delay", "growth", "calls")

_WIDE: Final = 160
_VENDOR: Final = 80.0  # ms that the slow one takes for each call
_DELAYED: Final = ((COURSE, (1, 16)), (SECTIONS, (1,)), (ROSTER, (1, 16)))


class Bench:
    """One run."""

    def __init__(self, arguments: argparse.Namespace, console: Console, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._certificate: Certificate = make_certificate(folder)
        self._targets = [
            target
            for target in targets()
            if not arguments.targets or target.name in arguments.targets
        ]
        self._journeys = [
            journey
            for journey in JOURNEYS
            if not arguments.journeys or journey.name in arguments.journeys
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
        """Every server on every journey, started anew for each.

        httpx's pool does not recover from the requests that wrk cuts off at the end.
        """
        for journey in self._journeys:
            self._measure(self._targets, (journey,), self._connections)

    def sharing(self) -> None:
        """The same query from a crowd, and distinct ones from as many."""
        self._measure(self._only(GATEWAY, MERCURIUS), (COURSE, SAME), [CROWD])

    def delay(self) -> None:
        """What a slow vendor's answers wait for at the gateway."""
        targets = self._only(GATEWAY, BARE)
        for journey, connections in _DELAYED[:1] if self._quick else _DELAYED:
            for cell in self._measure(
                targets, (journey,), connections, latency=_VENDOR, keep=False
            ):
                self.results.delays.append(
                    Delay(
                        cell.target,
                        cell.journey,
                        cell.connections,
                        journey.waves,
                        1000 * _VENDOR,
                        cell.p50,
                    )
                )

    def growth(self) -> None:
        """What listings take, by their size."""
        self._console.log("growth")
        with staged(
            self._only(GATEWAY), COURSE, self._folder, certificate=self._certificate
        ) as stage:
            self.results.left_out += stage.left_out
            for server in stage.servers:
                self.results.growth += grow(server, rows=2_000 if self._quick else 20_000)

    def _measure(
        self,
        targets: Sequence[Target],
        journeys: Sequence[Journey],
        connections: Sequence[int],
        *,
        latency: float = 0.0,
        keep: bool = True,
    ) -> list[Cell]:
        """Stage the targets once, and measure them on each journey."""
        cells: list[Cell] = []
        if not targets or not journeys:
            return cells
        with staged(
            targets,
            journeys[0],
            self._folder,
            certificate=self._certificate,
            latency=latency,
        ) as stage:
            self._tell_all(stage.left_out)
            for journey in journeys:
                for count in connections:
                    self._console.log(f"{journey.title}; connections: {count}")
                    cells += measure(
                        stage,
                        journey,
                        count,
                        rounds=self.results.rounds,
                        seconds=self.results.seconds,
                        folder=self._folder,
                        tell=lambda why: self._tell_all([why]),
                    )
        if keep:
            self.results.cells += cells
        return cells

    def _tell_all(self, left_out: Sequence[str]) -> None:
        for why in left_out:
            self._console.log(f"left out: {why}")
        self.results.left_out += left_out

    def _only(self, *names: str) -> list[Target]:
        return [target for target in self._targets if target.name in names]


def main() -> int:
    """Measure, print, and keep what came of it."""
    arguments = _parse()
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)  # for a file, which has no width of its own
    configure_logs(level="WARNING")
    signal.signal(signal.SIGTERM, _leave)  # as Ctrl-C does: the servers must end with us
    if arguments.replay:
        return _finish(read(KEPT), console, arguments.publish)
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
        for name in arguments.only or PARTS:
            parts[name]()
    if arguments.only == ["calls"]:
        return 0
    write(bench.results, KEPT)
    return _finish(bench.results, console, arguments.publish)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(1)


def _finish(results: Results, console: Console, to_docs: bool) -> int:
    show(results, console)
    if to_docs:
        publish(results, PAGE)
        draw(results, PICTURE)
        console.print(f"written: {PAGE.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the gateway against its peers."
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a short run: few journeys, one round of 1 s")
    add("--rounds", type=int, help="interleaved rounds (default: 4)")
    add("--seconds", type=int, help="of each round (default: 2)")
    add("--connections", type=int, nargs="+", help="at once (default: 1 16 64)")
    add("--journeys", nargs="+", choices=[one.name for one in JOURNEYS], help="only these")
    add("--targets", nargs="+", metavar="NAME", help="only these servers")
    add("--only", nargs="+", choices=PARTS, help="only these parts")
    add("--latency", type=float, default=0.0, metavar="MS", help="the sandbox's, for `calls`")
    add("--publish", action="store_true", help="write the tables and the plot of the docs")
    add("--replay", action="store_true", help="measure nothing: tell of the last run again")
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
    """The processor's name, and what runs on it."""
    name = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    python = f"Python {platform.python_version()} ({platform.python_compiler()})"
    return f"{name}, Linux {platform.release()}, {python}"


def _version() -> str:
    """The commit that was measured, with a mark where the work tree differs from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
