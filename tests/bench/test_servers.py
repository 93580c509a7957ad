"""Responses are checked before a measurement."""

import pytest

from bench.journeys import FAILURES, SAME_COURSE, ServerKind
from bench.servers import count_named, find_problem

COMPLETE_DATA = {"course": {"name": "a", "sections": [{"name": "b", "course": {"name": "a"}}] * 20}}


def test_a_complete_response_has_no_problem() -> None:
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
def test_a_wrong_response_is_reported(answer: object, why: str) -> None:
    text = find_problem(answer, SAME_COURSE, ServerKind.GATEWAY)
    assert text is not None
    assert why in text


def test_expected_errors_are_accepted() -> None:
    section: dict[str, object] = {"name": "s", "course": {"name": "c"}}
    rows = [section | {"teachers": [{"name": "t"}]}] * 45 + [section | {"teachers": None}] * 5
    assert find_problem({"data": {"rows": rows}, "errors": [{}] * 5}, FAILURES, ServerKind.PEER) is None
    assert find_problem({"data": {"rows": rows}}, FAILURES, ServerKind.PEER) is not None


def test_errors_of_baselines_are_not_checked() -> None:
    assert find_problem({"data": [[1]]}, FAILURES, ServerKind.BASELINE) is None
