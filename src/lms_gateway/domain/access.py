"""Access control types, shared by configuration and tenancy."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Scope(StrEnum):
    """Permission of an API key at a tenant. Scopes are independent of each other."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Access(StrEnum):
    """How callers of a tenant authenticate: with an API key, or not at all."""

    KEY = "key"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, stored as its SHA-256 only.

    The key is rejected from the start of the day `expires` (UTC). None: it does not expire.
    """

    name: str
    sha256: bytes
    tenants: frozenset[str]
    scopes: frozenset[Scope]
    expires: date | None = None
