"""`_entities`: the objects to which the router of a federated graph refers.

Strawberry passes a representation to `resolve_reference` without validation. A malformed one would
be an internal error that fails all representations of the request; here it fails alone.
"""

from collections.abc import Mapping
from inspect import signature
from typing import Any

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.schema.declarations.record_fields import Info

_KEYS = frozenset({"id", "tenantSlug", "vendorId"})


def resolve_entity(info: Info, type_map: Mapping[str, Any], representation: Any) -> Any:
    """Return the object of a representation, an awaitable of it, or the error of this item."""
    try:
        resolve_reference, keys = _parse_representation(type_map, representation)
        return resolve_reference(info=info, **keys)
    except LmsError as error:
        return error  # raised at the path of the item


def _parse_representation(type_map: Mapping[str, Any], representation: Any) -> tuple[Any, dict[str, str]]:
    """Return the entity's `resolve_reference` and its key. Raises BadInput if there is none."""
    values = representation if isinstance(representation, Mapping) else {}
    name = values.get("__typename")
    entity_type = type_map.get(name) if isinstance(name, str) else None
    origin = getattr(getattr(entity_type, "definition", None), "origin", None)
    resolve_reference = getattr(origin, "resolve_reference", None)
    if resolve_reference is None:
        raise BadInput("representations: `__typename` must be an entity of this schema")
    # A router may send more than the key: that is ignored.
    accepted_keys = _KEYS & signature(resolve_reference).parameters.keys()
    keys = {key: str(values[key]) for key in accepted_keys if _is_id(values.get(key))}
    if "id" not in keys and not {"tenantSlug", "vendorId"} <= keys.keys():
        raise BadInput(f"representations: must contain a key of {name}")
    return resolve_reference, keys


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
