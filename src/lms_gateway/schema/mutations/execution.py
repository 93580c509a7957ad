"""Carrying out a mutation: whose it is, whether it may, once, and what the payload says.

references → the tenant and the keys of what is meant
scope      → `write`, or FORBIDDEN
ledger     → an idempotency key runs once
values     → the change in the domain's words
backend    → what became of it; what was known before is forgotten
payload    → the object read as it is stored now
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from lms_gateway.domain.access import Scope
from lms_gateway.domain.commands import (
    Command,
    CommandResult,
    CommandStatus,
    Delete,
    InputProblem,
    VendorOperation,
)
from lms_gateway.domain.errors import BadInput, LmsError, NotFound, ScopeRequired
from lms_gateway.domain.loads import ById
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.inputs.references import Ref, load_for_reference
from lms_gateway.schema.mutations.input_values import error_path, foreign_block_problem, read_values
from lms_gateway.schema.mutations.payloads import BulkMutationOutcome, MutationOutcome, UserError
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import CrossTenantLoad, TenantScope

T = TypeVar("T")

TOKEN_OPERATIONS = frozenset({"create_access_token", "update_access_token", "delete_access_token"})
"""What handles secrets, and needs the `admin` scope."""

Keys = Mapping[str, Key]
CommandFactory = Callable[[Any, Keys, Mapping[str, Any], Mapping[str, Any]], Command]
"""(the row as it was given, keys by the reference's name, values, options) → the change."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference of an input means; `id` for a plain global id."""

    kind: Kind
    ref: Ref | None = None
    id: str | None = None


References = Mapping[str, Reference | None]
"""By the input field's name; None for one that was left out."""


@dataclass(frozen=True, slots=True)
class _PreparedRow:
    """A change that is ready to go out, or why it is not."""

    tenant_scope: TenantScope | None
    command: Command | None
    problem: InputProblem | None = None


async def run_mutation(
    info: Info, name: str, data: Any, references: References, make_command: CommandFactory
) -> MutationOutcome:
    """Carry out a mutation of one object.

    Raises LmsError for what the caller cannot mend: a failing vendor, a missing scope, a tenant out
    of reach, an operation that the vendor does not have.
    """
    context = info.context

    async def run() -> MutationOutcome:
        row = await _prepare(context, data, references, make_command)
        tenant_scope = row.tenant_scope or context.selected_tenant_scope()
        if row.command is None:
            return _to_outcome(
                tenant_scope,
                CommandResult(CommandStatus.REFUSED, problems=_problem_list(row.problem)),
                0,
                ("input",),
            )
        await _read_before_delete(info, tenant_scope, [row.command])
        (result,) = await _execute(tenant_scope, [row.command])
        return _to_outcome(tenant_scope, result, 0, ("input",), row.command)

    # A failure is raised out here: the ledger keeps an unknown outcome like any that may be done.
    outcome = await _run_idempotent(
        context, name, data, lambda: _tenant_slug(context, references), run, _may_have_run
    )
    if outcome.error is not None:
        raise outcome.error.with_traceback(None)  # it may be raised again by a repeat
    return outcome


async def run_bulk_mutation(
    info: Info,
    name: str,
    data: Any,
    rows: Sequence[tuple[Any, References]],
    make_command: CommandFactory,
    field: str,
) -> BulkMutationOutcome:
    """Carry out a mutation of several objects of one tenant, each row for itself.

    `field` is the input's list; a row that was given as a bare reference is None. Raises BadInput
    for too many rows, and what `run_one` raises where no row could be carried out.
    """
    context = info.context
    if len(rows) > MAX_ROWS:
        raise BadInput(f"input.{field}: at most {MAX_ROWS} at a time")

    async def run() -> BulkMutationOutcome:
        prepared_rows = await asyncio.gather(
            *(_prepare(context, row, references, make_command) for row, references in rows)
        )
        tenant_scopes = {
            row.tenant_scope.tenant.slug: row.tenant_scope
            for row in prepared_rows
            if row.tenant_scope is not None
        }
        if len(tenant_scopes) > 1:
            raise BadInput(f"input.{field}: all rows must be of one tenant")
        tenant_scope = next(iter(tenant_scopes.values()), None) or context.selected_tenant_scope()
        _require_scope(context, tenant_scope)
        block_problem = foreign_block_problem(tenant_scope.tenant.vendor, data)
        if block_problem is not None:
            prepared_rows = [_PreparedRow(tenant_scope, None, block_problem) for _ in prepared_rows]
        commands = [row.command for row in prepared_rows if row.command is not None]
        await _read_before_delete(info, tenant_scope, commands)
        results = iter(await _execute(tenant_scope, commands) if commands else ())
        outcomes = [
            _to_outcome(
                tenant_scope,
                CommandResult(CommandStatus.REFUSED, problems=_problem_list(row.problem))
                if row.command is None
                else next(results),
                index,
                ("input", camel_case(field), str(index)),
                row.command,
                is_reference=rows[index][0] is None,
            )
            for index, row in enumerate(prepared_rows)
        ]
        return BulkMutationOutcome(tenant_scope.tenant.slug, outcomes)

    references = rows[0][1] if rows else {}
    return await _run_idempotent(
        context, name, data, lambda: _tenant_slug(context, references), run, _any_may_have_run
    )


async def resolve_reference(context: Context, reference: Reference) -> tuple[TenantScope, Key]:
    """The tenant and key that a reference means; a SIS id is looked up.

    Raises NotFound for a name that nothing has, and what references raise.
    """
    if reference.ref is None:
        global_id = decode_id(reference.id or "", reference.kind)
        cross_tenant_load = context.load_by_global_id(
            global_id.tenant, reference.kind, global_id.key
        )
        return context.tenant_scope(cross_tenant_load.session.slug), Key(
            reference.kind, global_id.key
        )
    target = load_for_reference(context, None, reference.kind, reference.ref)
    if isinstance(target, CrossTenantLoad):
        tenant_scope, load = context.tenant_scope(target.session.slug), target.load
    else:
        tenant_scope, load = context.selected_tenant_scope(), target
    if isinstance(load, ById):
        return tenant_scope, Key(load.kind, load.id)
    answer = await tenant_scope.session.load(load, Projection())
    if not isinstance(answer, Record):
        raise NotFound(f"the vendor knows no such {reference.kind}, or hides it")
    return tenant_scope, answer.key


async def _prepare(
    context: Context, data: Any, references: References, make_command: CommandFactory
) -> _PreparedRow:
    """One row's change, with everything looked up that it names."""
    tenant_scope: TenantScope | None = None
    keys: dict[str, Key] = {}
    field: str | None = None
    try:
        for name, reference in references.items():
            field = name
            if reference is None:
                continue
            reference_scope, key = await resolve_reference(context, reference)
            if tenant_scope is not None and reference_scope is not tenant_scope:
                raise BadInput("this names an object of another tenant than the rest of the input")
            tenant_scope, keys[name] = reference_scope, key
        field = None
        tenant_scope = tenant_scope or context.selected_tenant_scope()
        _require_scope(context, tenant_scope)
        problem = foreign_block_problem(tenant_scope.tenant.vendor, data)
        if problem is not None:
            return _PreparedRow(tenant_scope, None, problem)
        skipped_fields = frozenset({*references, "idempotency_key"})
        values, options = read_values(context, tenant_scope, data, skipped_fields)
        command = make_command(data, keys, values, options)
        if isinstance(command, VendorOperation) and command.name in TOKEN_OPERATIONS:
            _require_scope(context, tenant_scope, Scope.ADMIN)
        return _PreparedRow(tenant_scope, command)
    except (BadInput, NotFound) as error:
        return _PreparedRow(tenant_scope, None, InputProblem(error.code, error.message, field))


def _require_scope(context: Context, tenant_scope: TenantScope, scope: Scope = Scope.WRITE) -> None:
    if not context.has_scope(tenant_scope.tenant.slug, scope):
        raise ScopeRequired(f"this change needs the {scope} scope")


def _tenant_slug(context: Context, references: References) -> str:
    """The tenant that a mutation belongs to, as far as its first reference tells without a call."""
    for reference in references.values():
        if reference is None:
            continue
        id = reference.id if reference.ref is None else unset_to_none(reference.ref.id)
        if id is not None:
            return decode_id(id).tenant
        break
    return context.selected_tenant_scope().tenant.slug


async def _run_idempotent(
    context: Context,
    name: str,
    data: Any,
    tenant: Callable[[], str],
    run: Callable[[], Awaitable[T]],
    may_have_run: Callable[[T], bool],
) -> T:
    key = unset_to_none(data.idempotency_key)
    if key is None:
        return await run()
    scope = (context.caller.name or "", tenant(), name, str(key))
    digest = sha256(repr(data).encode()).hexdigest()
    outcome: T = await context.process_state.idempotency_store.run_once(
        scope, digest, run, may_have_run
    )
    return outcome


async def _read_before_delete(
    info: Info, tenant_scope: TenantScope, commands: Sequence[Command]
) -> None:
    """Know what is selected of objects before they are gone.

    One that cannot be read is left to the vendor to refuse.
    """
    keys = dict.fromkeys(command.key for command in commands if isinstance(command, Delete))
    selected = info.context.projection(info).children.values() if keys else ()

    async def read(key: Key, projection: Projection) -> None:
        with suppress(LmsError):
            # What hangs below is asked for afterwards, as of any object.
            await tenant_scope.session.load(ById(key.kind, key.id), Projection(projection.fields))

    await asyncio.gather(*(read(key, projection) for projection in selected for key in keys))


async def _execute(
    tenant_scope: TenantScope, commands: Sequence[Command]
) -> Sequence[CommandResult]:
    """Carry changes out; afterwards the session knows only what was learnt since."""
    session = tenant_scope.session
    previous_store = session.store
    session.reset()
    try:
        # What is removed may be told from what was read before; all else must be read again.
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
    """`is_reference`: the row at `prefix` is what it names, and has no fields of its own."""
    errors = [
        UserError(
            code=problem.code,
            message=problem.message,
            field=list(prefix)
            if is_reference and problem.field
            else error_path(problem.field, prefix),
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


def _problem_list(problem: InputProblem | None) -> Sequence[InputProblem]:
    return () if problem is None else (problem,)


def _may_have_run(outcome: MutationOutcome) -> bool:
    return outcome.status is not CommandStatus.REFUSED


def _any_may_have_run(outcomes: BulkMutationOutcome) -> bool:
    return any(map(_may_have_run, outcomes.results))
