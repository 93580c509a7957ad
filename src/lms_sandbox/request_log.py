"""Log of the requests that the simulator received. Served at `/_sandbox/log`."""

from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

Vendor = Literal["canvas", "schoology"]
VENDORS: tuple[Vendor, ...] = ("canvas", "schoology")


@dataclass(slots=True)
class LoggedRequest:
    """One request. `status` is 0 until the response starts, and remains 0 without a response."""

    vendor: Vendor
    method: str
    path: str  # relative to the vendor's mount path, percent-encoded
    query: str  # as sent, percent-encoded
    credential: str  # a short hash; "" if there was none
    credits: int  # Schoology: GET 1, POST, PUT and DELETE 3; Canvas: 0
    concurrency: int  # requests of this vendor in progress at arrival, including this one
    received_at: float  # seconds since 1970, by the simulator's clock
    status: int = 0
    multiget_paths: list[str] = field(default_factory=list)  # the paths that a multiget contains

    @property
    def params(self) -> list[tuple[str, str]]:
        """The decoded query parameters, in the order sent."""
        return parse_qsl(self.query, keep_blank_values=True)

    def __str__(self) -> str:
        """Return method, decoded path and query: `GET /courses/1/sections?include[]=students`."""
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
    """The requests since the last `clear`: totals of all, entries of the last `max_entries`."""

    def __init__(self, max_entries: int = 20_000) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=max_entries)
        self._concurrency: dict[Vendor, int] = dict.fromkeys(VENDORS, 0)
        self.clear()

    def clear(self) -> None:
        """Remove all entries and totals. Requests in progress remain counted as concurrent."""
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
        """Add a request at its arrival. `finish` must be called for the returned entry."""
        self._concurrency[vendor] += 1
        self._peak_concurrency[vendor] = max(self._peak_concurrency[vendor], self._concurrency[vendor])
        self._requests[vendor] += 1
        self._credits[vendor] += credits
        entry = LoggedRequest(
            vendor, method, path, query, credential, credits, self._concurrency[vendor], received_at
        )
        self._entries.append(entry)
        return entry

    def finish(self, entry: LoggedRequest) -> None:
        """Record that a request has ended, with or without a response."""
        self._concurrency[entry.vendor] -= 1

    def entries(self, vendor: Vendor | None = None) -> list[LoggedRequest]:
        """Return the entries, of one vendor or of both, in the order of arrival."""
        # Copy first: a server in another thread may append while this iterates.
        return [entry for entry in list(self._entries) if vendor in (None, entry.vendor)]

    def calls(self, vendor: Vendor | None = None) -> list[str]:
        """Return each request as one line: method, decoded path and query."""
        return [str(entry) for entry in self.entries(vendor)]

    def requests(self, vendor: Vendor | None = None) -> int:
        """Return the number of requests, including those whose entries were dropped."""
        return sum(self._requests.values()) if vendor is None else self._requests[vendor]

    def credits(self, vendor: Vendor = "schoology") -> int:
        """Return the sum of the credits that the requests cost."""
        return self._credits[vendor]

    def peak_concurrency(self, vendor: Vendor) -> int:
        """Return the highest number of requests that were in progress at the same time."""
        return self._peak_concurrency[vendor]

    def concurrency(self, vendor: Vendor) -> int:
        """Return the number of requests in progress now."""
        return self._concurrency[vendor]

    def to_json(self) -> dict[str, Any]:
        """Return the body of `GET /_sandbox/log`."""
        return {
            "entries": [entry.to_json() for entry in self.entries()],
            "requests": dict(self._requests),
            "credits": dict(self._credits),
            "max_in_flight": dict(self._peak_concurrency),
        }


def short_hash(secret: str) -> str:
    """Return eight hexadecimal digits that identify a credential without exposing it."""
    return sha256(secret.encode()).hexdigest()[:8] if secret else ""
