"""Operations compiled once and run breadth first, and what fields declare for it.

Strawberry stays the one place where types and fields are declared. A field adds what it needs of
its source (`needs`), or what it asks for (`loaded`, `listed`); `Collector` turns a selection set
into a tree of `Wants` by those declarations. `Plans` compiles operations and runs them; what it
cannot do, and what it is not given, graphql-core runs by the same declarations, through a field
extension. README.md says what is supported. This package imports nothing else of the gateway.
"""

from lms_gateway.execution.compiler import NotPlannable, Plan, PlanCompiler
from lms_gateway.execution.declarations import (
    BATCH_RESOLVER,
    DECLARATION,
    Embedded,
    LoadedField,
    Requires,
    connection,
    declaration_of,
    embedded,
    load_field,
    requires,
    to_one_load,
)
from lms_gateway.execution.deferred import Deferred
from lms_gateway.execution.document_cache import (
    CachedDocument,
    DocumentCache,
    ValidatedDocumentExtension,
    validated_document,
)
from lms_gateway.execution.projection_collector import ProjectionCollector
from lms_gateway.execution.resolve_info import PlannedInfo

__all__ = [
    "BATCH_RESOLVER",
    "DECLARATION",
    "CachedDocument",
    "Deferred",
    "DocumentCache",
    "Embedded",
    "LoadedField",
    "NotPlannable",
    "Plan",
    "PlanCompiler",
    "PlannedInfo",
    "ProjectionCollector",
    "Requires",
    "ValidatedDocumentExtension",
    "connection",
    "declaration_of",
    "embedded",
    "load_field",
    "requires",
    "to_one_load",
    "validated_document",
]
