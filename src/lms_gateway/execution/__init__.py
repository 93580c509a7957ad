"""Declarations of what fields need, and the collector that reads them for a whole selection.

Strawberry stays the one place where types and fields are declared. A field adds what it needs of
its source (`needs`), or what it asks for (`loaded`, `listed`); `collect` turns a selection set into
a tree of `Wants` by those declarations. graphql-core runs them through a field extension; compiled
plans will read the same declarations. This package imports nothing of the rest of the gateway.
"""

from lms_gateway.execution.collect import Collector
from lms_gateway.execution.declare import (
    DECLARATION,
    Loaded,
    Needs,
    Through,
    declaration_of,
    listed,
    loaded,
    needs,
    through,
)
from lms_gateway.execution.wants import Follow, Wants

__all__ = [
    "DECLARATION",
    "Collector",
    "Follow",
    "Loaded",
    "Needs",
    "Through",
    "Wants",
    "declaration_of",
    "listed",
    "loaded",
    "needs",
    "through",
]
