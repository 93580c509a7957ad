"""JSON values of the vendors' replies."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
"""A JSON object that describes one object of a vendor."""

MAX_INT = 2**31 - 1
"""The largest value of GraphQL's Int."""


def to_int(value: Any) -> int | None:
    """Return an integer, also from text; None if it does not fit into GraphQL's Int."""
    if type(value) is int:
        return value if -MAX_INT <= value <= MAX_INT else None
    try:
        if isinstance(value, float):
            result = int(value) if value.is_integer() else None
        else:
            result = int(value) if isinstance(value, bool | int | str) else None
    except ValueError:
        return None
    return result if result is not None and abs(result) <= MAX_INT else None
