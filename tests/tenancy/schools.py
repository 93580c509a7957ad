"""Tenants and keys without backends."""

from collections.abc import Collection
from datetime import date
from typing import Any, cast

from lms_gateway.domain.access import Access, ApiKey, Scope
from lms_gateway.domain.record import Vendor
from lms_gateway.tenancy import Tenant, hash_key, new_key


def make_tenant(slug: str, *, open: bool = False, hosts: Collection[str] = ()) -> Tenant:
    """Return a Canvas tenant that is open or requires a key."""
    return Tenant(
        slug=slug,
        name=slug.title(),
        vendor=Vendor.CANVAS,
        access=Access.OPEN if open else Access.KEY,
        hosts=frozenset(hosts),
        time_zone=None,
        backend=cast(Any, None),
    )


def make_api_key(
    name: str,
    *,
    tenants: Collection[str],
    scopes: Collection[Scope] = (Scope.READ,),
    expires: date | None = None,
) -> tuple[str, ApiKey]:
    """Return a new key and its entry in the configuration."""
    key = new_key()
    return key, ApiKey(name, hash_key(key), frozenset(tenants), frozenset(scopes), expires)
