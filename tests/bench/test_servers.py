"""Answers are looked at before anybody is measured, and what is wrong with one is said."""

import pytest

from bench.journeys import FAILURES, SAME_COURSE, ServerKind
from bench.servers import count_named, find_problem

COMPLETE_DATA = {"course": {"name": "a", "sections": [{"name": "b", "course": {"name": "a"}}] * 20}}


def test_a_whole_answer_is_right() -> None:
    assert count_named(COMPLETE_DATA) == SAME_COURSE.named_count
    assert find_problem({"data": COMPLETE_DATA}, SAME_COURSE, ServerKind.PEER) is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"data": {"course": None}}, "answered"),
        ({"errors": [{"message": "no"}]}, "answered"),
        ([], "answered"),
        ({"data": COMPLETE_DATA, "errors": [{}]}, "1 errors, not 0"),
        ({"data": {"course": {"name": "a", "sections": []}}}, "1 names, not 41"),
    ],
)
def test_any_other_is_not(answer: object, why: str) -> None:
    text = find_problem(answer, SAME_COURSE, ServerKind.GATEWAY)
    assert text is not None
    assert why in text


def test_refusals_are_expected_where_they_belong() -> None:
    rows = [{"name": "s", "course": {"name": "c"}, "teachers": [{"name": "t"}]}] * 45
    rows += [{"name": "s", "course": {"name": "c"}, "teachers": None}] * 5  # type: ignore[list-item]
    assert (
        find_problem({"data": {"rows": rows}, "errors": [{}] * 5}, FAILURES, ServerKind.PEER)
        is None
    )
    assert find_problem({"data": {"rows": rows}}, FAILURES, ServerKind.PEER) is not None


def test_floors_have_no_errors_to_tell() -> None:
    assert find_problem({"data": [[1]]}, FAILURES, ServerKind.FLOOR) is None
