"""Declarations of fields that one operation of a vendor answers.

    settings = operation("course_settings", CourseSettings, "Settings (Canvas only).")

The names are those of `domain.loads.OperationLoad`; the parent is the record that has the field.
"""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Annotated, Any

import strawberry
from strawberry.parent import StrawberryParent

from lms_gateway.domain.loads import Arguments, Load, OperationListLoad, OperationLoad
from lms_gateway.domain.record import Record
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.record_fields import Connection, Info, makes_load

_SOURCE: Any = Annotated[Any, StrawberryParent()]
"""The annotation of a resolver's first parameter: the source of the field."""

NAMES = {"names": (list[str] | None, "Permissions to return; all if omitted.")}
SEARCH = {"search": (str | None, "Part of the name.")}
"""Arguments that several operations have: their type and description."""


def present_arguments(**arguments: Any) -> Arguments:
    """Return the arguments that have a value, lists as tuples: equal loads must be equal values.

    A flag that is false has no value.
    """
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in arguments.items()
        if unset_to_none(value) is not None and value is not False
    )


def argument(type_: Any, description: str) -> Any:
    """Return the annotation of an argument."""
    return Annotated[type_, strawberry.argument(description=description)]


def operation(name: str, returns: Any, description: str, /, **arguments: tuple[Any, str]) -> Any:
    """Return a field that an operation answers with one value."""
    return load_field(
        _loader(OperationLoad, name, arguments),
        returns=returns | None,
        description=description,
        can_prefetch=True,
    )


def operation_list(name: str, returns: Any, description: str, /, **arguments: tuple[Any, str]) -> Any:
    """Return a field that an operation answers with a whole list."""
    return operation(name, list[returns], description, **arguments)


def operation_connection(name: str, returns: Any, description: str, /, **arguments: tuple[Any, str]) -> Any:
    """Return a connection that an operation answers page by page."""
    return connection(
        _loader(OperationListLoad, name, arguments),
        returns=Connection[returns] | None,
        description=description,
    )


def _loader(
    load: type[OperationLoad | OperationListLoad], name: str, arguments: dict[str, tuple[Any, str]]
) -> Callable[..., Load]:
    def make_load(root: Any, info: Info, **values: Any) -> Load:
        parent = root.key if isinstance(root, Record) else None
        # In the order of the declaration: that of the document must not make loads different.
        ordered = {argument: values.get(argument) for argument in arguments}
        return load(name, parent, present_arguments(**ordered))

    # Strawberry reads the arguments of the field from the signature.
    make_load.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=_SOURCE),
            Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
            *(
                Parameter(
                    argument_name,
                    Parameter.KEYWORD_ONLY,
                    default=_default(type_),
                    annotation=argument(type_, description),
                )
                for argument_name, (type_, description) in arguments.items()
            ),
        ]
    )
    return makes_load(OperationLoad)(make_load)


def _default(type_: Any) -> Any:
    """Return the default of an argument: flags are false, optional arguments may be omitted."""
    if type_ is bool:
        return False
    return strawberry.UNSET if type(None) in getattr(type_, "__args__", ()) else Parameter.empty
