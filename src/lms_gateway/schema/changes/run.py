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

from lms_gateway.domain.asks import ById
from lms_gateway.domain.changes import Act, Change, Problem, Remove, Result, Status
from lms_gateway.domain.errors import BadInput, LmsError, NotFound, ScopeRequired
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.execution import Wants
from lms_gateway.schema.changes.payloads import Outcome, Outcomes, UserError
from lms_gateway.schema.changes.values import foreign_block, path_of, read_values
from lms_gateway.schema.context import MOST_ROWS, Context, given
from lms_gateway.schema.fields import Info
from lms_gateway.schema.ids import read_id
from lms_gateway.schema.names import camel
from lms_gateway.schema.references import Ref, ask_ref
from lms_gateway.schema.sources import Targeted, View
from lms_gateway.tenancy import Scope

T = TypeVar("T")

TOKEN_ACTS = frozenset({"create_access_token", "update_access_token", "delete_access_token"})
"""What handles secrets, and needs the `admin` scope."""

Keys = Mapping[str, Key]
Make = Callable[[Any, Keys, Mapping[str, Any], Mapping[str, Any]], Change]
"""(the row as it was given, keys by the reference's name, values, options) → the change."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a reference of an input means; `id` for a plain global id."""

    kind: Kind
    ref: Ref | None = None
    id: str | None = None


References = Mapping[str, Meant | None]
"""By the input field's name; None for one that was left out."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A change that is ready to go out, or why it is not."""

    view: View | None
    change: Change | None
    problem: Problem | None = None


async def run_one(info: Info, name: str, data: Any, references: References, make: Make) -> Outcome:
    """Carry out a mutation of one object.

    Raises LmsError for what the caller cannot mend: a failing vendor, a missing scope, a tenant out
    of reach, an operation that the vendor does not have.
    """
    context = info.context

    async def run() -> Outcome:
        row = await _ready(context, data, references, make)
        view = row.view or context.selected()
        if row.change is None:
            return _outcome(view, Result(Status.REFUSED, problems=_of(row.problem)), 0, ("input",))
        await _read_first(info, view, [row.change])
        (result,) = await _send(view, [row.change])
        return _outcome(view, result, 0, ("input",), row.change)

    # A failure is raised out here: the ledger keeps an unknown outcome like any that may be done.
    outcome = await _once(
        context, name, data, lambda: _tenant_of(context, references), run, _was_done
    )
    if outcome.error is not None:
        raise outcome.error.with_traceback(None)  # it may be raised again by a repeat
    return outcome


async def run_many(
    info: Info,
    name: str,
    data: Any,
    rows: Sequence[tuple[Any, References]],
    make: Make,
    field: str,
) -> Outcomes:
    """Carry out a mutation of several objects of one tenant, each row for itself.

    `field` is the input's list; a row that was given as a bare reference is None. Raises BadInput
    for too many rows, and what `run_one` raises where no row could be carried out.
    """
    context = info.context
    if len(rows) > MOST_ROWS:
        raise BadInput(f"input.{field}: at most {MOST_ROWS} at a time")

    async def run() -> Outcomes:
        ready = await asyncio.gather(
            *(_ready(context, row, references, make) for row, references in rows)
        )
        views = {row.view.tenant.slug: row.view for row in ready if row.view is not None}
        if len(views) > 1:
            raise BadInput(f"input.{field}: all rows must be of one tenant")
        view = next(iter(views.values()), None) or context.selected()
        _check_scope(context, view)
        foreign = foreign_block(view.tenant.vendor, data)
        if foreign is not None:
            ready = [_Row(view, None, foreign) for _ in ready]
        changes = [row.change for row in ready if row.change is not None]
        await _read_first(info, view, changes)
        results = iter(await _send(view, changes) if changes else ())
        outcomes = [
            _outcome(
                view,
                Result(Status.REFUSED, problems=_of(row.problem))
                if row.change is None
                else next(results),
                index,
                ("input", camel(field), str(index)),
                row.change,
                is_reference=rows[index][0] is None,
            )
            for index, row in enumerate(ready)
        ]
        return Outcomes(view.tenant.slug, outcomes)

    references = rows[0][1] if rows else {}
    return await _once(
        context, name, data, lambda: _tenant_of(context, references), run, _any_was_done
    )


async def key_of_ref(context: Context, meant: Meant) -> tuple[View, Key]:
    """The tenant and key that a reference means; a SIS id is looked up.

    Raises NotFound for a name that nothing has, and what references raise.
    """
    if meant.ref is None:
        found = read_id(meant.id or "", meant.kind)
        named = context.by_id(found.tenant, meant.kind, found.key)
        return context.view(named.session.slug), Key(meant.kind, found.key)
    target = ask_ref(context, None, meant.kind, meant.ref)
    if isinstance(target, Targeted):
        view, ask = context.view(target.session.slug), target.ask
    else:
        view, ask = context.selected(), target
    if isinstance(ask, ById):
        return view, Key(ask.kind, ask.id)
    answer = await view.session.load(ask, Wants())
    if not isinstance(answer, Record):
        raise NotFound(f"the vendor knows no such {meant.kind}, or hides it")
    return view, answer.key


