"""A Canvas value as one of ours, whatever form it comes in; None where it is not what it should be.

Canvas writes ids as numbers or strings, booleans as words in places, and dates with any offset:
https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Convert = Callable[[Any], Any]

SHARD = 10**13
"""How far apart two shards' ids lie: `2~7` is 20000000000007."""

LARGEST_INT = 2**31 - 1

_LARGEST_ID = 2**63 - 1
_ID = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_WORDS = {"true": True, "false": False}


def read_id(value: Any) -> str | None:
    """An id in its one spelling, `1~123` in its long form; None for what is no id of Canvas."""
    if type(value) is int:
        return str(value) if 0 < value <= _LARGEST_ID else None
    if not isinstance(value, str):
        return None
    if len(value) < 19 and value.isascii() and value.isdigit() and value[0] != "0":
        return value  # as nearly all are written
    match = _ID.fullmatch(value)
    if match is None:
        return None
    number = int(match[2])
    if match[1] is not None:
        if number >= SHARD:
            return None
        number += int(match[1]) * SHARD
    return str(number) if 0 < number <= _LARGEST_ID else None


def is_same_id(one: str, other: str) -> bool:
    """Whether two canonical ids can mean one object.

    A Canvas leaves its own shard out of the ids that it tells.
    """
    if one == other:
        return True
    first, second = int(one), int(other)
    return first % SHARD == second % SHARD and min(first, second) < SHARD


def text(value: Any) -> str | None:
    """A string; numbers are written out."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def moment(value: Any) -> datetime | None:
    """A point in time. One without an offset is UTC, as all that Canvas's API tells."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def flag(value: Any) -> bool | None:
    """A boolean, also where Canvas's documents write it as a word."""
    if isinstance(value, str):
        return _WORDS.get(value)
    return value if isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A number, also from a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    # Neither infinity nor NaN can be written as JSON again.
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A whole number, also from a string; None for one that GraphQL's Int cannot hold."""
    found = number(value)
    if found is None or not found.is_integer() or abs(found) > LARGEST_INT:
        return None
    return int(found)


def tree(value: Any) -> Any:
    """A nested object or list: ids become strings and dates points in time, at any depth."""
    if isinstance(value, Mapping):
        return {key: leaf(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [tree(inner) for inner in value]
    return value


def own_form(value: Any) -> Any:
    """A nested object or list as Canvas wrote it, but for ids, which are text."""
    if isinstance(value, Mapping):
        return {
            key: text(inner) if key == "id" or key.endswith("_id") else own_form(inner)
            for key, inner in value.items()
        }
    return [own_form(inner) for inner in value] if isinstance(value, list) else value


def branch(value: Any) -> dict[str, Any] | None:
    """A nested object; None for anything else."""
    return tree(value) if isinstance(value, dict) else None


def branches(value: Any) -> list[Any] | None:
    """A list of nested objects; what is none among them is left out. None for anything else."""
    if not isinstance(value, list):
        return None
    return [tree(inner) for inner in value if isinstance(inner, dict)]


def _own_object(value: Any) -> Any:
    return own_form(value) if isinstance(value, Mapping) else None


def _own_list(value: Any) -> list[Any] | None:
    """The objects of a list; what is none among them is left out. None for anything else."""
    if not isinstance(value, list):
        return None
    return [own_form(inner) for inner in value if isinstance(inner, dict)]


def leaf(key: str, value: Any) -> Any:
    """A value by its key's name: ids become strings and dates points in time, at any depth."""
    if key == "id" or key.endswith("_id"):
        return text(value)
    if key == "ids" or key.endswith("_ids"):
        return [text(one) for one in value] if isinstance(value, list) else tree(value)
    if key.endswith(("_at", "_date")):
        return moment(value)
    return tree(value)


def fields(**named: str) -> dict[str, Convert]:
    """Fields by converter, the shortest way to write a documented object down."""
    return {key: _SORTS[sort] for sort, keys in named.items() for key in keys.split()}


_SORTS: Mapping[str, Convert] = {
    "texts": text,
    "ids": read_id,
    "moments": moment,
    "flags": flag,
    "wholes": whole,
    "numbers": number,
    "objects": branch,
    "lists": branches,
    "free": own_form,
    "free_objects": _own_object,
    "free_lists": _own_list,
}
