"""Conversion of an input to a command: references, scope, values and options.

A field of the input is a value of the same name. The fields of a vendor's block have the prefix
`canvas.` or `schoology.`. An omitted field is not a value; null is the value None. Fields with the
metadata `OPTION` are options.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.access import Scope
from lms_gateway.domain.commands import Command, InputProblem, VendorOperation
from lms_gateway.domain.errors import BadInput, NotFound, ScopeRequired
from lms_gateway.domain.loads import ById
from lms_gateway.domain.models import Meeting
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record, Vendor
from lms_gateway.schema.context import MAX_ROWS, Context
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.inputs.fields import OPTION
from lms_gateway.schema.inputs.references import AccountRef, Ref, key_from_global_id, load_for_reference
from lms_gateway.schema.mutations.commands import CommandBuilder, ResolvedInput
from lms_gateway.schema.naming import camel_case
from lms_gateway.schema.sources import CrossTenantLoad, TenantScope

_ID_VALUES: Mapping[str, tuple[str, Kind]] = {
    "term": ("term_id", Kind.TERM),
    "terms": ("term_ids", Kind.TERM),
}
"""Input fields that contain global ids: the name of the value, and the kind of the objects."""

_FIELD_NAMES = {value: name for name, (value, _) in _ID_VALUES.items()} | {
    "account_id": "account",
    "user_id": "user",
}

TOKEN_OPERATIONS = frozenset({"create_access_token", "update_access_token", "delete_access_token"})
"""Operations on secrets: they require the `admin` scope."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference of an input: a reference input, or a global id."""

    kind: Kind
    value: Ref | str

    @classmethod
    def each(cls, field: str, kind: Kind, values: Sequence[Ref | str]) -> "dict[str, Reference | None]":
        """Return the references of a list: `field.0`, `field.1` and so on. Raises BadInput."""
        if not 0 < len(values) <= MAX_ROWS:
            raise BadInput(f"input.{field}: must contain 1 to {MAX_ROWS} {field}")
        return {f"{field}.{index}": cls(kind, value) for index, value in enumerate(values)}


