"""What a resolver's value is, told by its class: each class is looked at once."""

from typing import Any, Final

from graphql import Undefined

PLAIN: Final = 0
NULL: Final = 1
FAILED: Final = 2  # an exception, as a value
LATE: Final = 3  # an awaitable

_NULLS: Final = (type(None), type(Undefined))
_MOST: Final = 10_000
"""Classes made at run time must not pile up."""


class _Kinds(dict[type, int]):
    def __missing__(self, cls: type) -> int:
        if cls in _NULLS:
            kind = NULL
        elif issubclass(cls, Exception):
            kind = FAILED
        else:
            kind = LATE if hasattr(cls, "__await__") else PLAIN
        if len(self) > _MOST:
            self.clear()
        self[cls] = kind
        return kind


KINDS: Final = _Kinds()
"""The kind of values by their class."""


def is_late(value: Any) -> bool:
    """Whether a value has to be waited for."""
    return KINDS[type(value)] == LATE
