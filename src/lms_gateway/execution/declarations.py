"""How a Strawberry field says what it needs.

    name: str | None = strawberry.field(description="…", metadata=needs("name"))
    course = loaded(ask_course, returns=Course | None, name="course", needs=("course_id",), …)
    students = listed(ask_students, returns=UserConnection | None, name="students", …)

`ask_course(root, info, **arguments)` returns an ask, None for null, or a list of them. What an ask
is, is the application's business: it is handed to `info.context.load`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import strawberry
from graphql import GraphQLField
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

DECLARATION = "execution"
"""The key of a field's metadata under which its declaration lies."""

BATCH_RESOLVER = "levelwise"
"""The key of a field's metadata under which lies what resolves it for many sources at once."""

BatchResolver = Callable[[Sequence[Any], Any], Sequence[Any]]
"""(sources, info) → what the field's resolver would give for each of them. What cannot be had of
one source alone is an exception among the values."""


@dataclass(frozen=True, slots=True)
class Requires:
    """The field is read straight off its source, once these facets are known."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """The field's object is part of its parent: what is selected of it is wanted of the parent."""


@dataclass(frozen=True, slots=True)
class LoadedField:
    """The field asks for something.

    `name` is the key of its wants among its parent's children; `needs` are the facets of the parent
    that `ask` reads; `follows` says that it reads none but the identity, so that parent and child
    may be asked for at once; `paged` fields are connections with `first` and `after`. `relation` is
    the facet whose value alone decides what is asked for: parents that agree in it share the child.
    """

    name: str
    make_load: Callable[..., Any]
    requires: tuple[str, ...] = ()
    can_prefetch: bool = False
    paged: bool = False
    id_field: str | None = None


Declaration = Requires | Embedded | LoadedField


def requires(*fields: str) -> dict[object, Any]:
    """Metadata for a field that is read off its source."""
    return {DECLARATION: Requires(fields)}


def embedded() -> dict[object, Any]:
    """Metadata for a field whose object is part of its parent (`edges`, a vendor's block)."""
    return {DECLARATION: Embedded()}


def load_field(
    make_load: Callable[..., Any],
    *,
    returns: Any,
    name: str,
    description: str,
    requires: tuple[str, ...] = (),
    can_prefetch: bool = False,
    **field_options: Any,
) -> Any:
    """A field that loads one object, or a list of them in the order asked."""
    return _declare_field(
        LoadedField(name, make_load, requires, can_prefetch), returns, description, field_options
    )


def to_one_load(
    make_load: Callable[..., Any],
    *,
    id_field: str,
    returns: Any,
    name: str,
    description: str,
    **field_options: Any,
) -> Any:
    """A field that loads the one object which a facet of its source names."""
    return _declare_field(
        LoadedField(name, make_load, (id_field,), id_field=id_field),
        returns,
        description,
        field_options,
    )


def connection(
    make_load: Callable[..., Any],
    *,
    returns: Any,
    name: str,
    description: str,
    requires: tuple[str, ...] = (),
    can_prefetch: bool = True,
    **field_options: Any,
) -> Any:
    """A connection: the ask's arguments, and `first` and `after`."""
    return _declare_field(
        LoadedField(name, make_load, requires, can_prefetch, paged=True),
        returns,
        description,
        field_options,
    )


def declaration_of(field: GraphQLField) -> Declaration | None:
    """What a schema's field declared, or None where it declared nothing."""
    definition = strawberry_field(field)
    if definition is None:
        return None
    declaration: Declaration | None = definition.metadata.get(DECLARATION)
    return declaration


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """The Strawberry field that a graphql-core field was made from."""
    definition: StrawberryField | None = field.extensions.get("strawberry-definition")
    return definition


class LoadingContext(Protocol):
    """What `info.context` must be able to do."""

    def load(
        self,
        declaration: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        """The field's value, or an awaitable of it."""
        ...

    def load_many(
        self,
        declaration: LoadedField,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        """The same for all sources of a plan's level; what `load` would raise is a value.

        `info` is a `PlannedInfo`, and knows nothing of the single source's path. A context may also
        have a method `flush`: a plan calls it when nothing more will be loaded before something
        that was loaded has arrived.
        """
        ...


def _declare_field(
    declaration: LoadedField, return_type: Any, description: str, field_options: dict[str, Any]
) -> Any:
    # Strawberry types `field` for class bodies with annotations; here the type is given by value.
    make_field: Any = strawberry.field
    return make_field(
        resolver=declaration.make_load,
        graphql_type=return_type,
        description=description,
        metadata={DECLARATION: declaration},
        extensions=[LoadExtension(declaration)],
        **field_options,
    )


class LoadExtension(FieldExtension):
    """Runs a declaration under graphql-core."""

    def __init__(self, declaration: LoadedField) -> None:
        self._declaration = declaration

    def apply(self, field: StrawberryField) -> None:
        if self._declaration.paged:
            field.arguments = [
                StrawberryArgument(
                    python_name="first",
                    graphql_name=None,
                    type_annotation=StrawberryAnnotation(int),
                    default=50,
                    description="How many at most: 0 to 500.",
                ),
                StrawberryArgument(
                    python_name="after",
                    graphql_name=None,
                    type_annotation=StrawberryAnnotation(str | None),
                    default=strawberry.UNSET,
                    description="A cursor of this connection: only what comes behind it.",
                ),
                *field.arguments,
            ]

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        # Strawberry's own call of the resolver is not needed: the ask function is called by the
        # context, which also knows the page, and returns an ask rather than the field's value.
        context: LoadingContext = info.context
        arguments.pop("root", None)  # Strawberry repeats the source under its parameter's name
        return context.load(self._declaration, source, arguments, info)
