"""Cursors: positions in a vendor's list, signed for one connection.

A cursor is the base64url of an HMAC and the position as JSON. The key of the HMAC belongs to the
tenant's credential. The signed text starts with the connection, its parent and its arguments. So a
cursor survives restarts, works on every replica, and is rejected everywhere else.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

import msgspec

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import PageRequest, Position

_SIGNATURE_BYTES = 12


class CursorCodec:
    """Encodes and decodes the cursors of one connection: of one load of one field of a tenant."""

    __slots__ = ("_field", "_key", "_load", "_slug")

    def __init__(self, key: bytes, slug: str, field: str, load: Any) -> None:
        """`load` is a frozen value whose repr contains the parent, the kind and the filter."""
        self._key = key
        self._slug = slug
        self._field = field
        self._load = load

    def encode(self, position: Position) -> str:
        """Return the cursor of a position."""
        payload = msgspec.json.encode(position)
        return urlsafe_b64encode(self._sign(payload) + payload).rstrip(b"=").decode()

    def decode(self, cursor: str) -> Position:
        """Return the position of a cursor. Raises BadInput for another connection's cursor."""
        try:
            signed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (binascii.Error, UnicodeError, ValueError):
            signed = b""
        signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(payload)):
            raise BadInput("after: must be a cursor of this connection with these arguments")
        return tuple(msgspec.json.decode(payload, type=list[str | int]))

    def _sign(self, payload: bytes) -> bytes:
        # Built here, because most responses contain no cursor. The page is not part of it.
        load = replace(self._load, page=PageRequest())
        binding = f"{self._slug}|{self._field}|{load!r}".encode()
        return hmac.digest(self._key, binding + b"\0" + payload, "sha256")[:_SIGNATURE_BYTES]
