"""The rate limit of Schoology: credits per key and time window.

PowerSchool's system requirements: 50 credits in 5 seconds; a GET costs 1, a write 3.
"""

from dataclasses import dataclass

from lms_sandbox.schoology.quirks import SchoologyQuirks


@dataclass(slots=True)
class _Window:
    opened_at: float
    spent: int


class CreditLimiter:
    """Counts the credits of each key. A window opens with the first request in it."""

    def __init__(self, quirks: SchoologyQuirks) -> None:
        self._quirks = quirks
        self._windows: dict[str, _Window] = {}

    def spend(self, key: str, cost: int, now: float) -> float | None:
        """Charge `cost` to `key` at `now` (epoch seconds).

        Return None if the key has enough credits. Otherwise charge nothing and return the seconds
        until the window closes.
        """
        # With 50 credits in 5 s: 50 GETs from 0.0 to 3.0 s open a window at 0.0 and use it up. The
        # next GET at 3.0 s must wait 2.0 s; one at 5.0 s opens the next window.
        window = self._windows.get(key)
        if window is None or now >= window.opened_at + self._quirks.window or now < window.opened_at:
            window = self._windows[key] = _Window(now, 0)
        if window.spent + cost > self._quirks.credits_per_window:
            return window.opened_at + self._quirks.window - now
        window.spent += cost
        return None

    def charge(self, key: str, cost: int) -> None:
        """Charge the rows of a multiget to the open window, even beyond its limit."""
        if window := self._windows.get(key):
            window.spent += cost
