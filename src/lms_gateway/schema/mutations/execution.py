"""Execution of a mutation, in these steps.

1. Find the tenant that the input names.
2. Run the following steps once per idempotency key.
3. Resolve the references, and require the `write` scope, or raise FORBIDDEN.
4. Convert the input to a command of the domain.
5. Let the backend execute the command. Reset the session's store.
6. Return the source of the payload, which reads the object as it is stored now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from lms_gateway.domain.commands import (
    Command,
    CommandResult,
    CommandStatus,
    Delete,
    InputProblem,
    VendorOperation,
)
from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import ById
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.inputs.references import Ref
from lms_gateway.schema.mutations.commands import CommandBuilder
from lms_gateway.schema.mutations.input_values import (
    PreparedRow,
    Reference,
    References,
    error_path,
    foreign_block_problem,
    prepare,
    require_scope,
)
from lms_gateway.schema.mutations.payloads import BulkMutationOutcome, MutationOutcome, UserError
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import TenantScope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MutationSpec:
    """One mutation. `name` is that of the field, in snake case.

    `references` are the kinds of the objects that fields of the input (of a row, if bulk) name, or
    a function that returns the references. `rows` is the input's list in a bulk mutation; None for
    a mutation of one object. `validate` raises BadInput for an input that no vendor accepts.
    """

    name: str
    input: type[Any]
    payload: type[Any]
    references: Mapping[str, Kind] | Callable[[Any], References]
    command: CommandBuilder
    description: str
    rows: str | None = None
    validate: Callable[[Any], None] | None = None

    def references_of(self, row: Any) -> References:
        """Return the references of an input or a row. A row may be a reference itself."""
        if callable(self.references):
            return self.references(row)
        references: dict[str, Reference | None] = {}
        for name, kind in self.references.items():
            value = row if isinstance(row, Ref) else unset_to_none(getattr(row, name))
            if isinstance(value, list):
                references |= Reference.each(name, kind, value)
            else:
                references[name] = None if value is None else Reference(kind, value)
        return references


async def run_mutation(info: Info, spec: MutationSpec, data: Any) -> Any:
    """Execute a mutation and return the source of its payload.

    Raises LmsError for what the caller cannot fix in the input: a failing vendor, a missing scope,
    a tenant that is not accessible, an operation that the vendor does not support.
    """
    if spec.validate is not None:
        spec.validate(data)
    if spec.rows is not None:
        return await _run_bulk(info, spec, data, spec.rows)
    context = info.context
    references = spec.references_of(data)

    async def run() -> MutationOutcome:
        row = await prepare(context, spec.command, data, data, references)
        tenant_scope = row.tenant_scope or context.selected_tenant_scope()
        if row.command is None:
            return _to_outcome(tenant_scope, _refused(row.problem), 0, ("input",))
        await _read_before_delete(info, tenant_scope, [row.command])
        (result,) = await _execute(tenant_scope, [row.command])
        return _to_outcome(tenant_scope, result, 0, ("input",), row.command)

    # Raise outside of the idempotency store: it keeps an unknown outcome, as one that may have run.
    outcome = await _run_idempotent(context, spec, data, references, run, _may_have_run)
    if outcome.error is not None:
        raise outcome.error.with_traceback(None)  # a repeated request may raise it again
    return outcome


async def _run_bulk(info: Info, spec: MutationSpec, data: Any, rows_field: str) -> BulkMutationOutcome:
    """Execute a mutation of several objects of one tenant. Each row has an outcome of its own.

    Raises BadInput for too many rows, and LmsError if no row could be executed.
    """
    context = info.context
    rows = getattr(data, rows_field)
    if len(rows) > MAX_ROWS:
        raise BadInput(f"input.{rows_field}: must not contain more than {MAX_ROWS} items")
    row_references = [spec.references_of(row) for row in rows]

    async def run() -> BulkMutationOutcome:
        prepared_rows = await asyncio.gather(
            *(
                prepare(context, spec.command, row, data, references)
                for row, references in zip(rows, row_references, strict=True)
            )
        )
        tenant_scope = _common_tenant_scope(context, rows_field, prepared_rows)
        require_scope(context, tenant_scope)
        block_problem = foreign_block_problem(tenant_scope.tenant.vendor, data)
        if block_problem is not None:
            prepared_rows = [PreparedRow(tenant_scope, None, block_problem) for _ in prepared_rows]
        commands = [row.command for row in prepared_rows if row.command is not None]
        await _read_before_delete(info, tenant_scope, commands)
        results = iter(await _execute(tenant_scope, commands) if commands else ())
        outcomes = [
            _to_outcome(
                tenant_scope,
                _refused(row.problem) if row.command is None else next(results),
                index,
                ("input", camel_case(rows_field), str(index)),
                row.command,
                is_reference=isinstance(rows[index], Ref),
            )
            for index, row in enumerate(prepared_rows)
        ]
        return BulkMutationOutcome(tenant_scope.tenant.slug, outcomes)

    references = row_references[0] if row_references else {}
    return await _run_idempotent(context, spec, data, references, run, _any_may_have_run)


def _common_tenant_scope(context: Context, rows_field: str, rows: Iterable[PreparedRow]) -> TenantScope:
    tenant_scopes = {
        row.tenant_scope.tenant.slug: row.tenant_scope for row in rows if row.tenant_scope is not None
    }
    if len(tenant_scopes) > 1:
        raise BadInput(f"input.{rows_field}: all items must belong to one tenant")
    return next(iter(tenant_scopes.values()), None) or context.selected_tenant_scope()


def _tenant_slug(context: Context, references: References) -> str:
    """Return the tenant of a mutation: that of its first reference if it is a global id."""
    for reference in references.values():
        if reference is None:
            continue
        value = reference.value
        id = value if isinstance(value, str) else unset_to_none(value.id)
        if id is not None:
            return decode_id(id).tenant
        break
    return context.selected_tenant_scope().tenant.slug


async def _run_idempotent(
    context: Context,
    spec: MutationSpec,
    data: Any,
    references: References,
    run: Callable[[], Awaitable[T]],
    may_have_run: Callable[[T], bool],
) -> T:
    key = unset_to_none(data.idempotency_key)
    if key is None:
        return await run()
    slug = _tenant_slug(context, references)
    scope = (context.caller.name or "", slug, camel_case(spec.name), str(key))
    digest = sha256(repr(data).encode()).hexdigest()
    outcome: T = await context.process_state.idempotency_store.run_once(scope, digest, run, may_have_run)
    return outcome


async def _read_before_delete(info: Info, tenant_scope: TenantScope, commands: Sequence[Command]) -> None:
    """Read the selected fields of objects before they are deleted.

    Errors are ignored: the vendor rejects the deletion of an object that is not readable.
    """
    keys = dict.fromkeys(command.key for command in commands if isinstance(command, Delete))
    selected = info.context.projection(info).children.values() if keys else ()

    async def read(key: Key, projection: Projection) -> None:
        with suppress(LmsError):
            # Related objects are read afterwards: they still exist.
            await tenant_scope.session.load(ById(key.kind, key.id), Projection(projection.fields))

    await asyncio.gather(*(read(key, projection) for projection in selected for key in keys))


async def _execute(tenant_scope: TenantScope, commands: Sequence[Command]) -> Sequence[CommandResult]:
    """Execute commands. Afterwards the session contains only what was read since."""
    session = tenant_scope.session
    previous_store = session.store
    session.reset()
    try:
        # The payload of a deletion uses what was read before it. All else is read again.
        store = previous_store if isinstance(commands[0], Delete) else session.store
        results = await session.backend.execute(commands, store)
    except LmsError as error:
        error.tenant, error.vendor = session.slug, session.backend.vendor
        raise
    for result in results:
        if result.error is not None:
            result.error.tenant = session.slug
            result.error.vendor = session.backend.vendor
    return results


def _to_outcome(
    tenant_scope: TenantScope,
    result: CommandResult,
    index: int,
    prefix: tuple[str, ...],
    command: Command | None = None,
    *,
    is_reference: bool = False,
) -> MutationOutcome:
    """`is_reference`: the row at `prefix` is a reference, so errors have the path of the row."""
    errors = [
        UserError(
            code=problem.code,
            message=problem.message,
            field=list(prefix) if is_reference and problem.field else error_path(problem.field, prefix),
        )
        for problem in result.problems
    ]
    if result.error is not None:
        errors.append(UserError(code=result.error.code, message=result.error.message, field=None))
    is_delete = isinstance(command, Delete)
    record = result.record
    return MutationOutcome(
        tenant=tenant_scope.tenant.slug,
        status=result.status,
        index=index,
        key=None if record is None or is_delete else record.key,
        deleted_record=record if is_delete else None,
        errors=errors,
        detail=dict(result.detail),
        error=result.error,
        subject=command.target if isinstance(command, VendorOperation) else None,
    )


def _refused(problem: InputProblem | None) -> CommandResult:
    problems = () if problem is None else (problem,)
    return CommandResult(CommandStatus.REFUSED, problems=problems)


def _may_have_run(outcome: MutationOutcome) -> bool:
    return outcome.status is not CommandStatus.REFUSED


def _any_may_have_run(outcomes: BulkMutationOutcome) -> bool:
    return any(map(_may_have_run, outcomes.results))
