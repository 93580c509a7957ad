"""A run's findings in one picture."""

from pathlib import Path
from typing import Final

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes

from bench.growth import SIZES
from bench.journeys import JOURNEYS
from bench.results import Results
from bench.targets import BARE, GATEWAY, STATIC

matplotlib.use("agg")

_CONNECTIONS: Final = 16
_OURS, _PEER, _FLOOR = "#1f6f8b", "#b9b4a7", "#e0dccf"


def draw(results: Results, path: Path) -> None:
    """Draw CPU by journey and server, and how a listing grows, as a PNG."""
    journeys = [
        journey
        for journey in JOURNEYS
        if results.cell(GATEWAY, journey.name, _CONNECTIONS) is not None
    ]
    columns = 3
    lines = -(-(len(journeys) + 1) // columns)
    figure, grid = pyplot.subplots(
        lines, columns, figsize=(13, 2.9 * lines), layout="constrained", squeeze=False
    )
    spots = [axes for line in grid for axes in line]
    for axes, journey in zip(spots, journeys, strict=False):
        _draw_journey(axes, results, journey.name, journey.title)
    _draw_growth(spots[len(journeys)], results)
    for axes in spots[len(journeys) + 1 :]:
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


def _draw_growth(axes: Axes, results: Results) -> None:
    for kind, title in (("pages", "page by page"), ("whole", "in one answer")):
        found = [one for one in results.growth if one.kind == kind]
        axes.plot([one.sections for one in found], [one.cpu for one in found], "o-", label=title)
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    axes.set_ylim(bottom=0)
    axes.set_title("CPU µs of one section, by the size of the listing", fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if results.growth:
        axes.legend(fontsize=9, frameon=False)
