"""Reads Schoology's rejections of writes.

Their bodies are empty or a bare sentence; the form is not published. A sentence is quoted only if
it is short and contains no address.

https://developers.schoology.com/api-documentation/rest-api-v1 (Bulk, Examples)
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from lms_gateway.domain.errors import LmsError, RateLimited, UpstreamInvalid
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.vendor_policy import rate_limited
from lms_gateway.vendors.shared.errors import WriteRejected
from lms_gateway.vendors.shared.json_values import Row

MAX_QUOTE_LENGTH = 200
RATE_LIMIT_INTERVAL = 5.0
"""Seconds of the vendor's rate window; the delay if a rejection has no `Retry-After`."""


class UnexpectedStatus(UpstreamInvalid):
    """An undocumented status that says that a write was not executed (405, 415)."""


def read_rejection(reply: Reply) -> LmsError | None:
    """Return the error of a reply to a write, None if the status alone determines it."""
    match reply.status:
        case 400 | 409 | 422:
            return WriteRejected(reply.status, vendor_message=rejection_message(reply.body))
        case 401 | 403 | 404 | 410 | 429:
            return None
        case status if 400 <= status < 500:
            return UnexpectedStatus(f"the vendor answered a write with status {status}")
        case _:
            return None


def rejection_message(body: bytes) -> str | None:
    """Return the sentence of a rejection (bare, JSON text or under a key), None if unquotable."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoded = body.decode("utf-8", "replace")
    return quotable(row_message(decoded) if isinstance(decoded, Mapping) else decoded)


def row_message(row: Row) -> Any:
    """Return the sentence of a failed row; the key is not published, both occur."""
    return row.get("message") or row.get("error")


def quotable(value: Any) -> str | None:
    """Return a vendor's sentence in one line, None if it may contain more than it should."""
    if not isinstance(value, str):
        return None
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    if not line or len(line) > MAX_QUOTE_LENGTH or "@" in line or "<" in line:
        return None
    return line


def rate_limit_error(reply: Reply) -> RateLimited:
    """Return the error of a 429, of a call or of a row."""
    error = rate_limited(reply, RATE_LIMIT_INTERVAL)
    # The header's unit is not published. More than a minute must be milliseconds, because the
    # window is five seconds.
    return RateLimited(error.retry_after / 1000) if error.retry_after > 60 else error
