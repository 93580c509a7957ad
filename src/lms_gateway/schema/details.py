"""Fields that one operation of a vendor tells, beside an object's facets."""

from typing import Any

from lms_gateway.domain.asks import Arguments
from lms_gateway.execution import listed, loaded
from lms_gateway.schema.context import given
from lms_gateway.schema.fields import Connection


def arguments(**named: Any) -> Arguments:
    """The arguments that were given; lists as tuples, so that equal asks are one."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in named.items()
        if given(value) is not None
    )


def one(ask: Any, returns: Any, name: str, description: str, *, follows: bool = True) -> Any:
    """A field that tells one thing. `follows`: it needs no more of its object than the identity."""
    return loaded(ask, returns=returns | None, name=name, description=description, follows=follows)


def several(ask: Any, returns: Any, name: str, description: str) -> Any:
    """A field that tells a list as a whole."""
    return loaded(
        ask, returns=list[returns] | None, name=name, description=description, follows=True
    )


def plain_list(ask: Any, returns: Any, name: str, description: str) -> Any:
    """A connection of what an operation tells page by page."""
    return listed(
        ask,
        returns=Connection[returns] | None,
        name=name,
        description=description,
    )
