"""The mutation root: one field for each row of the registry."""

from typing import Any

import strawberry

from lms_gateway.schema.capabilities import BULK
from lms_gateway.schema.declarations.operation_fields import argument
from lms_gateway.schema.declarations.record_fields import CAPABILITY, Info
from lms_gateway.schema.mutations.execution import MutationSpec, run_mutation
from lms_gateway.schema.mutations.registry import MUTATIONS


def _mutation(spec: MutationSpec) -> Any:
    async def resolve(info: Info, input: Any) -> Any:
        return await run_mutation(info, spec, input)

    resolve.__annotations__["input"] = argument(spec.input, "The values of the mutation.")
    make_field: Any = strawberry.mutation
    return make_field(
        resolver=resolve,
        graphql_type=spec.payload | None,
        description=spec.description,
        metadata={CAPABILITY: spec.command.limitation, BULK: spec.rows is not None},
    )


Mutation: Any = strawberry.type(
    type("Mutation", (), {spec.name: _mutation(spec) for spec in MUTATIONS}),
    description="Changes. Each is sent to the vendor at most once, and returns what is stored "
    "afterwards. UNSUPPORTED_BY_VENDOR if the vendor does not support it.",
)
