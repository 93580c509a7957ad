"""References: what clients send to say which object they mean."""

from collections.abc import Sequence
from typing import Any

import strawberry

from lms_gateway.domain.asks import Alias, Ask, ByAlias, ById, RootAccount
from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.execution import Wants
from lms_gateway.schema.context import MOST_ROWS, Context
from lms_gateway.schema.ids import read_id
from lms_gateway.schema.names import camel
from lms_gateway.schema.sources import Targeted

_LONGEST_TEXT = 1000
"""Characters of what becomes part of a vendor's URL: no name is so long, and URLs have an end."""


@strawberry.input
class _Names:
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
class SectionRef(_Names):
    pass


@strawberry.input(one_of=True, description="Which course: exactly one of these.")
class CourseRef(_Names):
    pass


@strawberry.input(one_of=True, description="Which user: exactly one of these.")
class UserRef(_Names):
    login_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name that the user signs in with, within the selected tenant "
        "(Canvas only).",
    )


@strawberry.input(one_of=True, description="Which account: exactly one of these.")
class AccountRef(_Names):
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


def ask_ref(context: Context, source: object, kind: Kind, ref: Ref) -> Targeted | Ask:
    """What a reference asks for; `source` is the field's: a tenant, or None for the query.

    Raises BadInput for what is no id or name, TenantForbidden for an id out of reach,
    TenantRequired where the reference needs a tenant and none is selected.
    """
    name, value = next((n, v) for n, v in vars(ref).items() if v is not strawberry.UNSET)
    if name == "id":
        found = read_id(value, kind)
        return context.by_id(found.tenant, kind, found.key, source)
    view = context.view_of(source)
    if name == "vendor_id":
        return ById(kind, view.session.backend.canonical_id(kind, value))
    if name == "root":
        if not value:
            raise BadInput("root: only true makes sense; leave it out otherwise")
        return RootAccount()
    check_text(camel(name), value)
    return ByAlias(kind, _ALIASES[name], value)


def ask_refs(context: Context, source: object, kind: Kind, refs: Sequence[Ref]) -> list[Any]:
    """What a list of references asks for, in order; one that is wrong is its own item's error."""
    if len(refs) > MOST_ROWS:
        raise BadInput(f"refs: at most {MOST_ROWS} at a time")
    context.count_references(len(refs))
    asked: list[Any] = []
    for ref in refs:
        try:
            asked.append(ask_ref(context, source, kind, ref))
        except LmsError as error:
            asked.append(error)  # raised at the item's own path
    return asked


async def look_up(context: Context, source: object, kind: Kind, ref: Ref) -> Key | None:
    """The key that a reference means; a name is looked up. None where nothing has it."""
    target = ask_ref(context, source, kind, ref)
    if isinstance(target, Targeted):
        if target.session is not context.view_of(source).session:
            raise BadInput("the reference names an object of another tenant")
        target = target.ask
    if isinstance(target, ById):
        return Key(target.kind, target.id)
    answer = await context.view_of(source).session.load(target, Wants())
    return answer.key if isinstance(answer, Record) else None


def key_of(context: Context, source: object, kind: Kind, id: strawberry.ID) -> str:
    """The key of an id in a filter or input: it must be of the field's own tenant.

    Raises BadInput for another kind or tenant, TenantForbidden for a tenant out of reach.
    """
    found = read_id(id, kind)
    view = context.view_of(source)
    if found.tenant != view.tenant.slug:
        context.view(found.tenant)  # out of reach: refused like any unknown tenant
        raise BadInput("the id names an object of another tenant")
    context.by_id(found.tenant, kind, found.key)
    return found.key


def check_text(name: str, text: str) -> None:
    """Raises BadInput for a text that is empty, or longer than any name."""
    if not text.strip():
        raise BadInput(f"{name}: must not be empty")
    if len(text) > _LONGEST_TEXT:
        raise BadInput(f"{name}: must not be longer than {_LONGEST_TEXT} characters")
