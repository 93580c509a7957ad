"""Call and Reply: a vendor call and its reply as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from lms_gateway.domain.errors import UpstreamInvalid

Params = tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """One request to a vendor, relative to the tenant's `base_url`.

    `path` begins with a slash and is percent-encoded. `endpoint` is its template
    (`/courses/:id/sections`), the label of metrics and logs; it contains no id. A `safe` call can
    be retried; a multiget is a POST and safe.
    """

    path: str
    endpoint: str
    params: Params = ()
    method: str = "GET"
    json: Any = None  # the body before encoding; None: no body
    safe: bool = True

    @property
    def is_plain_read(self) -> bool:
        """Whether it is a safe GET without a body, so that equal calls can share a reply."""
        return self.safe and self.method == "GET" and self.json is None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def decode(self) -> Any:
        """Return the parsed JSON body. Raises UpstreamInvalid, whose message omits the body."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UpstreamInvalid("the vendor's reply is not JSON") from None
