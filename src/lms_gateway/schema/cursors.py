"""Cursors: a position in a vendor's listing, sealed for one connection.

base64url of an HMAC and the position as JSON. The HMAC's key is the tenant credential's, and its
text begins with what the cursor is bound to: the connection, its parent, its arguments. So a cursor
survives restarts, works on any replica, and is of no use anywhere else.
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
    """The cursors of one connection: of one ask, as one field of a tenant makes it."""

    __slots__ = ("_field", "_key", "_load", "_slug")

    def __init__(self, key: bytes, slug: str, field: str, load: Any) -> None:
        """`ask` is a frozen value whose repr tells all of it: parent, kind, filter; any page."""
        self._key = key
        self._slug = slug
        self._field = field
        self._load = load

    def encode(self, position: Position) -> str:
        """Seal a position."""
        payload = msgspec.json.encode(position)
        return urlsafe_b64encode(self._sign(payload) + payload).rstrip(b"=").decode()

    def decode(self, cursor: str) -> Position:
        """The position that was sealed. Raises BadInput for a cursor of anything else."""
        try:
            signed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (binascii.Error, UnicodeError, ValueError):
            signed = b""
        signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(payload)):
            raise BadInput("after: not a cursor of this connection with these arguments")
        return tuple(msgspec.json.decode(payload, type=list[str | int]))

    def _sign(self, payload: bytes) -> bytes:
        # Most answers tell no cursor, so what they are bound to is put into words here.
        load = replace(self._load, page=PageRequest())
        binding = f"{self._slug}|{self._field}|{load!r}".encode()
        return hmac.digest(self._key, binding + b"\0" + payload, "sha256")[:_SIGNATURE_BYTES]
