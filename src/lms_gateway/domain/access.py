"""Who may come in, and how far: the words that configuration and tenancy share."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Scope(StrEnum):
    """What a caller may do at a tenant. None of them implies another."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Access(StrEnum):
    """How callers prove that they may use a tenant."""

    KEY = "key"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that was handed out. Only its SHA-256 is kept: the key itself cannot be told from it.

    From the start of the day `expires` (UTC) the key is refused; None: it never expires.
    """

    name: str
    sha256: bytes
    tenants: frozenset[str]
    scopes: frozenset[Scope]
    expires: date | None = None
