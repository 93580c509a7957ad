"""The public GraphQL schema, code first; `schema.graphql` is printed from it."""

from typing import Any, Final

from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig

from lms_gateway.schema.fields import read
from lms_gateway.schema.limits import extensions
from lms_gateway.schema.mutation import Mutation
from lms_gateway.schema.progress import ProgressType, Subscription
from lms_gateway.schema.query import Query
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


class _QuietSchema(Schema):
    """Leaves telling and logging of errors to the endpoint, which masks what must not be told."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        return None


def build_schema() -> Schema:
    """The schema. It holds no state: one serves every tenant and request."""
    return _QuietSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Section, Course, User, Enrollment, Term, Account, Tenant, ProgressType, *TOLD],
        config=StrawberryConfig(default_resolver=read),
        federation_version=FEDERATION,
        extensions=extensions(),
    )


def print_sdl() -> str:
    """The schema in SDL, as `schema.graphql` holds it."""
    return build_schema().as_str().rstrip() + "\n"
