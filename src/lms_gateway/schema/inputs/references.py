"""References: what clients send to say which object they mean."""

from collections.abc import Sequence
from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import Alias, ByAlias, ById, Load, RootAccount
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.schema.context import MAX_ROWS, Context
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import CrossTenantLoad

_MAX_TEXT_LENGTH = 1000
"""Characters of what becomes part of a vendor's URL: no name is so long, and URLs have an end."""


@strawberry.input
class _BaseRef:
    """The names that each of the references may give."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The gateway's own id. It names its tenant, so none needs to be selected.",
    )
    vendor_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The vendor's own id, within the selected tenant."
    )
    sis_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id that the school's information system gave, within the selected tenant.",
    )
    integration_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The integration id, within the selected tenant (Canvas only).",
    )


@strawberry.input(one_of=True, description="Which section: exactly one of these.")
class SectionRef(_BaseRef):
    pass


@strawberry.input(one_of=True, description="Which course: exactly one of these.")
class CourseRef(_BaseRef):
    pass


@strawberry.input(one_of=True, description="Which user: exactly one of these.")
class UserRef(_BaseRef):
    login_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name that the user signs in with, within the selected tenant "
        "(Canvas only).",
    )


@strawberry.input(one_of=True, description="Which account: exactly one of these.")
class AccountRef(_BaseRef):
    root: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="The selected tenant's outermost account; only `true` makes sense.",
    )


Ref = SectionRef | CourseRef | UserRef | AccountRef

_ALIASES = {
    "sis_id": Alias.SIS_ID,
    "integration_id": Alias.INTEGRATION_ID,
    "login_id": Alias.LOGIN_ID,
}


def load_for_reference(
    context: Context, source: object, kind: Kind, ref: Ref
) -> CrossTenantLoad | Load:
    """What a reference asks for; `source` is the field's: a tenant, or None for the query.

    Raises BadInput for what is no id or name, TenantForbidden for an id out of reach,
    TenantRequired where the reference needs a tenant and none is selected.
    """
    name, value = next((n, v) for n, v in vars(ref).items() if v is not strawberry.UNSET)
    if name == "id":
        global_id = decode_id(value, kind)
        return context.load_by_global_id(global_id.tenant, kind, global_id.key, source)
    tenant_scope = context.tenant_scope_of(source)
    if name == "vendor_id":
        return ById(kind, tenant_scope.session.backend.canonical_id(kind, value))
    if name == "root":
        if not value:
            raise BadInput("root: only true makes sense; leave it out otherwise")
        return RootAccount()
    validate_text(camel_case(name), value)
    return ByAlias(kind, _ALIASES[name], value)


def loads_for_references(
    context: Context, source: object, kind: Kind, refs: Sequence[Ref]
) -> list[Any]:
    """What a list of references asks for, in order; one that is wrong is its own item's error."""
    if len(refs) > MAX_ROWS:
        raise BadInput(f"refs: at most {MAX_ROWS} at a time")
    context.count_references(len(refs))
    loads: list[Any] = []
    for ref in refs:
        try:
            loads.append(load_for_reference(context, source, kind, ref))
        except LmsError as error:
            loads.append(error)  # raised at the item's own path
    return loads


async def resolve_key(context: Context, source: object, kind: Kind, ref: Ref) -> Key | None:
    """The key that a reference means; a name is looked up. None where nothing has it."""
    target = load_for_reference(context, source, kind, ref)
    if isinstance(target, CrossTenantLoad):
        if target.session is not context.tenant_scope_of(source).session:
            raise BadInput("the reference names an object of another tenant")
        target = target.load
    if isinstance(target, ById):
        return Key(target.kind, target.id)
    answer = await context.tenant_scope_of(source).session.load(target, Projection())
    return answer.key if isinstance(answer, Record) else None


def key_from_global_id(context: Context, source: object, kind: Kind, id: strawberry.ID) -> str:
    """The key of an id in a filter or input: it must be of the field's own tenant.

    Raises BadInput for another kind or tenant, TenantForbidden for a tenant out of reach.
    """
    global_id = decode_id(id, kind)
    tenant_scope = context.tenant_scope_of(source)
    if global_id.tenant != tenant_scope.tenant.slug:
        context.tenant_scope(global_id.tenant)  # out of reach: refused like any unknown tenant
        raise BadInput("the id names an object of another tenant")
    context.load_by_global_id(global_id.tenant, kind, global_id.key)
    return global_id.key


def validate_text(name: str, text: str) -> None:
    """Raises BadInput for a text that is empty, or longer than any name."""
    if not text.strip():
        raise BadInput(f"{name}: must not be empty")
    if len(text) > _MAX_TEXT_LENGTH:
        raise BadInput(f"{name}: must not be longer than {_MAX_TEXT_LENGTH} characters")
