"""What the sandbox was asked: read by tests, and over HTTP at `/_sandbox/log`."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

Vendor = Literal["canvas", "schoology"]
VENDORS: tuple[Vendor, ...] = ("canvas", "schoology")


@dataclass(slots=True)
class Entry:
    """One request; `status` is 0 until it is answered, and stays 0 where it never was."""

    vendor: Vendor
    method: str
    path: str  # below the vendor's own address, still percent-encoded
    query: str  # as it was sent
    credential: str  # a short hash; "" where none was shown
    credits: int  # Schoology: GET 1, POST, PUT and DELETE 3; Canvas: 0
    in_flight: int  # of this vendor, this one included, as it arrived
    at: float  # by the sandbox's clock
    status: int = 0
    inner: list[str] = field(default_factory=list)  # what a multiget asked for

    @property
    def params(self) -> list[tuple[str, str]]:
        """The query, decoded, in the order it was sent."""
        return parse_qsl(self.query, keep_blank_values=True)

    def __str__(self) -> str:
        """Method, path and query, decoded: `GET /courses/1/sections?include[]=students`."""
        query = f"?{unquote(self.query)}" if self.query else ""
        return f"{self.method} {unquote(self.path)}{query}"

    def to_json(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "credential": self.credential,
            "credits": self.credits,
            "in_flight": self.in_flight,
            "at": self.at,
            "inner": list(self.inner),
        }


class RequestLog:
    """Every request since the last `clear`: totals for all, entries for the newest `keep`."""

    def __init__(self, keep: int = 20_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._in_flight: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self.clear()

    def clear(self) -> None:
        """Forget what was asked. Requests in flight stay counted as being in flight."""
        self._entries.clear()
        self._requests: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self._credits: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self._most: dict[Vendor, int] = dict(self._in_flight)

    def begin(
        self,
        vendor: Vendor,
        method: str,
        path: str,
        query: str,
        *,
        credential: str = "",
        credits: int = 0,
        at: float = 0.0,
    ) -> Entry:
        """Take note of a request as it arrives; `finish` must follow."""
        self._in_flight[vendor] += 1
        self._most[vendor] = max(self._most[vendor], self._in_flight[vendor])
        self._requests[vendor] += 1
        self._credits[vendor] += credits
        entry = Entry(vendor, method, path, query, credential, credits, self._in_flight[vendor], at)
        self._entries.append(entry)
        return entry

    def finish(self, entry: Entry) -> None:
        """Take note that a request left, answered or not."""
        self._in_flight[entry.vendor] -= 1

    def entries(self, vendor: Vendor | None = None) -> list[Entry]:
        """In the order they arrived."""
        # Copied first: a server in another thread may be adding to it.
        return [entry for entry in list(self._entries) if vendor in (None, entry.vendor)]

    def calls(self, vendor: Vendor | None = None) -> list[str]:
        """Each request as one decoded line."""
        return [str(entry) for entry in self.entries(vendor)]

    def requests(self, vendor: Vendor | None = None) -> int:
        """How many there were, those no longer kept too."""
        return sum(self._requests.values()) if vendor is None else self._requests[vendor]

    def credits(self, vendor: Vendor = "schoology") -> int:
        """What they cost."""
        return self._credits[vendor]

    def max_in_flight(self, vendor: Vendor) -> int:
        """The most that were in flight at one time."""
        return self._most[vendor]

    def in_flight(self, vendor: Vendor) -> int:
        """How many are in flight now."""
        return self._in_flight[vendor]

    def to_json(self) -> dict[str, Any]:
        """What `GET /_sandbox/log` answers."""
        return {
            "entries": [entry.to_json() for entry in self.entries()],
            "requests": dict(self._requests),
            "credits": dict(self._credits),
            "max_in_flight": dict(self._most),
        }


def short_hash(secret: str) -> str:
    """Eight hexadecimal digits that tell credentials apart and nothing else; "" for none."""
    return sha256(secret.encode()).hexdigest()[:8] if secret else ""
