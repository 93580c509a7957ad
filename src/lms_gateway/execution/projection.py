"""What is wanted of the objects that an answer holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from lms_gateway.execution.declarations import LoadedField


class Prefetch(NamedTuple):
    """A child load that needs no more of its parent than the identity.

    It may be asked together with the parent: `declared` makes the ask of anything that has the
    parent's identity, with these arguments.
    """

    declaration: "LoadedField"
    arguments: Mapping[str, Any]
    projection: "Projection"


class Projection:
    """Facets of an object, and the wants of what hangs below it; never changed once made."""

    __slots__ = ("children", "fields", "prefetches")

    def __init__(
        self,
        fields: frozenset[str] = frozenset(),
        children: Mapping[str, "Projection"] | None = None,
        prefetches: tuple[Prefetch, ...] = (),
    ) -> None:
        self.fields = fields
        self.children: Mapping[str, Projection] = children or {}
        self.prefetches = prefetches

    def __or__(self, other: Self) -> "Projection":
        if other is self:
            return self
        children = dict(self.children)
        for name, projection in other.children.items():
            existing = children.get(name)
            children[name] = projection if existing is None else existing | projection
        return Projection(self.fields | other.fields, children, self.prefetches + other.prefetches)

    def __repr__(self) -> str:
        return f"Wants({sorted(self.fields)}, {dict(self.children)!r})"


EMPTY_PROJECTION = Projection()
