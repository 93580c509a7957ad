"""Schoology's rate limit: credits per window and key.

PowerSchool's system requirements: 50 request credits in 5 seconds; a GET costs 1, a write 3.
"""

from dataclasses import dataclass

from lms_sandbox.schoology.quirks import SchoologyQuirks


@dataclass(slots=True)
class _Window:
    opened_at: float
    spent: int


class CreditLimiter:
    """What each key has left in its window; a window opens with the first request in it."""

    def __init__(self, quirks: SchoologyQuirks) -> None:
        self._quirks = quirks
        self._windows: dict[str, _Window] = {}

    def spend(self, key: str, cost: int, now: float) -> float | None:
        """Charge `cost` to `key` at `now`; tell the seconds to wait where it cannot be paid.

        None: paid. A refused request is not charged.
        """
        window = self._windows.get(key)
        if (
            window is None
            or now >= window.opened_at + self._quirks.window
            or now < window.opened_at
        ):
            window = self._windows[key] = _Window(now, 0)
        if window.spent + cost > self._quirks.credits_per_window:
            return window.opened_at + self._quirks.window - now
        window.spent += cost
        return None

    def charge(self, key: str, cost: int) -> None:
        """Add `cost` to `key`'s open window, even beyond its limit (what a reply turned out to
        cost)."""
        if window := self._windows.get(key):
            window.spent += cost
