"""Kinds of resolved values, determined once per class."""

from typing import Any, Final

from graphql import Undefined

PLAIN: Final = 0
NULL: Final = 1
EXCEPTION: Final = 2  # an exception, as a value
AWAITABLE: Final = 3  # an awaitable

_NULL_CLASSES: Final = (type(None), type(Undefined))
_MAX_CLASSES: Final = 10_000
"""Bounds the cache: a program may create classes at run time."""


class _ValueKinds(dict[type, int]):
    def __missing__(self, cls: type) -> int:
        if cls in _NULL_CLASSES:
            kind = NULL
        elif issubclass(cls, Exception):
            kind = EXCEPTION
        else:
            kind = AWAITABLE if hasattr(cls, "__await__") else PLAIN
        if len(self) > _MAX_CLASSES:
            self.clear()
        self[cls] = kind
        return kind


VALUE_KINDS: Final = _ValueKinds()
"""Class of a value → its kind."""


def is_awaitable_value(value: Any) -> bool:
    """Return whether a value must be awaited."""
    return VALUE_KINDS[type(value)] == AWAITABLE
