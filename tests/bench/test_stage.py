"""Answers are looked at before anybody is measured, and what is wrong with one is said."""

import pytest

from bench.journeys import FAILURES, SAME, Speech
from bench.stage import complaint, count_named

WHOLE = {"course": {"name": "a", "sections": [{"name": "b", "course": {"name": "a"}}] * 20}}


def test_a_whole_answer_is_right() -> None:
    assert count_named(WHOLE) == SAME.named
    assert complaint({"data": WHOLE}, SAME, Speech.PEER) is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"data": {"course": None}}, "answered"),
        ({"errors": [{"message": "no"}]}, "answered"),
        ([], "answered"),
        ({"data": WHOLE, "errors": [{}]}, "1 errors, not 0"),
        ({"data": {"course": {"name": "a", "sections": []}}}, "1 names, not 41"),
    ],
)
def test_any_other_is_not(answer: object, why: str) -> None:
    told = complaint(answer, SAME, Speech.GATEWAY)
    assert told is not None
    assert why in told


def test_refusals_are_expected_where_they_belong() -> None:
    rows = [{"name": "s", "course": {"name": "c"}, "teachers": [{"name": "t"}]}] * 45
    rows += [{"name": "s", "course": {"name": "c"}, "teachers": None}] * 5  # type: ignore[list-item]
    assert complaint({"data": {"rows": rows}, "errors": [{}] * 5}, FAILURES, Speech.PEER) is None
    assert complaint({"data": {"rows": rows}}, FAILURES, Speech.PEER) is not None


def test_floors_have_no_errors_to_tell() -> None:
    assert complaint({"data": [[1]]}, FAILURES, Speech.FLOOR) is None
