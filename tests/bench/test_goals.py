"""Goals are evaluated with the results of a run."""

from pathlib import Path

import pytest

from bench.goals import CROWD_SIZE, Goal, evaluate
from bench.journeys import COURSE, FAILURES, SAME_COURSE, SECTIONS
from bench.report import BEGIN, END, markdown, publish
from bench.results import Cell, Delay, Growth, Results, read, write
from bench.targets import APOLLO, BARE, GATEWAY, MERCURIUS, STOCK

MIB = 1024 * 1024


def make_cell(target: str, journey: str, connections: int, cpu: float, calls: float = 2.0) -> Cell:
    return Cell(target, journey, connections, cpu, cpu, cpu, 100.0, 900.0, 2000.0, calls, 200, 0)


def make_results(**changes: float) -> Results:
    """Return results that meet every goal exactly, except for the given changes."""
    cpu = {
        STOCK: 6000.0,
        APOLLO: 600.0,
        MERCURIUS: 300.0,
        BARE: 150.0,
        GATEWAY: 300.0,
        **changes,
    }
    one_connection = {**cpu, STOCK: changes.get(STOCK, 3000.0)}
    return Results(
        machine="a machine",
        day="2026-11-21",
        version="abc1234",
        rounds=4,
        seconds=2,
        cells=[
            *(make_cell(target, COURSE.name, 16, cost) for target, cost in cpu.items()),
            *(make_cell(target, COURSE.name, 1, cost) for target, cost in one_connection.items()),
            make_cell(GATEWAY, SECTIONS.name, 16, 1000.0),
            make_cell(GATEWAY, FAILURES.name, 16, changes.get("failures", 1300.0)),
            make_cell(GATEWAY, COURSE.name, CROWD_SIZE, 300.0),
            make_cell(GATEWAY, SAME_COURSE.name, CROWD_SIZE, 30.0, changes.get("calls", 0.2)),
        ],
        delays=[Delay(GATEWAY, COURSE.name, 1, 1, 80_000.0, changes.get("p50", 83_000.0))],
        growth=[
            Growth(kind, size, cpu, cpu, int(changes.get("memory", 50.0) * MIB))
            for kind in ("pages", "whole")
            for size, cpu in ((100, 10.0), (10_000, changes.get("growth", 12.0)))
        ],
    )


def missed_goals(results: Results) -> list[str]:
    return [goal.title for goal in evaluate(results) if not goal.is_met]


def test_a_value_at_the_bound_meets_the_goal() -> None:
    assert missed_goals(make_results()) == []


@pytest.mark.parametrize(
    ("changes", "word", "count"),
    [
        ({STOCK: 2999.0}, STOCK, 2),
        ({APOLLO: 599.0}, APOLLO, 2),
        ({MERCURIUS: 299.0}, MERCURIUS, 2),
        ({BARE: 149.0}, BARE, 2),
        ({"failures": 1301.0}, "10% refused", 1),
        ({"calls": 0.21}, "upstream calls", 1),
        ({"p50": 83_001.0}, "p50 above 1 x 80 ms", 1),
        ({"memory": 50.1}, "memory above idle", 1),
        ({"growth": 12.1}, "CPU of a section", 2),
    ],
)
def test_a_value_beyond_the_bound_misses_the_goal(changes: dict[str, float], word: str, count: int) -> None:
    titles = missed_goals(make_results(**changes))
    assert len(titles) == count
    assert all(word in title for title in titles)


def test_an_unmeasured_goal_is_neither_met_nor_missed() -> None:
    results = make_results()
    results.cells.clear()
    results.growth.clear()
    verdicts = [goal.table_row()[3] for goal in evaluate(results) if goal.measured is None]
    assert set(verdicts) == {"not measured"}
    assert len(verdicts) == 14


def test_a_goal_row_has_title_bound_value_and_verdict() -> None:
    goal = Goal("memory", 50.0, 10.756, "MiB")
    assert goal.table_row() == ("memory", "at most 50 MiB", "10.76 MiB", "met")


def test_stored_results_are_equal_after_reading(tmp_path: Path) -> None:
    results = make_results()
    write(results, tmp_path / "deep" / "results.json")
    assert read(tmp_path / "deep" / "results.json") == results


def test_publish_replaces_the_tables_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    publish(make_results(), page)
    once = page.read_text()
    publish(make_results(), page)
    assert page.read_text() == once
    assert once.startswith("# Before\n")
    assert once.endswith("\n\nAfter.\n")
    assert "old" not in once
    assert "commit abc1234" in once


def test_a_page_without_marks_is_rejected_and_unchanged(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Nothing\n")
    with pytest.raises(ValueError, match="marks of the tables are missing"):
        publish(make_results(), page)
    assert page.read_text() == "# Nothing\n"


def test_every_row_has_as_many_cells_as_the_head() -> None:
    for table in markdown(make_results()).split("\n\n"):
        widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(widths) <= 1
