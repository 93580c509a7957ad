"""What is wanted of the objects that an answer holds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self


class Follow(NamedTuple):
    """A child load that needs no more of its parent than the identity.

    It may be asked together with the parent. `make` takes anything that has the parent's identity
    and returns the ask; it may raise what the field itself would raise.
    """

    make: Callable[[Any], Any]
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
