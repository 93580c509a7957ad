"""A vendor call and its reply, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from lms_gateway.domain.errors import UpstreamInvalid

Params = tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """One request to a vendor, below the tenant's `base_url`.

    `path` is already percent-encoded and begins with a slash; `endpoint` is its template
    (`/courses/:id/sections`), the label of metrics and logs: it never holds an id.
    `safe` calls may be repeated. A multiget is a POST and safe.
    """

    path: str
    endpoint: str
    params: Params = ()
    method: str = "GET"
    json: Any = None  # encoded as the body where not None
    safe: bool = True

    @property
    def is_plain_read(self) -> bool:
        """Whether its URL tells all that is asked, and asking changes nothing."""
        return self.safe and self.method == "GET" and self.json is None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def decode(self) -> Any:
        """The body as JSON. Raises UpstreamInvalid where it is none; the message holds no body."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UpstreamInvalid("the vendor's reply is not JSON") from None
