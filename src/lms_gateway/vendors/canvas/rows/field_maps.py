"""Field maps: which record fields the keys of an object become. Compiled from the catalog."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.rows import catalog
from lms_gateway.vendors.canvas.rows.converters import (
    CONVERTERS,
    FIELD_CONVERTERS,
    Converter,
    only_keys,
    only_object,
    only_objects,
    unless_error,
)

_INCLUDES = {"scores": ("total_scores", "current_grading_period_scores")}
"""Names in the catalog's last column that stand for several values of `include[]`."""


class CatalogKey(NamedTuple):
    """One key of the catalog."""

    name: str
    fields: Mapping[str, Converter]  # the record fields that it becomes
    write: str
    parameter: str
    marks: Mapping[str, str]  # a source's letter → its mark
    includes: tuple[str, ...]
    nested_keys: frozenset[str] = frozenset()

    @property
    def converter(self) -> Converter:
        """The converter of a key that is read."""
        return self.fields[f"canvas.{self.name}"]

    @property
    def input_name(self) -> str:
        """The name of the input field that sets this key."""
        common = [field for field in self.fields if not field.startswith("canvas.")]
        return common[0] if common else f"canvas.{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class FieldMap:
    """The record fields of one object."""

    kind: Kind
    keys: tuple[CatalogKey, ...]
    by_key: Mapping[str, tuple[tuple[str, Converter], ...]]  # a key → its fields
    by_field: Mapping[str, tuple[str, Converter]]  # a field → its key
    key_of: Mapping[str, str]

    @property
    def fields(self) -> Set[str]:
        """All fields that a row of this object can have."""
        return self.key_of.keys()

    def parameters(self, operation: str) -> dict[str, str]:
        """Return the parameters of a write, by input field; `operation` is `c` or `u`."""
        return {key.input_name: key.parameter for key in self.keys if operation in key.write}

    @property
    def cleared_by_empty_text(self) -> frozenset[str]:
        """The parameters for which Canvas ignores null and accepts an empty string instead."""
        return frozenset(key.parameter for key in self.keys if "e" in key.write)


def _compile(kind: Kind, table: str) -> FieldMap:
    keys = tuple(_parse(kind, table))
    by_key = {key.name: tuple(key.fields.items()) for key in keys if key.fields}
    by_field = {field: (key, converter) for key, fields in by_key.items() for field, converter in fields}
    return FieldMap(kind, keys, by_key, by_field, {field: by_field[field][0] for field in by_field})


def _parse(kind: Kind, table: str) -> Iterator[CatalogKey]:
    header, *lines = table.splitlines()
    letters = header.split()[4]
    for line, nested in _with_nested(lines):
        name, type_name, common, write, marks, *includes = line.split()
        fields = {}
        converter = _converter(type_name, nested)
        if converter is not None:
            fields[f"canvas.{name}"] = converter
            for field in common.split(",") if common != "-" else ():
                is_own = field.endswith("!")
                field = field.removesuffix("!")
                fields[field] = FIELD_CONVERTERS[kind, field] if is_own else converter
        yield CatalogKey(
            name,
            fields,
            write.partition("=")[0].replace("-", ""),
            write.partition("=")[2] or name,
            dict(zip(letters, marks, strict=True)),
            _INCLUDES.get(includes[0], (includes[0],)) if includes else (name,),
            frozenset(nested),
        )


def _with_nested(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Converter]]]:
    """Yield each key's line with the converters of the indented lines below it."""
    grouped: list[tuple[str, dict[str, Converter]]] = []
    for line in lines:
        if line.startswith(" "):
            name, type_name = line.split()
            grouped[-1][1][name] = CONVERTERS[type_name]
        else:
            grouped.append((line, {}))
    yield from grouped


def _converter(type_name: str, nested: Mapping[str, Converter]) -> Converter | None:
    match type_name:
        case "-" | "record":
            return None
        case "struct":
            return only_object(only_keys(nested))
        case "struct?":
            return unless_error(only_object(only_keys(nested)))
        case "structs":
            return only_objects(only_keys(nested))
        case _:
            return CONVERTERS[type_name]


SECTION = _compile(Kind.SECTION, catalog.SECTION)
COURSE = _compile(Kind.COURSE, catalog.COURSE)
USER = _compile(Kind.USER, catalog.USER)
USER_DISPLAY = _compile(Kind.USER, catalog.USER_DISPLAY)
"""A teacher in a course's list of teachers: enough to display, and no more."""
ENROLLMENT = _compile(Kind.ENROLLMENT, catalog.ENROLLMENT)
TERM = _compile(Kind.TERM, catalog.TERM)
ACCOUNT = _compile(Kind.ACCOUNT, catalog.ACCOUNT)
PROGRESS = _compile(Kind.PROGRESS, catalog.PROGRESS)

COURSE_SETTINGS = tuple(_parse(Kind.COURSE, catalog.COURSE_SETTINGS))
"""Keys of a course's settings, which are a document and not record fields."""
