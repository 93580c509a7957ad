"""A Canvas value as one of ours, whatever form it comes in; None where it is not what it should be.

Canvas writes ids as numbers or strings, booleans as words in places, and dates with any offset:
https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Converter = Callable[[Any], Any]

SHARD_SIZE = 10**13
"""How far apart two shards' ids lie: `2~7` is 20000000000007."""

MAX_INT = 2**31 - 1

_MAX_ID = 2**63 - 1
_ID_PATTERN = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_BOOLEAN_WORDS = {"true": True, "false": False}


def parse_id(value: Any) -> str | None:
    """An id in its one spelling, `1~123` in its long form; None for what is no id of Canvas."""
    if type(value) is int:
        return str(value) if 0 < value <= _MAX_ID else None
    if not isinstance(value, str):
        return None
    if len(value) < 19 and value.isascii() and value.isdigit() and value[0] != "0":
        return value  # as nearly all are written
    match = _ID_PATTERN.fullmatch(value)
    if match is None:
        return None
    number = int(match[2])
    if match[1] is not None:
        if number >= SHARD_SIZE:
            return None
        number += int(match[1]) * SHARD_SIZE
    return str(number) if 0 < number <= _MAX_ID else None


def is_same_id(left: str, right: str) -> bool:
    """Whether two canonical ids can mean one object.

    A Canvas leaves its own shard out of the ids that it tells.
    """
    if left == right:
        return True
    left_number, right_number = int(left), int(right)
    return (
        left_number % SHARD_SIZE == right_number % SHARD_SIZE
        and min(left_number, right_number) < SHARD_SIZE
    )


def to_text(value: Any) -> str | None:
    """A string; numbers are written out."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def to_datetime(value: Any) -> datetime | None:
    """A point in time. One without an offset is UTC, as all that Canvas's API tells."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def to_bool(value: Any) -> bool | None:
    """A boolean, also where Canvas's documents write it as a word."""
    if isinstance(value, str):
        return _BOOLEAN_WORDS.get(value)
    return value if isinstance(value, bool) else None


def to_float(value: Any) -> float | None:
    """A number, also from a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        converted = float(value)
    except (ValueError, OverflowError):
        return None
    # Neither infinity nor NaN can be written as JSON again.
    return converted if math.isfinite(converted) else None


def to_int(value: Any) -> int | None:
    """A whole number, also from a string; None for one that GraphQL's Int cannot hold."""
    converted = to_float(value)
    if converted is None or not converted.is_integer() or abs(converted) > MAX_INT:
        return None
    return int(converted)


def to_nested_value(value: Any) -> Any:
    """A nested object or list: ids become strings and dates points in time, at any depth."""
    if isinstance(value, Mapping):
        return {key: to_value_by_key(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_nested_value(item) for item in value]
    return value


def to_raw_json(value: Any) -> Any:
    """A nested object or list as Canvas wrote it, but for ids, which are text."""
    if isinstance(value, Mapping):
        return {
            key: to_text(item) if key == "id" or key.endswith("_id") else to_raw_json(item)
            for key, item in value.items()
        }
    return [to_raw_json(item) for item in value] if isinstance(value, list) else value


def to_object(value: Any) -> dict[str, Any] | None:
    """A nested object; None for anything else."""
    return to_nested_value(value) if isinstance(value, dict) else None


def to_objects(value: Any) -> list[Any] | None:
    """A list of nested objects; what is none among them is left out. None for anything else."""
    if not isinstance(value, list):
        return None
    return [to_nested_value(item) for item in value if isinstance(item, dict)]


def _to_raw_object(value: Any) -> Any:
    return to_raw_json(value) if isinstance(value, Mapping) else None


def _to_raw_objects(value: Any) -> list[Any] | None:
    """The objects of a list; what is none among them is left out. None for anything else."""
    if not isinstance(value, list):
        return None
    return [to_raw_json(item) for item in value if isinstance(item, dict)]


def to_value_by_key(key: str, value: Any) -> Any:
    """A value by its key's name: ids become strings and dates points in time, at any depth."""
    if key == "id" or key.endswith("_id"):
        return to_text(value)
    if key == "ids" or key.endswith("_ids"):
        return (
            [to_text(item) for item in value] if isinstance(value, list) else to_nested_value(value)
        )
    if key.endswith(("_at", "_date")):
        return to_datetime(value)
    return to_nested_value(value)


def converters_of(**named: str) -> dict[str, Converter]:
    """Fields by converter, the shortest way to write a documented object down."""
    return {
        key: _CONVERTERS[converter_name]
        for converter_name, keys in named.items()
        for key in keys.split()
    }


_CONVERTERS: Mapping[str, Converter] = {
    "texts": to_text,
    "ids": parse_id,
    "moments": to_datetime,
    "flags": to_bool,
    "wholes": to_int,
    "numbers": to_float,
    "objects": to_object,
    "lists": to_objects,
    "free": to_raw_json,
    "free_objects": _to_raw_object,
    "free_lists": _to_raw_objects,
}