References = Mapping[str, Reference | None]
"""References by the name of their input field; None if it was omitted."""


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A command that is ready to be executed, or the problem that prevents it."""

    tenant_scope: TenantScope | None
    command: Command | None
    problem: InputProblem | None = None


async def resolve_reference(context: Context, reference: Reference) -> tuple[TenantScope, Key]:
    """Return the tenant and key of a reference. A SIS id or another alias is looked up.

    Raises NotFound if nothing has the alias, and the errors of `load_for_reference`.
    """
    value, kind = reference.value, reference.kind
    if isinstance(value, str):
        global_id = decode_id(value, kind)
        found = context.load_by_global_id(global_id.tenant, kind, global_id.key)
        return context.tenant_scope(found.session.slug), Key(kind, global_id.key)
    target = load_for_reference(context, None, kind, value)
    if isinstance(target, CrossTenantLoad):
        tenant_scope, load = context.tenant_scope(target.session.slug), target.load
    else:
        tenant_scope, load = context.selected_tenant_scope(), target
    if isinstance(load, ById):
        return tenant_scope, Key(load.kind, load.id)
    record = await tenant_scope.session.load(load, Projection())
    if not isinstance(record, Record):
        raise NotFound(f"{kind} not found or not visible")
    return tenant_scope, record.key


async def prepare(
    context: Context, builder: CommandBuilder, row: Any, data: Any, references: References
) -> PreparedRow:
    """Resolve the references of a row and make its command."""
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
                raise BadInput("the reference must name an object of the input's tenant")
            tenant_scope, keys[name] = reference_scope, key
        field = None
        tenant_scope = tenant_scope or context.selected_tenant_scope()
        require_scope(context, tenant_scope)
        problem = foreign_block_problem(tenant_scope.tenant.vendor, row)
        if problem is not None:
            return PreparedRow(tenant_scope, None, problem)
        skipped_fields = frozenset({*references, "idempotency_key"})
        fields_of_row = None if isinstance(row, Ref) else row
        values, options = read_values(context, tenant_scope, fields_of_row, skipped_fields)
        command = builder.build(ResolvedInput(row, data, keys, values, options))
        if isinstance(command, VendorOperation) and command.name in TOKEN_OPERATIONS:
            require_scope(context, tenant_scope, Scope.ADMIN)
        return PreparedRow(tenant_scope, command)
    except (BadInput, NotFound) as error:
        return PreparedRow(tenant_scope, None, InputProblem(error.code, error.message, field))


def require_scope(context: Context, tenant_scope: TenantScope, scope: Scope = Scope.WRITE) -> None:
    if not context.has_scope(tenant_scope.tenant.slug, scope):
        raise ScopeRequired(f"this mutation requires the {scope} scope")


def read_values(
    context: Context, tenant_scope: TenantScope, data: object, skipped_fields: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values and options of an input. Nested `sections` are pairs of the two.

    Raises BadInput for ids of another kind or tenant.
    """
    values: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, value, is_option in _present_fields(data):
        if name in skipped_fields:
            continue
        if name in ("canvas", "schoology"):
            for inner_name, inner_value, inner_is_option in _present_fields(value):
                destination = options if inner_is_option else values
                destination[f"{name}.{inner_name}"] = _plain_value(inner_value)
        elif name in _ID_VALUES:
            value_name, kind = _ID_VALUES[name]
            values[value_name] = _keys(context, tenant_scope, kind, value)
        elif name == "meeting":
            values[name] = value and Meeting(
                tuple(value.days), value.start_time or None, value.end_time or None
            )
        elif name == "sections":
            values[name] = tuple(read_values(context, tenant_scope, section) for section in value or ())
        elif not isinstance(value, AccountRef):
            (options if is_option else values)[name] = _plain_value(value)
    return values, options


def foreign_block_problem(vendor: Vendor, data: Any) -> InputProblem | None:
    """Return the problem of an input that contains the block of another vendor."""
    other_vendor = "schoology" if vendor is Vendor.CANVAS else "canvas"
    if getattr(data, other_vendor, None):
        message = f"must be omitted: this tenant is on {vendor.name.title()}"
        return InputProblem("BAD_USER_INPUT", message, other_vendor)
    return None


def error_path(name: str | None, prefix: tuple[str, ...]) -> list[str] | None:
    """Return the path of a value in the mutation's arguments; None for the whole input."""
    if name is None:
        return None
    return [*prefix, *(camel_case(_FIELD_NAMES.get(part, part)) for part in name.split("."))]


def _present_fields(data: Any) -> list[tuple[str, Any, bool]]:
    """Return name, value and `is_option` of the fields of an input that were not omitted."""
    if data is None:
        return []
    definition = type(data).__strawberry_definition__
    option_names = {field.python_name for field in definition.fields if field.metadata.get(OPTION)}
    return [
        (field.name, getattr(data, field.name), field.name in option_names)
        for field in fields(data)
        if getattr(data, field.name) is not strawberry.UNSET
    ]


def _plain_value(value: Any) -> Any:
    """Return a vendor's enum as the vendor's word, and a nested input as a dictionary."""
    if isinstance(value, Enum) and not type(value).__module__.startswith("lms_gateway.domain"):
        return value.value
    if isinstance(value, list):
        return tuple(_plain_value(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain_value(inner_value) for name, inner_value, _ in _present_fields(value)}
    return value


def _keys(context: Context, tenant_scope: TenantScope, kind: Kind, ids: Any) -> Any:
    if ids is None:
        return None
    if isinstance(ids, list):
        return tuple(key_from_global_id(context, tenant_scope, kind, id) for id in ids)
    return key_from_global_id(context, tenant_scope, kind, ids)
