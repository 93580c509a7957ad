"""What the backends support of the schema."""

from functools import cache

from graphql import GraphQLSchema

from lms_gateway.domain.commands import VendorOperation
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import OperationLoad
from lms_gateway.schema import build_schema
from lms_gateway.schema.capabilities import Capability, capabilities_of


@cache
def graphql_schema() -> GraphQLSchema:
    return build_schema()._schema


def capabilities(limitations: Limitations) -> dict[str, Capability]:
    """Return the capabilities by their coordinate, and check that each has a reason or support."""
    by_operation = {
        capability.operation: capability for capability in capabilities_of(graphql_schema(), limitations)
    }
    for capability in by_operation.values():
        assert capability.supported is (capability.reason is None)
    return by_operation


def vendor_operations() -> set[str]:
    """Return the fields and mutations that are operations of one vendor."""
    lacking = {Limitation(OperationLoad): "unsupported", Limitation(VendorOperation): "unsupported"}
    return {name for name, capability in capabilities(lacking).items() if not capability.supported}
