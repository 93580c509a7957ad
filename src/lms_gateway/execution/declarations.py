"""Declarations of Strawberry fields: what they require of their source, or what they load.

    name: str | None = strawberry.field(description="…", metadata=requires("name"))
    course = to_one_load(load_course, id_field="course_id", returns=Course | None, name="course", …)
    students = connection(load_students, returns=UserConnection | None, name="students", …)

`load_course(root, info, **arguments)` returns a load, None for null, or a list of loads. The
application defines what a load is: it is passed to `info.context.load`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

import strawberry
from graphql import GraphQLField
from strawberry.extensions import FieldExtension

from lms_gateway.execution.library_internals import (
    StrawberryAnnotation,
    StrawberryArgument,
    StrawberryField,
    strawberry_field,
)

DECLARATION = "execution"
"""Metadata key of a field's declaration."""

BATCH_RESOLVER = "levelwise"
"""Metadata key of a field's `BatchResolver`."""

BatchResolver = Callable[[Sequence[Any], Any], Sequence[Any]]
"""(sources, info) → what the field's resolver returns for each source.

An exception among the values is the error of that source.
"""


@dataclass(frozen=True, slots=True)
class Requires:
    """The field is read from its source, which must have fetched these fields."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """The field's object is part of its parent: its selection belongs to the parent's."""


@dataclass(frozen=True, slots=True)
class LoadedField:
    """The field loads one object, a list of objects, or a page.

    `name` is its key among the parent projection's children. `requires` are the fields of the parent that
    `make_load` reads. `can_prefetch`: it reads only the parent's id, so that parent and child can be loaded
    together. `paged` fields are connections with `first` and `after`. `id_field` is the field whose value
    alone determines the load: parents with equal values share the child.
    """

    name: str
    make_load: Callable[..., Any]
    requires: tuple[str, ...] = ()
    can_prefetch: bool = False
    paged: bool = False
    id_field: str | None = None


Declaration = Requires | Embedded | LoadedField


def requires(*fields: str) -> dict[object, Any]:
    """Return metadata of a field that is read from its source."""
    return {DECLARATION: Requires(fields)}


def embedded() -> dict[object, Any]:
    """Return metadata of a field whose object is part of its parent (`edges`, a vendor block)."""
    return {DECLARATION: Embedded()}


class DeclaredField(StrawberryField):
    """A field whose declaration takes its name from the attribute that the field is assigned to.

    `Requires` without record fields requires the record field of the attribute's name. A
    `LoadedField` without a name takes the attribute's name.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        declaration = self.metadata.get(DECLARATION)
        if declaration == Requires(()):
            self.declare(Requires((name,)))
        elif isinstance(declaration, LoadedField) and not declaration.name:
            self.declare(replace(declaration, name=name))

    def declare(self, declaration: Declaration) -> None:
        """Replace the declaration."""
        self.metadata = MappingProxyType({**self.metadata, DECLARATION: declaration})


def load_field(
    make_load: Callable[..., Any],
    *,
    name: str = "",
    requires: tuple[str, ...] = (),
    can_prefetch: bool = False,
    **options: Any,
) -> Any:
    """Return a field that loads one object, or a list of objects in the order of the loads.

    `options` are those of `strawberry.field`, with the type as `returns`.
    """
    return _declare_field(LoadedField(name, make_load, requires, can_prefetch), **options)


def to_one_load(make_load: Callable[..., Any], *, id_field: str, name: str = "", **options: Any) -> Any:
    """Return a field that loads the object whose id is in `id_field` of its source."""
    return _declare_field(LoadedField(name, make_load, (id_field,), id_field=id_field), **options)


def connection(
    make_load: Callable[..., Any],
    *,
    name: str = "",
    requires: tuple[str, ...] = (),
    can_prefetch: bool = True,
    **options: Any,
) -> Any:
    """Return a connection: the arguments of `make_load`, and `first` and `after`."""
    return _declare_field(LoadedField(name, make_load, requires, can_prefetch, paged=True), **options)


def declaration_of(field: GraphQLField) -> Declaration | None:
    """Return what a field of the schema declares; None if it declares nothing."""
    definition = strawberry_field(field)
    if definition is None:
        return None
    declaration: Declaration | None = definition.metadata.get(DECLARATION)
    return declaration


class LoadingContext(Protocol):
    """Methods that `info.context` must have."""

    def load(
        self, declaration: LoadedField, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        """Return the field's value, or an awaitable of it."""

    def load_many(
        self,
        declaration: LoadedField,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        """Return what `load` returns for each source; an exception among the values is its error.

        `info` is a `PlannedInfo` without a path. A context may also have a method `flush`: a plan
        calls it when no further load can start before one of the started loads has arrived.
        """


def _declare_field(declaration: LoadedField, *, returns: Any, description: str, **options: Any) -> Any:
    declared_field = DeclaredField(
        # The type is given by value: an annotation in the class body would repeat it.
        type_annotation=StrawberryAnnotation.from_annotation(returns),
        description=description,
        metadata={DECLARATION: declaration},
        extensions=[LoadExtension()],
        **options,
    )
    return declared_field(declaration.make_load)


_FIRST = StrawberryArgument(
    python_name="first",
    graphql_name=None,
    type_annotation=StrawberryAnnotation(int),
    default=50,
    description="Maximum number of items to return (0 to 500).",
)
_AFTER = StrawberryArgument(
    python_name="after",
    graphql_name=None,
    type_annotation=StrawberryAnnotation(str | None),
    default=strawberry.UNSET,
    description="Cursor of this connection; only items after it are returned.",
)


class LoadExtension(FieldExtension):
    """Loads a declared field under graphql-core."""

    _declaration: LoadedField

    def apply(self, field: StrawberryField) -> None:
        self._declaration = field.metadata[DECLARATION]
        if self._declaration.paged:
            field.arguments = [_FIRST, _AFTER, *field.arguments]

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        # `next_` is not called: the context calls `make_load`, which returns a load rather than
        # the field's value, and adds the page.
        context: LoadingContext = info.context
        arguments.pop("root", None)  # Strawberry also passes the source by its parameter's name
        return context.load(self._declaration, source, arguments, info)
