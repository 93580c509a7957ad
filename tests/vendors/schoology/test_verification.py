"""Which stored values count as the values that were sent to Schoology."""

from typing import Any

import pytest

from lms_gateway.vendors.schoology.writes.verification import _COMPARISON


@pytest.mark.parametrize(
    ("name", "sent", "stored", "expected"),
    [
        ("is_active", False, None, False),
        ("is_active", False, False, True),
        ("name", "Evening ", "Evening", True),
        ("name", "1.0", "1", False),
        ("location", None, "Room 1", False),
        ("credits", None, 0, True),
        ("credits", 1, 2, False),
        ("term_ids", ["2", "1"], ["1", "2"], True),
        ("schoology.options", {"member_post": 1}, {}, True),
        ("schoology.options", {"member_post": 1}, {"member_post": 0}, False),
    ],
)
def test_only_text_counts_and_order_are_normalized(name: str, sent: Any, stored: Any, expected: bool) -> None:
    assert _COMPARISON.is_same(name, sent, stored) is expected