async def _ready(context: Context, data: Any, references: References, make: Make) -> _Row:
    """One row's change, with everything looked up that it names."""
    view: View | None = None
    keys: dict[str, Key] = {}
    at: str | None = None
    try:
        for name, meant in references.items():
            at = name
            if meant is None:
                continue
            its_view, key = await key_of_ref(context, meant)
            if view is not None and its_view is not view:
                raise BadInput("this names an object of another tenant than the rest of the input")
            view, keys[name] = its_view, key
        at = None
        view = view or context.selected()
        _check_scope(context, view)
        problem = foreign_block(view.tenant.vendor, data)
        if problem is not None:
            return _Row(view, None, problem)
        skip = frozenset({*references, "idempotency_key"})
        values, options = read_values(context, view, data, skip)
        change = make(data, keys, values, options)
        if isinstance(change, Act) and change.name in TOKEN_ACTS:
            _check_scope(context, view, Scope.ADMIN)
        return _Row(view, change)
    except (BadInput, NotFound) as error:
        return _Row(view, None, Problem(error.code, error.message, at))


def _check_scope(context: Context, view: View, scope: Scope = Scope.WRITE) -> None:
    if not context.has_scope(view.tenant.slug, scope):
        raise ScopeRequired(f"this change needs the {scope} scope")


def _tenant_of(context: Context, references: References) -> str:
    """The tenant that a mutation belongs to, as far as its first reference tells without a call."""
    for meant in references.values():
        if meant is None:
            continue
        id = meant.id if meant.ref is None else given(meant.ref.id)
        if id is not None:
            return read_id(id).tenant
        break
    return context.selected().tenant.slug


async def _once(
    context: Context,
    name: str,
    data: Any,
    tenant: Callable[[], str],
    run: Callable[[], Awaitable[T]],
    was_done: Callable[[T], bool],
) -> T:
    key = given(data.idempotency_key)
    if key is None:
        return await run()
    scope = (context.caller.name or "", tenant(), name, str(key))
    digest = sha256(repr(data).encode()).hexdigest()
    outcome: T = await context.shared.ledger.once(scope, digest, run, was_done)
    return outcome


async def _read_first(info: Info, view: View, changes: Sequence[Change]) -> None:
    """Know what is selected of objects before they are gone.

    One that cannot be read is left to the vendor to refuse.
    """
    keys = dict.fromkeys(change.key for change in changes if isinstance(change, Remove))
    selected = info.context.wants(info).children.values() if keys else ()

    async def read(key: Key, wants: Wants) -> None:
        with suppress(LmsError):
            # What hangs below is asked for afterwards, as of any object.
            await view.session.load(ById(key.kind, key.id), Wants(wants.facets))

    await asyncio.gather(*(read(key, wants) for wants in selected for key in keys))


async def _send(view: View, changes: Sequence[Change]) -> Sequence[Result]:
    """Carry changes out; afterwards the session knows only what was learnt since."""
    session = view.session
    before = session.store
    session.begin_anew()
    try:
        # What is removed may be told from what was read before; all else must be read again.
        store = before if isinstance(changes[0], Remove) else session.store
        results = await session.backend.change(changes, store)
    except LmsError as error:
        error.tenant, error.vendor = session.slug, session.backend.vendor
        raise
    for result in results:
        if result.error is not None:
            result.error.tenant = session.slug
            result.error.vendor = session.backend.vendor
    return results


def _outcome(
    view: View,
    result: Result,
    index: int,
    prefix: tuple[str, ...],
    change: Change | None = None,
    *,
    is_reference: bool = False,
) -> Outcome:
    """`is_reference`: the row at `prefix` is what it names, and has no fields of its own."""
    errors = [
        UserError(
            code=p.code,
            message=p.message,
            field=list(prefix) if is_reference and p.field else path_of(p.field, prefix),
        )
        for p in result.problems
    ]
    if result.error is not None:
        errors.append(UserError(code=result.error.code, message=result.error.message, field=None))
    removed = isinstance(change, Remove)
    record = result.record
    return Outcome(
        tenant=view.tenant.slug,
        status=result.status,
        index=index,
        key=None if record is None or removed else record.key,
        former=record if removed else None,
        errors=errors,
        detail=dict(result.detail),
        error=result.error,
        of=change.of if isinstance(change, Act) else None,
    )


def _of(problem: Problem | None) -> Sequence[Problem]:
    return () if problem is None else (problem,)


def _was_done(outcome: Outcome) -> bool:
    return outcome.status is not Status.REFUSED


def _any_was_done(outcomes: Outcomes) -> bool:
    return any(map(_was_done, outcomes.results))
