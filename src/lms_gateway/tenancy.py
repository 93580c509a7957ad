"""Callers, their API keys, and the tenant that a request selects."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lms_gateway.domain.access import Access, ApiKey, Scope
from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import BadInput, TenantForbidden, Unauthenticated
from lms_gateway.domain.record import Vendor

__all__ = ["Access", "ApiKey", "Caller", "Scope", "Tenant", "Tenants", "hash_key", "new_key"]

KEY_PREFIX = "lgw_"

_ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A school with its vendor's backend."""

    slug: str
    name: str
    vendor: Vendor
    access: Access
    hosts: frozenset[str]
    time_zone: str | None
    backend: Backend
    viewer_is_service: bool = True


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request. `name` is the API key's name; None: anonymous."""

    name: str | None
    tenants: frozenset[str]
    scopes: frozenset[Scope]


class Tenants:
    """The tenants and API keys of one configuration snapshot."""

    def __init__(
        self,
        tenants: Iterable[Tenant],
        *,
        keys: Iterable[ApiKey] = (),
        default: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tenants = {tenant.slug: tenant for tenant in tenants}
        self._hosts = {
            host.lower(): tenant.slug for tenant in self._tenants.values() for host in tenant.hosts
        }
        self._keys = tuple(keys)
        self._default = default
        self._now = now
        self._anonymous = Caller(
            name=None,
            tenants=frozenset(
                open_tenant.slug
                for open_tenant in self._tenants.values()
                if open_tenant.access is Access.OPEN
            ),
            scopes=frozenset(),
        )

    def authenticate(self, authorization: str | None) -> Caller:
        """Return the caller of an Authorization header; None: anonymous, for open tenants only.

        Raises Unauthenticated if the key is unknown or has expired; the error does not say which.
        """
        if authorization is None:
            return self._anonymous
        scheme, _, token = authorization.strip().partition(" ")
        key = self._find_key(token.strip())
        if scheme.lower() != "bearer" or key is None or self._has_expired(key):
            raise Unauthenticated("the API key is unknown or has expired")
        return Caller(name=key.name, tenants=key.tenants, scopes=key.scopes)

    def is_own_host(self, host: str | None) -> bool:
        """Return whether a Host header names loopback or a host of the configuration."""
        if host is None:
            return False
        name = _without_port(host)
        return name in self._hosts or _is_loopback_name(name)

    def denied_caller(self) -> Caller:
        """Return a caller without tenants, for requests to an unknown host (DNS rebinding)."""
        return Caller(name=None, tenants=frozenset(), scopes=frozenset())

    def accessible(self, caller: Caller) -> Sequence[Tenant]:
        """Return the tenants that the caller may use, in the order of the configuration."""
        return [tenant for slug, tenant in self._tenants.items() if slug in caller.tenants]

    def get(self, caller: Caller, slug: str) -> Tenant:
        """Return the tenant of a slug.

        Raises TenantForbidden if it does not exist or the caller may not use it.
        """
        # Both are always looked up, so that the response time does not reveal which it is.
        tenant = self._tenants.get(slug)
        allowed = slug in caller.tenants
        if tenant is None or not allowed:
            raise TenantForbidden
        return tenant

    def select(
        self,
        caller: Caller,
        *,
        path: str | None = None,
        header: str | None = None,
        host: str | None = None,
        reading: bool,
    ) -> Tenant | None:
        """Return the tenant that a request selects; None if it selects none.

        In this order: the slug in the path, the X-Tenant header, the Host header (with or without
        a port), the only tenant of the caller, the default tenant (if `reading`). A blank header
        is ignored. Raises BadInput if path and header differ, TenantForbidden if the tenant is
        unknown or the caller may not use it.
        """
        header = (header or "").strip() or None
        if path is not None and header is not None and path != header:
            raise BadInput("the path and header X-Tenant name different tenants; send only one of them")
        slug = path if path is not None else header or self._slug_of_host(host)
        if slug is not None:
            return self.get(caller, slug)
        accessible = caller.tenants & self._tenants.keys()
        if len(accessible) == 1:
            return self._tenants[next(iter(accessible))]
        if reading and self._default is not None and self._default in caller.tenants:
            return self._tenants.get(self._default)
        return None

    def scopes(self, caller: Caller, tenant: Tenant) -> frozenset[Scope]:
        """Return the caller's scopes at a tenant: all if it is open, else those of the API key.

        Empty if the caller may not use the tenant.
        """
        if tenant.slug not in caller.tenants:
            return frozenset()
        return _ALL_SCOPES if tenant.access is Access.OPEN else caller.scopes

    def _find_key(self, token: str) -> ApiKey | None:
        """Find the API key of a token by its hash, in constant time."""
        digest = hash_key(token)
        matching_key: ApiKey | None = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, digest):
                matching_key = key
        return matching_key

    def _has_expired(self, key: ApiKey) -> bool:
        return key.expires is not None and self._now().astimezone(UTC).date() >= key.expires

    def _slug_of_host(self, host: str | None) -> str | None:
        return None if host is None else self._hosts.get(_without_port(host))


def new_key() -> str:
    """Return a new API key with 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Return the SHA-256 of a key. Keys are random, so a salt or a slow hash is not needed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _without_port(host: str) -> str:
    """Return the host name of a Host header: lower case, without port and trailing dot."""
    name, colon, port = host.strip().rpartition(":")
    if not colon or not (port.isdigit() or not port):
        name = host.strip()
    return name.lower().removesuffix(".")


def _is_loopback_name(name: str) -> bool:
    """Return whether a host name resolves to loopback only."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
