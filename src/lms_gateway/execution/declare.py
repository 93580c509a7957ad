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

LEVELWISE = "levelwise"
"""The key of a field's metadata under which lies what resolves it for many sources at once."""

Levelwise = Callable[[Sequence[Any], Any], Sequence[Any]]
"""(sources, info) → what the field's resolver would give for each of them. What cannot be had of
one source alone is an exception among the values."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The field is read straight off its source, once these facets are known."""

    facets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Through:
    """The field's object is part of its parent: what is selected of it is wanted of the parent."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The field asks for something.

    `name` is the key of its wants among its parent's children; `needs` are the facets of the parent
    that `ask` reads; `follows` says that it reads none but the identity, so that parent and child
    may be asked for at once; `paged` fields are connections with `first` and `after`. `relation` is
    the facet whose value alone decides what is asked for: parents that agree in it share the child.
    """

    name: str
    ask: Callable[..., Any]
    needs: tuple[str, ...] = ()
    follows: bool = False
    paged: bool = False
    relation: str | None = None


Declaration = Needs | Through | Loaded


def needs(*facets: str) -> dict[object, Any]:
    """Metadata for a field that is read off its source."""
    return {DECLARATION: Needs(facets)}


def through() -> dict[object, Any]:
    """Metadata for a field whose object is part of its parent (`edges`, a vendor's block)."""
    return {DECLARATION: Through()}


def loaded(
    ask: Callable[..., Any],
    *,
    returns: Any,
    name: str,
    description: str,
    needs: tuple[str, ...] = (),
    follows: bool = False,
    **field: Any,
) -> Any:
    """A field that loads one object, or a list of them in the order asked."""
    return _declare(Loaded(name, ask, needs, follows), returns, description, field)


def related(
    ask: Callable[..., Any],
    *,
    facet: str,
    returns: Any,
    name: str,
    description: str,
    **field: Any,
) -> Any:
    """A field that loads the one object which a facet of its source names."""
    return _declare(Loaded(name, ask, (facet,), relation=facet), returns, description, field)


def listed(
    ask: Callable[..., Any],
    *,
    returns: Any,
    name: str,
    description: str,
    needs: tuple[str, ...] = (),
    follows: bool = True,
    **field: Any,
) -> Any:
    """A connection: the ask's arguments, and `first` and `after`."""
    return _declare(Loaded(name, ask, needs, follows, paged=True), returns, description, field)


def declaration_of(field: GraphQLField) -> Declaration | None:
    """What a schema's field declared, or None where it declared nothing."""
    definition = strawberry_field(field)
    if definition is None:
        return None
    found: Declaration | None = definition.metadata.get(DECLARATION)
    return found


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """The Strawberry field that a graphql-core field was made from."""
    found: StrawberryField | None = field.extensions.get("strawberry-definition")
    return found


class Loading(Protocol):
    """What `info.context` must be able to do."""

    def load(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        """The field's value, or an awaitable of it."""
        ...

    def load_level(
        self,
        declared: Loaded,
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


def _declare(declared: Loaded, returns: Any, description: str, field: dict[str, Any]) -> Any:
    # Strawberry types `field` for class bodies with annotations; here the type is given by value.
    make: Any = strawberry.field
    return make(
        resolver=declared.ask,
        graphql_type=returns,
        description=description,
        metadata={DECLARATION: declared},
        extensions=[LoadExtension(declared)],
        **field,
    )


class LoadExtension(FieldExtension):
    """Runs a declaration under graphql-core."""

    def __init__(self, declared: Loaded) -> None:
        self._declared = declared

    def apply(self, field: StrawberryField) -> None:
        if self._declared.paged:
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
        loading: Loading = info.context
        arguments.pop("root", None)  # Strawberry repeats the source under its parameter's name
        return loading.load(self._declared, source, arguments, info)
