from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lms_gateway.schema import build_schema
from tests.schema.school import School

Ask = Callable[..., Awaitable[Any]]

SCHEMA = build_schema()


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def ask(school: School) -> Ask:
    """Run a query against the dictionaries; answers (data, [(path, code)])."""

    async def run(
        query: str, selected: str | None = "maple", *, pinned: bool = False, **variables: Any
    ) -> Any:
        context = school.context(selected, pinned=pinned)
        result = await SCHEMA.execute(query, variables, context_value=context)
        await context.aclose()
        errors = [
            (error.path, getattr(error.original_error, "code", error.message))
            for error in result.errors or ()
        ]
        return result.data, errors

    return run
