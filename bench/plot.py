"""The plot of a run's results."""

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
    """Draw CPU by journey, server and load, and the growth of lists, as a PNG."""
    journeys = [
        journey for journey in JOURNEYS if results.cell(GATEWAY, journey.name, _CONNECTIONS) is not None
    ]
    column_count = 3
    row_count = -(-(len(journeys) + 3) // column_count)
    figure, grid = pyplot.subplots(
        row_count, column_count, figsize=(13, 2.9 * row_count), layout="constrained", squeeze=False
    )
    cells = [axes for row in grid for axes in row]
    for axes, journey in zip(cells, journeys, strict=False):
        _draw_journey(axes, results, journey.name, journey.title)
    remaining_cells = cells[len(journeys) :]
    _draw_connections(remaining_cells[0], results)
    _draw_growth(remaining_cells[1], results, "CPU µs of one section, by listing", lambda growth: growth.cpu)
    _draw_growth(
        remaining_cells[2],
        results,
        "MiB above idle, by listing",
        lambda growth: growth.memory / _MIB,
    )
    for axes in remaining_cells[3:]:
        axes.axis("off")
    figure.suptitle(
        f"CPU of one request, µs, {_CONNECTIONS} connections (log scale; shorter is better)",
        fontsize=12,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _draw_journey(axes: Axes, results: Results, journey: str, title: str) -> None:
    cells = [cell for cell in results.cells if cell.journey == journey and cell.connections == _CONNECTIONS]
    colors = {GATEWAY: _OURS, BARE: _FLOOR, STATIC: _FLOOR}
    bars = axes.barh(
        [cell.target for cell in cells],
        [cell.cpu for cell in cells],
        color=[colors.get(cell.target, _PEER) for cell in cells],
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
        candidates = [results.cell(target, COURSE.name, count) for count in counts]
        cells = [cell for cell in candidates if cell is not None]
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


def _draw_growth(axes: Axes, results: Results, title: str, value: Callable[[Growth], float]) -> None:
    for kind, label in (("pages", "page by page"), ("whole", "in one answer")):
        growths = [growth for growth in results.growth if growth.kind == kind]
        axes.plot([growth.sections for growth in growths], list(map(value, growths)), "o-", label=label)
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if results.growth:
        axes.legend(fontsize=9, frameon=False)
