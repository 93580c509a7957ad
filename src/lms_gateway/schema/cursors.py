"""Cursors: a position in a vendor's listing, sealed for one connection.

base64url of an HMAC and the position as JSON. The HMAC's key is the tenant credential's, and its
text begins with what the cursor is bound to: the connection, its parent, its arguments. So a cursor
survives restarts, works on any replica, and is of no use anywhere else.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from lms_gateway.domain.asks import Position
from lms_gateway.domain.errors import BadInput

_SEAL_BYTES = 12


def write_cursor(key: bytes, binding: str, position: Position) -> str:
    """Seal a position for the connection that `binding` describes."""
    payload = msgspec.json.encode(position)
    return urlsafe_b64encode(_seal(key, binding, payload) + payload).rstrip(b"=").decode()


def read_cursor(key: bytes, binding: str, cursor: str) -> Position:
    """The position that was sealed. Raises BadInput for any other cursor than this connection's."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (binascii.Error, UnicodeError, ValueError):
        raw = b""
    seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(key, binding, payload)):
        raise BadInput("after: not a cursor of this connection with these arguments")
    return tuple(msgspec.json.decode(payload, type=list[str | int]))


def _seal(key: bytes, binding: str, payload: bytes) -> bytes:
    return hmac.digest(key, binding.encode() + b"\0" + payload, "sha256")[:_SEAL_BYTES]
