"""Validated settings."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lms_gateway.domain.access import Access, ApiKey
from lms_gateway.domain.record import Vendor


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that does not appear in logs and tracebacks.

    Secrets are equal if value and source are equal, so a reload detects a rotated file.
    """

    _value: str
    source: str  # `env NAME`, `file PATH` or `literal`

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    @property
    def is_literal(self) -> bool:
        """Whether the value is in the configuration file itself, which is not recommended."""
        return self.source == LITERAL

    def __repr__(self) -> str:
        return f"Secret({self.source})"

    __str__ = __repr__


LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class CanvasToken:
    """A Canvas access token that does not expire."""

    token: Secret


@dataclass(frozen=True, slots=True)
class CanvasOAuth2:
    """A Canvas developer key with a refresh token, which yields access tokens."""

    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


@dataclass(frozen=True, slots=True)
class SchoologyOAuth1:
    """A Schoology consumer key, with a token (three-legged) or without (two-legged)."""

    consumer_key: Secret
    consumer_secret: Secret
    token: Secret | None = None
    token_secret: Secret | None = None


Credentials = CanvasToken | CanvasOAuth2 | SchoologyOAuth1


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One `[[tenant]]`."""

    slug: str
    name: str
    vendor: Vendor
    base_url: str  # without a trailing slash
    credentials: Credentials
    hosts: frozenset[str] = frozenset()  # lower case, without ports
    time_zone: str | None = None  # an IANA name
    access: Access = Access.KEY


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[limits]`: limits of one request. Durations are in seconds."""

    max_body_bytes: int = 1_048_576
    max_depth: int = 15
    max_aliases: int = 200
    max_tokens: int = 10_000
    request_timeout: float = 30.0
    drain_timeout: float = 30.0
    max_calls_per_credential: int = 10


LIMITS: Mapping[str, tuple[str, int, int]] = MappingProxyType(
    {
        "max_body_bytes": ("max_body_bytes", 1024, 1 << 30),
        "max_depth": ("max_depth", 1, 1000),
        "max_aliases": ("max_aliases", 1, 1_000_000),
        "max_tokens": ("max_tokens", 1, 10_000_000),
        "request_timeout": ("request_timeout", 0, 3600),
        "drain_timeout": ("drain_timeout", 0, 3600),
        "in_flight_per_credential": ("max_calls_per_credential", 1, 1000),
    }
)
"""Key of `[limits]` → field of LimitSettings, minimum and maximum. A float excludes its minimum."""

TRANSPORTS = ("auto", "httpx", "asyncio")
"""The kinds of transports."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """`[transport]`: the transport for vendor calls."""

    kind: str = "auto"  # one of TRANSPORTS
    connections: int = 100  # per host and worker process


@dataclass(frozen=True, slots=True)
class Settings:
    """A complete, consistent configuration. `path` is its file, if there is one."""

    host: str
    port: int
    tenants: tuple[TenantSettings, ...]
    api_keys: tuple[ApiKey, ...] = ()
    default_tenant: str | None = None
    limits: LimitSettings = LimitSettings()
    transport: TransportSettings = TransportSettings()
    path: Path | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Messages about risky settings, for operators."""


CREDENTIALS: Mapping[Vendor, Mapping[str, type[Credentials]]] = MappingProxyType(
    {
        Vendor.CANVAS: MappingProxyType({"token": CanvasToken, "oauth2": CanvasOAuth2}),
        Vendor.SCHOOLOGY: MappingProxyType({"oauth1": SchoologyOAuth1}),
    }
)
"""Kinds of credentials by vendor."""


def is_loopback(host: str) -> bool:
    """Return whether a host is loopback: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
