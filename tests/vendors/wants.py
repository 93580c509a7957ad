"""Wants for tests of a vendor's folding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Wanted:
    """Facets, and the wants of what hangs below."""

    facets: frozenset[str] = frozenset()
    children: Mapping[str, "Wanted"] = field(default_factory=dict)

    def __or__(self, other: Self) -> "Wanted":
        children = dict(self.children)
        for name, wants in other.children.items():
            children[name] = children[name] | wants if name in children else wants
        return Wanted(self.facets | other.facets, children)


def wanting(*facets: str, **children: Wanted) -> Wanted:
    """`wanting("name", teachers=wanting("display_name"))`."""
    return Wanted(frozenset(facets), children)
