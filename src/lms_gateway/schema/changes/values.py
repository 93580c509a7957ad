"""From an input to the values and options of a change.

An input's field is a value of the same name; a vendor's block `canvas` or `schoology` prefixes its
fields. Left out and null are different: what is left out does not become a value. Fields that steer
the operation are marked with `option`.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.changes import Problem
from lms_gateway.domain.records import Kind, Meeting, Vendor
from lms_gateway.schema.context import Context
from lms_gateway.schema.names import camel
from lms_gateway.schema.references import AccountRef, key_of
from lms_gateway.schema.sources import View

OPTION: dict[object, Any] = {"option": True}
"""Metadata of an input field that steers the operation and is not stored."""

_REFERENCES: Mapping[str, tuple[str, Kind]] = {
    "term": ("term_id", Kind.TERM),
    "terms": ("term_ids", Kind.TERM),
}
"""Input fields that hold global ids: the value's name, and what the ids must name."""

_RENAMED = {value: name for name, (value, _) in _REFERENCES.items()} | {
    "account_id": "account",
    "user_id": "user",
}


def value(description: str, **field: Any) -> Any:
    """An input field that may be left out; null sets the value to nothing."""
    return strawberry.field(default=strawberry.UNSET, description=description, **field)


def option(description: str) -> Any:
    """An input field that steers the operation."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata=OPTION)


def read_values(
    context: Context, view: View, given: object, leave_out: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values and options that an input gives; those of nested `sections` as pairs.

    Raises BadInput for ids of another kind or tenant.
    """
    values: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, found, is_option in _given(given):
        if name in leave_out:
            continue
        if name in ("canvas", "schoology"):
            for inner, inner_found, inner_option in _given(found):
                target = options if inner_option else values
                target[f"{name}.{inner}"] = _plain(inner_found)
        elif name in _REFERENCES:
            renamed, kind = _REFERENCES[name]
            values[renamed] = _keys(context, view, kind, found)
        elif name == "meeting":
            values[name] = found and Meeting(
                tuple(found.days), found.start_time or None, found.end_time or None
            )
        elif name == "sections":
            values[name] = tuple(read_values(context, view, one) for one in found or ())
        elif not isinstance(found, AccountRef):
            (options if is_option else values)[name] = _plain(found)
    return values, options


def foreign_block(vendor: Vendor, given: Any) -> Problem | None:
    """The problem of an input that holds the other vendor's block."""
    other = "schoology" if vendor is Vendor.CANVAS else "canvas"
    if getattr(given, other, None):
        return Problem("BAD_USER_INPUT", f"this tenant is on {vendor.name.title()}", other)
    return None


def path_of(name: str | None, prefix: tuple[str, ...]) -> list[str] | None:
    """Where a value stands in the mutation's arguments; None for the change as a whole."""
    if name is None:
        return None
    return [*prefix, *(camel(_RENAMED.get(part, part)) for part in name.split("."))]


def _given(given: Any) -> list[tuple[str, Any, bool]]:
    """The fields of an input that were not left out."""
    if given is None:
        return []
    definition = type(given).__strawberry_definition__
    marked = {f.python_name for f in definition.fields if f.metadata.get("option")}
    return [
        (one.name, getattr(given, one.name), one.name in marked)
        for one in fields(given)
        if getattr(given, one.name) is not strawberry.UNSET
    ]


def _plain(found: Any) -> Any:
    """Enums as the vendor's word, where they are a vendor's; nested inputs as dictionaries."""
    if isinstance(found, Enum) and not type(found).__module__.startswith("lms_gateway.domain"):
        return found.value
    if isinstance(found, list):
        return tuple(_plain(item) for item in found)
    if is_dataclass(found) and not isinstance(found, type):
        return {name: _plain(inner) for name, inner, _ in _given(found)}
    return found


def _keys(context: Context, view: View, kind: Kind, found: Any) -> Any:
    if found is None:
        return None
    if isinstance(found, list):
        return tuple(key_of(context, view, kind, id) for id in found)
    return key_of(context, view, kind, found)
