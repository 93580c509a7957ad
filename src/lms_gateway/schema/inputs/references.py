"""References: inputs that identify an object, and the loads that find it."""

from collections.abc import Sequence
from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import Alias, ByAlias, ById, Load, RootAccount
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.schema.context import MAX_ROWS, Context
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.inputs.fields import optional
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import CrossTenantLoad

_MAX_TEXT_LENGTH = 1000
"""Maximum length of a text that becomes part of a vendor's URL, in characters."""


@strawberry.input
class _BaseRef:
    """The fields that all references have."""

    id: strawberry.ID | None = optional("Global id. It identifies the tenant, so none is required.")
    vendor_id: strawberry.ID | None = optional("The vendor's id, in the selected tenant.")
    sis_id: str | None = optional("Id in the student information system, in the selected tenant.")
    integration_id: str | None = optional("Integration id, in the selected tenant (Canvas only).")


@strawberry.input(one_of=True, description="A section: exactly one of these fields.")
class SectionRef(_BaseRef):
    pass


@strawberry.input(one_of=True, description="A course: exactly one of these fields.")
class CourseRef(_BaseRef):
    pass


@strawberry.input(one_of=True, description="A user: exactly one of these fields.")
class UserRef(_BaseRef):
    login_id: str | None = optional("Name to sign in with, in the selected tenant (Canvas only).")


@strawberry.input(one_of=True, description="An account: exactly one of these fields.")
class AccountRef(_BaseRef):
    root: bool | None = optional("The root account of the tenant; must be `true` or omitted.")


Ref = SectionRef | CourseRef | UserRef | AccountRef

_ALIASES = {"sis_id": Alias.SIS_ID, "integration_id": Alias.INTEGRATION_ID, "login_id": Alias.LOGIN_ID}


def load_for_reference(context: Context, source: object, kind: Kind, ref: Ref) -> CrossTenantLoad | Load:
    """Return the load of a reference. `source` is the field's: a tenant, or None for the query.

    Raises BadInput for an invalid id or alias, TenantForbidden for an id of a tenant that is not
    accessible, TenantRequired if the reference needs a tenant and none is selected.
    """
    name, value = next((name, value) for name, value in vars(ref).items() if value is not strawberry.UNSET)
    if name == "id":
        global_id = decode_id(value, kind)
        return context.load_by_global_id(global_id.tenant, kind, global_id.key, source)
    tenant_scope = context.tenant_scope_of(source)
    if name == "vendor_id":
        return ById(kind, tenant_scope.session.backend.canonical_id(kind, value))
    if name == "root":
        if not value:
            raise BadInput("root: must be true or omitted")
        return RootAccount()
    validate_text(camel_case(name), value)
    return ByAlias(kind, _ALIASES[name], value)


def loads_for_references(context: Context, source: object, kind: Kind, refs: Sequence[Ref]) -> list[Any]:
    """Return the loads of references in their order. An invalid reference is an error item."""
    if len(refs) > MAX_ROWS:
        raise BadInput(f"refs: must not contain more than {MAX_ROWS} references")
    context.count_references(len(refs))
    loads: list[Any] = []
    for ref in refs:
        try:
            loads.append(load_for_reference(context, source, kind, ref))
        except LmsError as error:
            loads.append(error)  # raised at the path of the item
    return loads


async def resolve_key(context: Context, source: object, kind: Kind, ref: Ref) -> Key | None:
    """Return the key of a reference; an alias is looked up. None if nothing has the alias."""
    target = load_for_reference(context, source, kind, ref)
    if isinstance(target, CrossTenantLoad):
        if target.session is not context.tenant_scope_of(source).session:
            raise BadInput("the reference must name an object of the field's tenant")
        target = target.load
    if isinstance(target, ById):
        return Key(target.kind, target.id)
    record = await context.tenant_scope_of(source).session.load(target, Projection())
    return record.key if isinstance(record, Record) else None


def key_from_global_id(context: Context, source: object, kind: Kind, id: strawberry.ID) -> str:
    """Return the key of a global id, which must belong to the field's own tenant.

    Raises BadInput for another kind or tenant, TenantForbidden if the tenant is not accessible.
    """
    global_id = decode_id(id, kind)
    tenant_scope = context.tenant_scope_of(source)
    if global_id.tenant != tenant_scope.tenant.slug:
        context.tenant_scope(global_id.tenant)  # rejected as an unknown tenant is
        raise BadInput("the id must name an object of the field's tenant")
    context.load_by_global_id(global_id.tenant, kind, global_id.key)
    return global_id.key


def validate_text(name: str, text: str) -> None:
    """Raise BadInput for a text that is empty or too long."""
    if not text.strip():
        raise BadInput(f"{name}: must not be empty")
    if len(text) > _MAX_TEXT_LENGTH:
        raise BadInput(f"{name}: must not be longer than {_MAX_TEXT_LENGTH} characters")
