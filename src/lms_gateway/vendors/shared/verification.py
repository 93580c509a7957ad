"""Compares what a vendor stored with what was sent."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one vendor's stored values differ in form from the values sent, by field name."""

    unordered: Set[str] = frozenset()
    rewritten: Set[str] = frozenset()  # the vendor changes the text: only presence is compared
    optional: Set[str] = frozenset()  # replies may leave them out, though they are stored
    always_returned: Set[str] = frozenset()  # a reply without a value sent did not store it
    equal: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=dict)
    keeps_types: bool = False  # replies have the types that were sent: only text is normalized

    def differences(self, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
        """Return the names of the values that were not stored as sent.

        A value without a stored counterpart counts as stored, unless it is `always_returned`.
        """
        return [
            name
            for name, value in sent.items()
            if (
                not self.is_same(name, value, stored[name])
                if name in stored
                else value and name in self.always_returned
            )
        ]

    def is_same(self, name: str, sent: Any, stored: Any) -> bool:
        """Return whether the stored value is the one sent, in whichever form."""
        if name in self.equal:
            return self.equal[name](sent, stored)
        if sent == stored or (stored is None and name in self.optional):
            return True
        if sent and isinstance(sent, Mapping) and isinstance(stored, Mapping):
            return all(self.is_same(name, value, stored.get(key)) for key, value in sent.items())
        if self.keeps_types and name not in self.unordered and not isinstance(sent, Mapping):
            return isinstance(sent, str) and sent.strip() == (stored or "").strip()
        if not sent or not stored:
            return not sent and not stored  # None, "", 0 and False all mean unset
        if name in self.rewritten:
            return True
        if name in self.unordered:
            return set(sent) == set(stored)
        if isinstance(sent, datetime):
            return isinstance(stored, datetime) and abs((sent - stored).total_seconds()) < 1
        if isinstance(sent, Mapping):
            return False
        if isinstance(sent, bool) or isinstance(stored, bool):
            return bool(sent) is bool(stored)
        # Vendors cut off blanks at the ends, and return numbers as text.
        return str(sent).strip() == str(stored).strip() or _is_same_number(sent, stored)


def _is_same_number(sent: Any, stored: Any) -> bool:
    try:
        return float(sent) == float(stored)
    except (TypeError, ValueError):
        return False
