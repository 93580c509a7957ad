"""Operations compiled once and run breadth first, and what fields declare for it.

Strawberry stays the one place where types and fields are declared. A field adds what it needs of
its source (`needs`), or what it asks for (`loaded`, `listed`); `Collector` turns a selection set
into a tree of `Wants` by those declarations. `Plans` compiles operations and runs them; what it
cannot do, and what it is not given, graphql-core runs by the same declarations, through a field
extension. README.md says what is supported. This package imports nothing else of the gateway.
"""

from lms_gateway.execution.collect import Collector
from lms_gateway.execution.declare import (
    DECLARATION,
    LEVELWISE,
    Loaded,
    Needs,
    Through,
    declaration_of,
    listed,
    loaded,
    needs,
    related,
    through,
)
from lms_gateway.execution.documents import AlreadyValid, Document, Documents, valid
from lms_gateway.execution.info import PlannedInfo
from lms_gateway.execution.pending import Pending
from lms_gateway.execution.plans import Plan, Plans, Unplanned
from lms_gateway.execution.wants import Follow, Wants

__all__ = [
    "DECLARATION",
    "LEVELWISE",
    "AlreadyValid",
    "Collector",
    "Document",
    "Documents",
    "Follow",
    "Loaded",
    "Needs",
    "Pending",
    "Plan",
    "PlannedInfo",
    "Plans",
    "Through",
    "Unplanned",
    "Wants",
    "declaration_of",
    "listed",
    "loaded",
    "needs",
    "related",
    "through",
    "valid",
]
