import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import parse

from lms_gateway.execution import DocumentCache, Plan
from lms_gateway.schema import build_plans, build_schema
from tests.schema.school import School

RunQuery = Callable[..., Awaitable[Any]]

SCHEMA = build_schema()
DOCUMENTS = DocumentCache(SCHEMA, parse=parse, compiler=build_plans(SCHEMA))


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def run_query(school: School) -> RunQuery:
    """Execute a query with the dictionary backends; return data and (path, code) of the errors."""

    async def run(
        query: str, selected: str | None = "maple", *, pinned: bool = False, **variables: Any
    ) -> Any:
        context = school.context(selected, pinned=pinned)
        result = await _execute(query, variables, context)
        await context.aclose()
        errors = [
            (error.path, getattr(error.original_error, "code", error.message))
            for error in result.errors or ()
        ]
        return result.data, errors

    return run


async def _execute(query: str, variables: dict[str, Any], context: Any) -> Any:
    """Execute with a plan, as the endpoint does, unless LMS_GATEWAY_PLANS is `off`."""
    if os.environ.get("LMS_GATEWAY_PLANS") != "off":
        document = DOCUMENTS.get(query)
        plan = None if document.errors else document.plan(None)
        if isinstance(plan, Plan):
            return await plan.execute(variables, context)
    return await SCHEMA.execute(query, variables, context_value=context)
