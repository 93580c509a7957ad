"""Tables of a run's results, for a terminal and for `docs/performance.md`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from bench.goals import evaluate
from bench.journeys import COURSE, JOURNEYS, SAME_COURSE
from bench.results import Cell, Results
from bench.targets import GATEWAY

BEGIN: Final = "<!-- measured: written by `make bench PUBLISH=1`, up to the next mark -->"
END: Final = "<!-- /measured -->"

_TITLES: Final = {journey.name: journey.title for journey in (*JOURNEYS, SAME_COURSE)}
_MIB: Final = 1024 * 1024

Rows = Sequence[Sequence[str]]


def print_tables(results: Results, console: Console) -> None:
    """Print all tables."""
    for title, head, rows in _tables(results, full=True):
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for index, name in enumerate(head):
            table.add_column(name, justify="right" if index and title != "Goals" else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for line in results.left_out:
        console.print(f"left out: {line}")


def publish(results: Results, page: Path) -> None:
    """Write the tables between the marks of the page. Raises ValueError if it has none."""
    text = page.read_text()
    before, begin, after_begin = text.partition(BEGIN)
    _, end, after = after_begin.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: the marks of the tables are missing: {BEGIN}, {END}")
    page.write_text(f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}")


def markdown(results: Results) -> str:
    """Return the most important tables as Markdown."""
    parts = [
        f"{results.day}, commit {results.version}, {results.machine}; medians of {results.rounds} "
        f"interleaved rounds of {results.seconds} s.\n"
    ]
    for title, head, rows in _tables(results, full=False):
        lines = [f"### {title}\n", _line(head), _line(["---"] * len(head)), *map(_line, rows)]
        parts.append("\n".join(lines) + "\n")
    if results.left_out:
        parts.append("Left out:\n\n" + "".join(f"- {line}\n" for line in results.left_out))
    return "\n".join(parts)


def _tables(results: Results, *, full: bool) -> list[tuple[str, Sequence[str], Rows]]:
    """Return title, head and rows of each table that has rows.

    Without `full`, most journeys are reported at 16 connections only.
    """
    tables: list[tuple[str, Sequence[str], Rows]] = [
        (
            "Goals",
            ("what", "goal", "measured", ""),
            [goal.table_row() for goal in evaluate(results)],
        )
    ]
    tables += [_overview(results, connections) for connections in _connections(results)]
    for journey in _TITLES:
        all_connections = full or journey in (COURSE.name, SAME_COURSE.name)
        tables.append(_details(results, journey, None if all_connections else 16))
    tables += [_delays(results), _growth(results)]
    return [table for table in tables if table[2]]


def _overview(results: Results, connections: int) -> tuple[str, Sequence[str], Rows]:
    cells = [cell for cell in results.cells if cell.connections == connections]
    journeys = [name for name in _TITLES if any(cell.journey == name for cell in cells)]
    targets = list(dict.fromkeys(cell.target for cell in cells))
    rows = []
    for journey in journeys:
        gateway_cell = results.cell(GATEWAY, journey, connections)
        row = [_TITLES[journey]]
        for target in targets:
            cell = results.cell(target, journey, connections)
            row.append("" if cell is None else f"{_micro(cell.cpu)}{_times(cell, gateway_cell)}")
        rows.append(row)
    title = f"CPU of a request in µs (against ours), {connections} connection"
    return title + ("s" if connections > 1 else ""), ("journey", *targets), rows


def _details(results: Results, journey: str, connection_count: int | None) -> tuple[str, Sequence[str], Rows]:
    """Return the table of one journey, at one number of connections or at all."""
    rows = []
    for cell in results.cells:
        if cell.journey == journey and connection_count in (None, cell.connections):
            gateway_cell = results.cell(GATEWAY, journey, cell.connections)
            rows.append(
                [
                    cell.target,
                    str(cell.connections),
                    _micro(cell.cpu),
                    f"{_micro(cell.cpu_min)} … {_micro(cell.cpu_max)}",
                    f"{cell.cpu / gateway_cell.cpu:.2f}" if gateway_cell and gateway_cell.cpu else "",
                    f"{cell.per_second:,.0f}",
                    _milli(cell.p50),
                    _milli(cell.p99),
                    f"{cell.calls:.2f}",
                    str(cell.failed),
                ]
            )
    head = ("server", "connections", "CPU µs", "span", "against ours", "requests/s")
    return _TITLES[journey], (*head, "p50 ms", "p99 ms", "upstream calls", "failed"), rows


def _delays(results: Results) -> tuple[str, Sequence[str], Rows]:
    rows = [
        [
            _TITLES[delay.journey],
            delay.target,
            str(delay.connections),
            str(delay.round_trips),
            _milli(delay.p50),
            _milli(delay.added),
        ]
        for delay in results.delays
    ]
    head = ("journey", "server", "connections", "round trips", "p50 ms", "added ms")
    return "Over a vendor that takes 80 ms for each call", head, rows


def _growth(results: Results) -> tuple[str, Sequence[str], Rows]:
    rows = [
        [
            {"pages": "page by page", "whole": "in one answer"}[growth.kind],
            f"{growth.sections:,}",
            f"{growth.cpu:.1f}",
            f"{growth.seconds:.1f}",
            f"{growth.memory / _MIB:.1f}",
        ]
        for growth in results.growth
    ]
    head = ("listing", "sections", "CPU µs/section", "µs/section", "MiB above idle")
    return "Growth", head, rows


def _connections(results: Results) -> list[int]:
    """Return the numbers of connections at which more than one server was measured."""
    counts = sorted({cell.connections for cell in results.cells})
    return [
        count
        for count in counts
        if len({cell.target for cell in results.cells if cell.connections == count}) > 1
    ]


def _times(cell: Cell, gateway_cell: Cell | None) -> str:
    if gateway_cell is None or cell.target == GATEWAY or not gateway_cell.cpu:
        return ""
    return f" ({cell.cpu / gateway_cell.cpu:.2f}x)"


def _micro(value: float) -> str:
    return f"{value:,.0f}"


def _milli(value: float) -> str:
    return f"{value / 1000:,.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
