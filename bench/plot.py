"""A run's findings in one picture."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes

from bench.growth import SIZES
from bench.journeys import COURSE, JOURNEYS
from bench.results import Growth, Results
from bench.targets import BARE, GATEWAY, STATIC

matplotlib.use("agg")

_MIB: Final = 1024 * 1024
_CONNECTIONS: Final = 16
_OURS, _PEER, _FLOOR = "#1f6f8b", "#b9b4a7", "#e0dccf"


def draw(results: Results, path: Path) -> None:
    """Draw CPU by journey, server and load, and how a listing grows, as a PNG."""
    journeys = [
        journey
        for journey in JOURNEYS
        if results.cell(GATEWAY, journey.name, _CONNECTIONS) is not None
    ]
    columns = 3
    lines = -(-(len(journeys) + 3) // columns)
    figure, grid = pyplot.subplots(
        lines, columns, figsize=(13, 2.9 * lines), layout="constrained", squeeze=False
    )
    spots = [axes for line in grid for axes in line]
    for axes, journey in zip(spots, journeys, strict=False):
        _draw_journey(axes, results, journey.name, journey.title)
    others = spots[len(journeys) :]
    _draw_connections(others[0], results)
    _draw_growth(others[1], results, "CPU µs of one section, by listing", lambda one: one.cpu)
    _draw_growth(others[2], results, "MiB above idle, by listing", lambda one: one.memory / _MIB)
    for axes in others[3:]:
        axes.axis("off")
    figure.suptitle(
        f"CPU of one request, µs, {_CONNECTIONS} connections (log scale; shorter is better)",
        fontsize=12,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _draw_journey(axes: Axes, results: Results, journey: str, title: str) -> None:
    cells = [
        cell
        for cell in results.cells
        if cell.journey == journey and cell.connections == _CONNECTIONS
    ]
    colours = {GATEWAY: _OURS, BARE: _FLOOR, STATIC: _FLOOR}
    bars = axes.barh(
        [cell.target for cell in cells],
        [cell.cpu for cell in cells],
        color=[colours.get(cell.target, _PEER) for cell in cells],
    )
    axes.bar_label(bars, [f"{cell.cpu:,.0f}" for cell in cells], padding=3, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(min(cell.cpu for cell in cells) / 2, max(cell.cpu for cell in cells) * 5)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_connections(axes: Axes, results: Results) -> None:
    counts = sorted({cell.connections for cell in results.cells if cell.target != GATEWAY})
    for target in dict.fromkeys(cell.target for cell in results.cells):
        found = [results.cell(target, COURSE.name, count) for count in counts]
        cells = [cell for cell in found if cell is not None]
        axes.plot(
            [counts.index(cell.connections) for cell in cells],
            [cell.cpu for cell in cells],
            "o-",
            label=target,
            linewidth=3 if target == GATEWAY else 1,
        )
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set_yscale("log")
    axes.set_title("one course, by connections", fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, 40 * top)  # room for the legend
    axes.legend(fontsize=8, frameon=False, loc="upper center", ncols=2)


def _draw_growth(
    axes: Axes, results: Results, title: str, value: Callable[[Growth], float]
) -> None:
    for kind, how in (("pages", "page by page"), ("whole", "in one answer")):
        found = [one for one in results.growth if one.kind == kind]
        axes.plot([one.sections for one in found], list(map(value, found)), "o-", label=how)
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if results.growth:
        axes.legend(fontsize=9, frameon=False)
