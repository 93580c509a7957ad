"""Global ids: opaque to clients. Each identifies its tenant.

An id is the base64url of `slug:kind:key` without padding. It is neither secret nor signed: whether
the caller may use the tenant is checked wherever an id is accepted.
"""

import binascii
from base64 import urlsafe_b64decode
from typing import NamedTuple

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import ById, Load, OperationLoad
from lms_gateway.domain.record import Key, Kind

TENANT = "tenant"

_KIND_LETTERS: dict[str, str] = {
    Kind.SECTION: "s",
    Kind.COURSE: "c",
    Kind.USER: "u",
    Kind.ENROLLMENT: "e",
    Kind.TERM: "t",
    Kind.ACCOUNT: "a",
    Kind.PROGRESS: "p",
    Kind.CALENDAR: "l",
    Kind.NOTIFICATION: "i",
    Kind.REPORT: "r",
    Kind.TOKEN: "k",
    TENANT: "n",
}
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KINDS = {letter: kind for kind, letter in _KIND_LETTERS.items()}

INVALID_ID = "invalid id"


class GlobalId(NamedTuple):
    """The parts of an id. `kind` is a Kind, or `tenant` with an empty `key`."""

    tenant: str
    kind: str
    key: str


def encode_id(tenant: str, kind: str, key: str) -> str:
    """Return the global id of an object."""
    text = f"{tenant}:{_KIND_LETTERS[kind]}:{key}"
    encoded = binascii.b2a_base64(text.encode(), newline=False)
    return encoded.translate(_URL_SAFE).rstrip(b"=").decode()


def decode_id(text: str, kind: str | None = None) -> GlobalId:
    """Return the parts of an id. Raises BadInput if it is invalid or has another kind."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        tenant, letter, key = raw.split(":")
        global_id = GlobalId(tenant, _KINDS[letter], key)
    except (binascii.Error, UnicodeError, ValueError, KeyError):
        raise BadInput(INVALID_ID) from None
    if encode_id(*global_id) != text or (global_id.kind == TENANT) != (not key):
        raise BadInput(INVALID_ID)
    if kind is not None and global_id.kind != kind:
        raise BadInput(f"id: must identify a {kind}, not a {global_id.kind}")
    return global_id


def load_for_global_id(kind: Kind, key: str) -> Load:
    """Return the load of the object of a global id."""
    owner, _, rest = key.partition(".")
    match kind:
        case Kind.CALENDAR:
            return OperationLoad("calendar", Key(Kind.ACCOUNT, key))
        case Kind.NOTIFICATION:
            return OperationLoad("notification", Key(Kind.ACCOUNT, owner), (("id", rest),))
        case Kind.REPORT:
            name, _, id = rest.rpartition(".")
            return OperationLoad("report", Key(Kind.ACCOUNT, owner), (("report", name), ("id", id)))
        case Kind.TOKEN:
            return OperationLoad("access_token", Key(Kind.USER, owner), (("id", rest),))
        case _:
            return ById(kind, key)
