"""Conversion of an input to the values and options of a command.

A field of the input is a value of the same name. The fields of a vendor's block have the prefix
`canvas.` or `schoology.`. An omitted field is not a value; null is the value None. Fields with the
metadata `OPTION` are options.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.commands import InputProblem
from lms_gateway.domain.models import Meeting
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.schema.context import Context
from lms_gateway.schema.inputs.fields import OPTION
from lms_gateway.schema.inputs.references import AccountRef, key_from_global_id
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import TenantScope

_ID_VALUES: Mapping[str, tuple[str, Kind]] = {
    "term": ("term_id", Kind.TERM),
    "terms": ("term_ids", Kind.TERM),
}
"""Input fields that contain global ids: the name of the value, and the kind of the objects."""

_FIELD_NAMES = {value: name for name, (value, _) in _ID_VALUES.items()} | {
    "account_id": "account",
    "user_id": "user",
}


def read_values(
    context: Context,
    tenant_scope: TenantScope,
    data: object,
    skipped_fields: frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values and options of an input. Nested `sections` are pairs of the two.

    Raises BadInput for ids of another kind or tenant.
    """
    values: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, value, is_option in _present_fields(data):
        if name in skipped_fields:
            continue
        if name in ("canvas", "schoology"):
            for inner_name, inner_value, inner_is_option in _present_fields(value):
                destination = options if inner_is_option else values
                destination[f"{name}.{inner_name}"] = _plain_value(inner_value)
        elif name in _ID_VALUES:
            value_name, kind = _ID_VALUES[name]
            values[value_name] = _keys(context, tenant_scope, kind, value)
        elif name == "meeting":
            values[name] = value and Meeting(
                tuple(value.days), value.start_time or None, value.end_time or None
            )
        elif name == "sections":
            values[name] = tuple(
                read_values(context, tenant_scope, section) for section in value or ()
            )
        elif not isinstance(value, AccountRef):
            (options if is_option else values)[name] = _plain_value(value)
    return values, options


def foreign_block_problem(vendor: Vendor, data: Any) -> InputProblem | None:
    """Return the problem of an input that contains the block of another vendor."""
    other_vendor = "schoology" if vendor is Vendor.CANVAS else "canvas"
    if getattr(data, other_vendor, None):
        message = f"must be omitted: this tenant is on {vendor.name.title()}"
        return InputProblem("BAD_USER_INPUT", message, other_vendor)
    return None


def error_path(name: str | None, prefix: tuple[str, ...]) -> list[str] | None:
    """Return the path of a value in the mutation's arguments; None for the whole input."""
    if name is None:
        return None
    return [*prefix, *(camel_case(_FIELD_NAMES.get(part, part)) for part in name.split("."))]


def _present_fields(data: Any) -> list[tuple[str, Any, bool]]:
    """Return name, value and `is_option` of the fields of an input that were not omitted."""
    if data is None:
        return []
    definition = type(data).__strawberry_definition__
    option_names = {field.python_name for field in definition.fields if field.metadata.get(OPTION)}
    return [
        (field.name, getattr(data, field.name), field.name in option_names)
        for field in fields(data)
        if getattr(data, field.name) is not strawberry.UNSET
    ]


def _plain_value(value: Any) -> Any:
    """Return a vendor's enum as the vendor's word, and a nested input as a dictionary."""
    if isinstance(value, Enum) and not type(value).__module__.startswith("lms_gateway.domain"):
        return value.value
    if isinstance(value, list):
        return tuple(_plain_value(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain_value(inner_value) for name, inner_value, _ in _present_fields(value)}
    return value


def _keys(context: Context, tenant_scope: TenantScope, kind: Kind, ids: Any) -> Any:
    if ids is None:
        return None
    if isinstance(ids, list):
        return tuple(key_from_global_id(context, tenant_scope, kind, id) for id in ids)
    return key_from_global_id(context, tenant_scope, kind, ids)
