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
class LoggedRequest:
    """One request; `status` is 0 until it is answered, and stays 0 where it never was."""

    vendor: Vendor
    method: str
    path: str  # below the vendor's own address, still percent-encoded
    query: str  # as it was sent
    credential: str  # a short hash; "" where none was shown
    credits: int  # Schoology: GET 1, POST, PUT and DELETE 3; Canvas: 0
    concurrency: int  # of this vendor, this one included, as it arrived
    received_at: float  # by the sandbox's clock
    status: int = 0
    multiget_paths: list[str] = field(default_factory=list)  # what a multiget asked for

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
            "in_flight": self.concurrency,
            "at": self.received_at,
            "inner": list(self.multiget_paths),
        }


class RequestLog:
    """Every request since the last `clear`: totals for all, entries for the newest `keep`."""

    def __init__(self, max_entries: int = 20_000) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=max_entries)
        self._concurrency: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self.clear()

    def clear(self) -> None:
        """Forget what was asked. Requests in flight stay counted as being in flight."""
        self._entries.clear()
        self._requests: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self._credits: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self._peak_concurrency: dict[Vendor, int] = dict(self._concurrency)

    def begin(
        self,
        vendor: Vendor,
        method: str,
        path: str,
        query: str,
        *,
        credential: str = "",
        credits: int = 0,
        received_at: float = 0.0,
    ) -> LoggedRequest:
        """Take note of a request as it arrives; `finish` must follow."""
        self._concurrency[vendor] += 1
        self._peak_concurrency[vendor] = max(
            self._peak_concurrency[vendor], self._concurrency[vendor]
        )
        self._requests[vendor] += 1
        self._credits[vendor] += credits
        entry = LoggedRequest(
            vendor, method, path, query, credential, credits, self._concurrency[vendor], received_at
        )
        self._entries.append(entry)
        return entry

    def finish(self, entry: LoggedRequest) -> None:
        """Take note that a request left, answered or not."""
        self._concurrency[entry.vendor] -= 1

    def entries(self, vendor: Vendor | None = None) -> list[LoggedRequest]:
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

    def peak_concurrency(self, vendor: Vendor) -> int:
        """The most that were in flight at one time."""
        return self._peak_concurrency[vendor]

    def concurrency(self, vendor: Vendor) -> int:
        """How many are in flight now."""
        return self._concurrency[vendor]

    def to_json(self) -> dict[str, Any]:
        """What `GET /_sandbox/log` answers."""
        return {
            "entries": [entry.to_json() for entry in self.entries()],
            "requests": dict(self._requests),
            "credits": dict(self._credits),
            "max_in_flight": dict(self._peak_concurrency),
        }


def short_hash(secret: str) -> str:
    """Eight hexadecimal digits that tell credentials apart and nothing else; "" for none."""
    return sha256(secret.encode()).hexdigest()[:8] if secret else ""
