"""What is wanted of the objects that an answer holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from lms_gateway.execution.declare import Loaded


class Follow(NamedTuple):
    """A child load that needs no more of its parent than the identity.

    It may be asked together with the parent: `declared` makes the ask of anything that has the
    parent's identity, with these arguments.
    """

    declared: "Loaded"
    arguments: Mapping[str, Any]
    wants: "Wants"


class Wants:
    """Facets of an object, and the wants of what hangs below it; never changed once made."""

    __slots__ = ("children", "facets", "follows")

    def __init__(
        self,
        facets: frozenset[str] = frozenset(),
        children: Mapping[str, "Wants"] | None = None,
        follows: tuple[Follow, ...] = (),
    ) -> None:
        self.facets = facets
        self.children: Mapping[str, Wants] = children or {}
        self.follows = follows

    def __or__(self, other: Self) -> "Wants":
        if other is self:
            return self
        children = dict(self.children)
        for name, wants in other.children.items():
            mine = children.get(name)
            children[name] = wants if mine is None else mine | wants
        return Wants(self.facets | other.facets, children, self.follows + other.follows)

    def __repr__(self) -> str:
        return f"Wants({sorted(self.facets)}, {dict(self.children)!r})"


NOTHING = Wants()
