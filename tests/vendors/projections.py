"""Wants for tests of a vendor's folding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class ProjectionValue:
    """Facets, and the wants of what hangs below."""

    facets: frozenset[str] = frozenset()
    children: Mapping[str, "ProjectionValue"] = field(default_factory=dict)

    def __or__(self, other: Self) -> "ProjectionValue":
        children = dict(self.children)
        for name, child in other.children.items():
            children[name] = children[name] | child if name in children else child
        return ProjectionValue(self.facets | other.facets, children)


def projection_of(*facets: str, **children: ProjectionValue) -> ProjectionValue:
    """`wanting("name", teachers=wanting("display_name"))`."""
    return ProjectionValue(frozenset(facets), children)
