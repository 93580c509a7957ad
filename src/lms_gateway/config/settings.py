"""Settings that were checked: whoever holds one need not ask again whether it is right."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lms_gateway.domain.access import Access, ApiKey
from lms_gateway.domain.record import Vendor


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that no log and no traceback shows; `source` says where it came from.

    Two secrets are equal where value and source are, so a rotated file is seen as a change.
    """

    _value: str
    source: str  # `env NAME`, `file PATH` or `literal`

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    @property
    def is_literal(self) -> bool:
        """Whether it stands in the configuration itself, where it does not belong."""
        return self.source == LITERAL

    def __repr__(self) -> str:
        return f"Secret({self.source})"

    __str__ = __repr__


LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class CanvasToken:
    """A Canvas access token that does not expire by itself."""

    token: Secret


@dataclass(frozen=True, slots=True)
class CanvasOAuth2:
    """A Canvas developer key and a refresh token that its access tokens come from."""

    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


@dataclass(frozen=True, slots=True)
class SchoologyOAuth1:
    """A Schoology consumer key; with a token (three-legged) or without (two-legged)."""

    consumer_key: Secret
    consumer_secret: Secret
    token: Secret | None = None
    token_secret: Secret | None = None


Credentials = CanvasToken | CanvasOAuth2 | SchoologyOAuth1


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One `[[tenant]]`. Two that are equal can share a backend."""

    slug: str
    name: str
    vendor: Vendor
    base_url: str  # without a slash at the end
    credentials: Credentials
    hosts: frozenset[str] = frozenset()  # lower case, without ports
    time_zone: str | None = None  # an IANA name
    access: Access = Access.KEY


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[limits]`: how much one request may ask for. Times are in seconds."""

    max_body_bytes: int = 1_048_576
    max_depth: int = 15
    max_aliases: int = 200
    max_tokens: int = 10_000
    request_timeout: float = 30.0
    drain_timeout: float = 30.0
    max_calls_per_credential: int = 10


TRANSPORTS = ("auto", "httpx", "asyncio")
"""What vendors can be called over."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """`[transport]`: over what vendors are called."""

    kind: str = "auto"  # one of TRANSPORTS
    connections: int = 100  # to one host, in each worker


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration, free of contradictions. `path` is where it came from, if a file."""

    host: str
    port: int
    tenants: tuple[TenantSettings, ...]
    api_keys: tuple[ApiKey, ...] = ()
    default_tenant: str | None = None
    limits: LimitSettings = LimitSettings()
    transport: TransportSettings = TransportSettings()
    path: Path | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What is allowed and yet unwise, in words for an operator."""


CREDENTIALS: Mapping[Vendor, Mapping[str, type[Credentials]]] = MappingProxyType(
    {
        Vendor.CANVAS: MappingProxyType({"token": CanvasToken, "oauth2": CanvasOAuth2}),
        Vendor.SCHOOLOGY: MappingProxyType({"oauth1": SchoologyOAuth1}),
    }
)
"""The kinds of credentials that each vendor takes."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
