"""Fields that one operation of a vendor tells, beside an object's facets."""

from typing import Any

from lms_gateway.domain.loads import Arguments
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.record_fields import Connection


def present_arguments(**named: Any) -> Arguments:
    """The arguments that were given; lists as tuples, so that equal asks are one."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in named.items()
        if unset_to_none(value) is not None
    )


def operation(
    make_load: Any, returns: Any, name: str, description: str, *, follows: bool = True
) -> Any:
    """A field that tells one thing. `follows`: it needs no more of its object than the identity."""
    return load_field(
        make_load, returns=returns | None, name=name, description=description, can_prefetch=follows
    )


def operation_list(make_load: Any, returns: Any, name: str, description: str) -> Any:
    """A field that tells a list as a whole."""
    return load_field(
        make_load,
        returns=list[returns] | None,
        name=name,
        description=description,
        can_prefetch=True,
    )


def operation_connection(make_load: Any, returns: Any, name: str, description: str) -> Any:
    """A connection of what an operation tells page by page."""
    return connection(
        make_load,
        returns=Connection[returns] | None,
        name=name,
        description=description,
    )
