"""Who asks, which tenants they may use, and which one a request belongs to."""

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
    """A school on one vendor, with the backend that answers for it."""

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
    """Whoever asks. `name` is the key's; None: anonymous. `tenants` are the slugs they may use."""

    name: str | None
    tenants: frozenset[str]
    scopes: frozenset[Scope]


class Tenants:
    """The tenants of one generation of the configuration, and the keys to them."""

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
        """Tell the caller from the Authorization header; None: anonymous, for open tenants only.

        Raises Unauthenticated for anything but a key that is known and has not expired, without
        saying which of the two it was.
        """
        if authorization is None:
            return self._anonymous
        scheme, _, token = authorization.strip().partition(" ")
        key = self._find_key(token.strip())
        if scheme.lower() != "bearer" or key is None or self._has_expired(key):
            raise Unauthenticated("the API key is unknown or has expired")
        return Caller(name=key.name, tenants=key.tenants, scopes=key.scopes)

    def is_own_host(self, host: str | None) -> bool:
        """Whether a Host header names this machine itself, or a host of the configuration."""
        if host is None:
            return False
        name = _without_port(host)
        return name in self._hosts or _is_loopback_name(name)

    def denied_caller(self) -> Caller:
        """A caller who may use nothing: a page that another host's name brought here."""
        return Caller(name=None, tenants=frozenset(), scopes=frozenset())

    def accessible(self, caller: Caller) -> Sequence[Tenant]:
        """The tenants that the caller may use, in the order of the configuration."""
        return [tenant for slug, tenant in self._tenants.items() if slug in caller.tenants]

    def get(self, caller: Caller, slug: str) -> Tenant:
        """The tenant of that slug.

        Raises TenantForbidden both where there is none and where the caller may not use it.
        """
        # Both are always looked up, so that the time taken does not tell the two refusals apart.
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
        """The tenant that a request belongs to, or None where nothing tells.

        In this order: the slug in the path, the X-Tenant header, the Host header (with or without
        a port), the only tenant that the caller may use, the default (where `reading`). A blank
        header counts as none. Raises BadInput where path and header disagree, TenantForbidden
        where what was named is unknown or not for this caller.
        """
        header = (header or "").strip() or None
        if path is not None and header is not None and path != header:
            raise BadInput("the path and the X-Tenant header name different tenants; send only one")
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
        """What the caller may do at the tenant: everything where it is open, else as the key says.

        Empty where the caller may not use the tenant.
        """
        if tenant.slug not in caller.tenants:
            return frozenset()
        return _ALL_SCOPES if tenant.access is Access.OPEN else caller.scopes

    def _find_key(self, token: str) -> ApiKey | None:
        """Look the token up by its hash, at a cost that does not depend on where it stands."""
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
    """A new API key, with 256 bits from the system's source of randomness."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """The SHA-256 by which a key is looked up.

    A plain hash is enough: keys are random, so there is no dictionary to try.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _without_port(host: str) -> str:
    """A Host header's name in lower case, without port and without the root's dot."""
    name, colon, port = host.strip().rpartition(":")
    if not colon or not (port.isdigit() or not port):
        name = host.strip()
    return name.lower().removesuffix(".")


def _is_loopback_name(name: str) -> bool:
    """Whether a host's name is one that no other machine can answer to."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
