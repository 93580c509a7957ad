"""`_entities`: the objects that a federated graph's router refers to.

Strawberry passes what a representation holds to `resolve_reference` as it comes, so that one which
is malformed fails as an internal error, and with it all others of the request.
"""

from collections.abc import Mapping
from inspect import signature
from typing import Any

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.schema.declarations.record_fields import Info

_KEYS = frozenset({"id", "tenantSlug", "vendorId"})


def resolve_entity(info: Info, type_map: Mapping[str, Any], representation: Any) -> Any:
    """The object that a representation stands for, an awaitable of it, or the item's own error."""
    try:
        resolve_reference, keys = _parse_representation(type_map, representation)
        return resolve_reference(info=info, **keys)
    except LmsError as error:
        return error  # raised at the item's own path


def _parse_representation(
    type_map: Mapping[str, Any], representation: Any
) -> tuple[Any, dict[str, str]]:
    """Which entity's `resolve_reference`, and the key to give it. Raises BadInput for any other."""
    values = representation if isinstance(representation, Mapping) else {}
    name = values.get("__typename")
    entity_type = type_map.get(name) if isinstance(name, str) else None
    origin = getattr(getattr(entity_type, "definition", None), "origin", None)
    resolve_reference = getattr(origin, "resolve_reference", None)
    if resolve_reference is None:
        raise BadInput("representations: `__typename` must name an entity of this schema")
    # What a router sends along besides the key is not ours to judge.
    accepted_keys = _KEYS & signature(resolve_reference).parameters.keys()
    keys = {key: str(values[key]) for key in accepted_keys if _is_id(values.get(key))}
    if "id" not in keys and not {"tenantSlug", "vendorId"} <= keys.keys():
        raise BadInput(f"representations: this is no key of {name}")
    return resolve_reference, keys


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
