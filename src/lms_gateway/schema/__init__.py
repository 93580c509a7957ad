"""The public GraphQL schema, code first; `schema.graphql` is printed from it."""

from functools import partial
from typing import Any, Final

import strawberry
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from lms_gateway.execution import AlreadyValid, Documents, Plans
from lms_gateway.schema.entities import find_entity
from lms_gateway.schema.errors import mark_invalid
from lms_gateway.schema.fields import Info, read, read_all
from lms_gateway.schema.limits import Limits, parse_within
from lms_gateway.schema.mutation import Mutation
from lms_gateway.schema.progress import ProgressType, Subscription
from lms_gateway.schema.query import Query
from lms_gateway.schema.scalars import SCALARS
from lms_gateway.schema.types.account import Account
from lms_gateway.schema.types.account_details import TOLD
from lms_gateway.schema.types.course import Course
from lms_gateway.schema.types.enrollment import Enrollment
from lms_gateway.schema.types.section import Section
from lms_gateway.schema.types.tenant import Tenant
from lms_gateway.schema.types.term import Term
from lms_gateway.schema.types.user import User

# The newest version that both Apollo's and the Guild's composers take.
FEDERATION: Final = "2.9"


class _OwnSchema(Schema):
    """Strawberry's, but for what errors become and what a router may send."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Leave telling and logging to the endpoint, which masks what must not be told."""

    def entities_resolver(
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """Each representation for itself."""
        info.context.count_references(len(representations))
        type_map = self.schema_converter.type_map
        return [find_entity(info, type_map, one) for one in representations]


def build_schema() -> Schema:
    """The schema. It holds no state: one serves every tenant and request."""
    return _OwnSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Section, Course, User, Enrollment, Term, Account, Tenant, ProgressType, *TOLD],
        config=StrawberryConfig(default_resolver=read),
        federation_version=FEDERATION,
        scalar_overrides=SCALARS,
        extensions=[AlreadyValid],
    )


def build_plans(schema: strawberry.Schema) -> Plans:
    """What compiles the schema's operations; shared by all documents of a process."""
    return Plans(schema, read_all=read_all, without=[AlreadyValid])


def open_documents(schema: strawberry.Schema, limits: Limits, plans: Plans | None) -> Documents:
    """What reads operations' texts within the limits, and keeps what it made of them.

    Without `plans`, graphql-core runs them all. `documents.read` raises GraphQLError with its code.
    """
    return Documents(schema, parse=partial(parse_within, limits), plans=plans, judge=mark_invalid)


def print_sdl() -> str:
    """The schema in SDL, as `schema.graphql` holds it."""
    return build_schema().as_str().rstrip() + "\n"
