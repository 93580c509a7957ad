"""Cache of results that depend on the records of a school."""

from collections.abc import Callable
from typing import Any, TypeVar

from lms_sandbox.data.school import School

T = TypeVar("T")


class VersionedCache:
    """Results computed from a school; cleared when the school changes."""

    def __init__(self, school: School, max_entries: int = 512) -> None:
        self._school, self._max_entries = school, max_entries
        self._version = school.version
        self._entries: dict[Any, Any] = {}

    def get(self, key: Any, compute: Callable[[], T]) -> T:
        """Return the cached result for `key`; compute and store it if it is missing."""
        if self._version != self._school.version or len(self._entries) > self._max_entries:
            self._entries.clear()
            self._version = self._school.version
        if key not in self._entries:
            self._entries[key] = compute()
        value: T = self._entries[key]
        return value
