"""Compiled plans for GraphQL operations, executed breadth first.

Types and fields are declared with Strawberry. A field also declares which fields of its source it requires
(`requires`), or what it loads (`load_field`, `to_one_load`, `connection`). `ProjectionCollector` turns a
selection set into a tree of projections by these declarations. `PlanCompiler` compiles an operation to a
`Plan`; an operation that is not plannable is executed by graphql-core with the same declarations, through a
field extension. README.md lists what is supported. This package imports nothing else of the gateway.
"""

from lms_gateway.execution.compiler import NotPlannable, Plan, PlanCompiler
from lms_gateway.execution.declarations import (
    BATCH_RESOLVER,
    DECLARATION,
    DeclaredField,
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
    "DeclaredField",
    "Deferred",
    "DocumentCache",
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
