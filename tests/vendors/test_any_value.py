"""For any value of a vendor, a field is null or valid, and never fails."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.execution import Requires, declaration_of
from lms_gateway.execution.library_internals import strawberry_field
from lms_gateway.schema import build_schema
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.rows import field_maps as canvas
from lms_gateway.vendors.canvas.rows.decoding import row_values
from lms_gateway.vendors.schoology.api import multiget
from lms_gateway.vendors.schoology.rows.catalog import CATALOG, RowSource
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_object, add_term

SCHEMA = build_schema()._schema

FIELD_NAMES = sorted(
    {
        strawberry.python_name
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType) and type_.name.startswith(("Canvas", "Schoology"))
        for field in type_.fields.values()
        if (strawberry := strawberry_field(field)) is not None
    }
)
UNEXPECTED_VALUES: Sequence[Any] = (
    *(None, True, False, 0, -1, 2**31, 2**53, 2**70, 1.5, 1e308, 5e-324),
    *("", "abc", "true", "7", "-7.5", "9" * 40, "1e400", "Infinity", "NaN", "-inf", "\x00", "²"),
    *("2024-13-45", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *([], {}, [[]], [{}], {"id": None}, {"a": {"b": [1]}}, [1, "a", None, {"id": 7}]),
)
"""Unexpected values of any type."""

Read = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _of_canvas(shape: canvas.FieldMap) -> Read:
    return lambda row: row_values(shape, row)


def _of_schoology(add_row: Callable[[Store, Mapping[str, Any]], Record]) -> Read:
    return lambda row: add_row(Store("school"), row).known_values()


def _schoology_object(kind: Kind) -> Read:
    return _of_schoology(lambda store, row: add_object(store, kind, row, RowSource.OBJECT))


READERS: Mapping[str, tuple[str, Read]] = {
    "canvas section": ("Section", _of_canvas(canvas.SECTION)),
    "canvas course": ("Course", _of_canvas(canvas.COURSE)),
    "canvas user": ("User", _of_canvas(canvas.USER)),
    "canvas enrollment": ("Enrollment", _of_canvas(canvas.ENROLLMENT)),
    "canvas term": ("Term", _of_canvas(canvas.TERM)),
    "canvas account": ("Account", _of_canvas(canvas.ACCOUNT)),
    "schoology section": ("Section", _schoology_object(Kind.SECTION)),
    "schoology course": ("Course", _schoology_object(Kind.COURSE)),
    "schoology user": ("User", _schoology_object(Kind.USER)),
    "schoology account": ("Account", _schoology_object(Kind.ACCOUNT)),
    "schoology enrollment": (
        "Enrollment",
        _of_schoology(lambda store, row: add_enrollment(store, row, "11")),
    ),
    "schoology term": (
        "Term",
        _of_schoology(lambda store, row: add_term(store, row, RowSource.OBJECT, UTC)),
    ),
}


def _fields_of(type_name: str, vendor: str) -> dict[str, GraphQLOutputType]:
    """Return the GraphQL types of fields without a resolver, by record field."""
    results: dict[str, GraphQLOutputType] = {}
    for name in (type_name, f"{vendor.title()}{type_name}"):
        for field in getattr(SCHEMA.get_type(name), "fields", {}).values():
            declared, definition = declaration_of(field), strawberry_field(field)
            assert definition is not None
            if isinstance(declared, Requires) and definition.base_resolver is None:
                results[declared.fields[0]] = field.type
    return results


def _complete(value: Any, type_: GraphQLOutputType) -> None:
    """Complete a value as execution does. Raises what that raises."""
    if isinstance(type_, GraphQLNonNull):
        assert value is not None
        type_ = type_.of_type
    if value is None:
        return
    if isinstance(type_, GraphQLList):
        for item in value:
            _complete(item, type_.of_type)
    elif isinstance(type_, GraphQLScalarType | GraphQLEnumType):
        type_.serialize(value)
    elif isinstance(type_, GraphQLObjectType) and isinstance(value, dict):
        for field in type_.fields.values():
            definition = strawberry_field(field)
            assert definition is not None
            _complete(value.get(definition.python_name), field.type)


KEYS: Mapping[str, Sequence[str]] = {
    "canvas": sorted(
        {
            key
            for shape in (
                *(canvas.SECTION, canvas.COURSE, canvas.USER),
                *(canvas.ENROLLMENT, canvas.TERM, canvas.ACCOUNT),
            )
            for key in shape.by_key
        }
    ),
    "schoology": sorted({key.name for keys in CATALOG.values() for key in keys}),
}


def _forms(value: Any) -> Iterator[Any]:
    """Yield a value, a list of it, and objects and lists of objects with it as every field."""
    yield from (value, [value])
    named = dict.fromkeys(FIELD_NAMES, value)
    yield from (named, [named])


@pytest.mark.parametrize("read", READERS)
def test_any_value_can_be_serialized(read: str) -> None:
    vendor = read.split()[0]
    type_name, decode = READERS[read]
    fields = _fields_of(type_name, vendor)
    for odd in UNEXPECTED_VALUES:
        for value in _forms(odd):
            row = dict.fromkeys(KEYS[vendor], value)
            returned = decode({**row, "id": "1", "uid": "1"})
            for name in returned.keys() & fields.keys():
                _complete(returned[name], fields[name])


def test_a_deeply_nested_reply_is_invalid() -> None:
    """Decoding it recurses; it must fail like any other invalid reply."""
    body = b"[" * 200_000
    with pytest.raises(UpstreamInvalid):
        Reply(200, {}, body).decode()
    with pytest.raises(UpstreamInvalid):
        multiget.unpack(Reply(200, {}, b'{"response": [{"body": ' + body), 1)
