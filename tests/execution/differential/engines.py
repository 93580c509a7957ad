"""The compared engines: graphql-core as Strawberry calls it, and plans."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import DocumentNode, ExecutionResult, execute
from strawberry.execution import optimized_is_awaitable

from lms_gateway.execution import Plan, PlanCompiler
from tests.execution.differential.documents import Case

EXTENSIONS = {"trace": 7}
"""The request's extensions; resolvers may read them."""

Engine = Callable[[Case, Any, Any], Awaitable[tuple[ExecutionResult, bool]]]
"""(case, context, root) → result, whether anything was awaited. May raise NotPlannable.
"""


def by_core(schema: strawberry.Schema) -> Engine:
    """graphql-core, called as `strawberry.Schema.execute` calls it."""

    async def run(case: Case, context: Any, root: Any) -> tuple[ExecutionResult, bool]:
        running: Any = execute(
            schema._schema,
            case.document,
            root_value=root,
            context_value=context,
            variable_values=dict(case.variables),
            operation_name=case.operation_name,
            is_awaitable=cast(Any, optimized_is_awaitable),
            executor_class=schema.execution_context_class,
            operation_extensions=EXTENSIONS,
        )
        late = isawaitable(running)
        return (await running if late else running), late

    return run


def by_plan(compiler: PlanCompiler) -> Engine:
    """A compiled plan. Raises NotPlannable."""

    async def run(case: Case, context: Any, root: Any) -> tuple[ExecutionResult, bool]:
        plan = plan_of(compiler, case)
        return await plan.execute(dict(case.variables), context, root, EXTENSIONS), True

    return run


def plan_of(compiler: PlanCompiler, case: Case) -> Plan:
    """Return the case's plan, compiled once: executions share its state."""
    if _last and _last[0][0] is compiler and _last[0][1] is case.document:
        return _last[0][2]
    plan = compiler.compile(case.document, case.operation_name)
    _last[:] = [(compiler, case.document, plan)]
    return plan


_last: list[tuple[PlanCompiler, DocumentNode, Plan]] = []


async def settle() -> None:
    """Wait for background tasks of an execution."""
    mine = asyncio.current_task()
    while tasks := [task for task in asyncio.all_tasks() if task is not mine]:
        await asyncio.wait(tasks)
