"""The public GraphQL schema, code first. `schema.graphql` is generated from it."""

from functools import partial
from typing import Any, Final

import strawberry
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

import lms_gateway.schema.enums  # noqa: F401 - registers the enums
from lms_gateway.domain.projection import Projection
from lms_gateway.execution import DocumentCache, PlanCompiler, ValidatedDocumentExtension
from lms_gateway.schema.declarations.record_fields import Info, read, read_all
from lms_gateway.schema.errors import mark_validation_error
from lms_gateway.schema.federation import resolve_entity
from lms_gateway.schema.limits import DocumentLimits, parse_within_limits
from lms_gateway.schema.mutation import Mutation
from lms_gateway.schema.query import Query
from lms_gateway.schema.scalars import SCALARS
from lms_gateway.schema.subscription import Subscription
from lms_gateway.schema.types.account import Account
from lms_gateway.schema.types.canvas.account_operations import DOCUMENT_TYPES
from lms_gateway.schema.types.course import Course
from lms_gateway.schema.types.enrollment import Enrollment
from lms_gateway.schema.types.job import Progress
from lms_gateway.schema.types.section import Section
from lms_gateway.schema.types.tenant import Tenant
from lms_gateway.schema.types.term import Term
from lms_gateway.schema.types.user import User

# The newest version that the composers of Apollo and of the Guild both support.
FEDERATION: Final = "2.9"


class _GatewaySchema(Schema):
    """Strawberry's schema with its own error handling and validation of representations."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Do not log errors here: the endpoint masks and logs them."""

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Resolve each representation independently."""
        info.context.count_references(len(representations))
        type_map = self.schema_converter.type_map
        return [resolve_entity(info, type_map, representation) for representation in representations]


def build_schema() -> Schema:
    """Return the schema. It has no state: one instance serves all tenants and requests."""
    return _GatewaySchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Section, Course, User, Enrollment, Term, Account, Tenant, Progress, *DOCUMENT_TYPES],
        config=StrawberryConfig(default_resolver=read),
        federation_version=FEDERATION,
        scalar_overrides=SCALARS,
        extensions=[ValidatedDocumentExtension],
    )


def build_plans(schema: strawberry.Schema) -> PlanCompiler:
    """Return the compiler of operations, which all documents of a process share."""
    return PlanCompiler(
        schema,
        make_projection=Projection,
        read_many=read_all,
        ignored_extensions=[ValidatedDocumentExtension],
    )


def open_document_cache(
    schema: strawberry.Schema, limits: DocumentLimits, plans: PlanCompiler | None
) -> DocumentCache:
    """Return the cache of parsed and validated documents.

    Without `plans`, graphql-core executes all operations. `read` raises GraphQLError.
    """
    return DocumentCache(
        schema,
        parse=partial(parse_within_limits, limits),
        compiler=plans,
        annotate_error=mark_validation_error,
    )


def print_sdl() -> str:
    """Return the schema in SDL, the content of `schema.graphql`."""
    return build_schema().as_str().rstrip() + "\n"
