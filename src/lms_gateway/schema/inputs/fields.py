"""Declarations of inputs and their fields."""

from collections.abc import Callable
from inspect import get_annotations
from typing import Any, TypeVar
from uuid import UUID

import strawberry

T = TypeVar("T")

OPTION = "option"
"""Key of a field's metadata: the field controls the operation and is not stored."""

LIMITED = "limited"
"""Key of a field's metadata: a vendor may not support it. `schema.capabilities` lists it."""


def required(description: str) -> Any:
    """Return a field that must be given."""
    return strawberry.field(description=description)


def defaulted(default: object, description: str) -> Any:
    """Return a field with a default."""
    return strawberry.field(default=default, description=description)


def optional(description: str, **metadata: Any) -> Any:
    """Return a field that can be omitted; null unsets the value."""
    return strawberry.field(default=strawberry.UNSET, description=description, metadata=metadata)


def limited(description: str) -> Any:
    """Return an optional field that a vendor may not support."""
    return optional(description, **{LIMITED: True})


def option(description: str) -> Any:
    """Return a field that controls the operation."""
    return optional(description, **{OPTION: True})


def canvas_block(object_name: str) -> Any:
    """Return the field of the values that only Canvas supports."""
    return limited(f"Values of the {object_name} that only Canvas supports.")


def schoology_block(object_name: str) -> Any:
    """Return the field of the values that only Schoology supports."""
    return limited(f"Values of the {object_name} that only Schoology supports.")


def mutation_input(description: str) -> Callable[[type[T]], type[T]]:
    """Declare the input of a mutation: its fields and `idempotencyKey`."""
    key = (
        "Makes a repeated request safe for 24 hours: the same key with the same input returns the "
        "first payload; with another input it is a CONFLICT."
    )

    def declare(cls: type[T]) -> type[T]:
        cls.__annotations__ = get_annotations(cls) | {"idempotency_key": UUID | None}
        setattr(cls, "idempotency_key", optional(key))  # noqa: B010 - the type does not declare it
        return strawberry.input(cls, description=description)

    return declare
