"""Selection of the tenant of a request."""

import pytest

from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import BadInput, TenantForbidden
from lms_gateway.tenancy import Caller, Tenants
from tests.tenancy.schools import make_tenant

SCHOOLS = [
    make_tenant("maple", hosts=["Maple.Gateway.example"]),
    make_tenant("lakeside", hosts=["lakeside.gateway.example", "[::1]"]),
    make_tenant("cedar"),
]
BOTH = Caller("frontend", frozenset({"maple", "lakeside"}), frozenset({Scope.READ}))
ONE = Caller("kiosk", frozenset({"lakeside"}), frozenset({Scope.READ}))
NOBODY = Caller(None, frozenset(), frozenset())


def slug_of(caller: Caller = BOTH, *, default: str | None = None, **sent: str | bool) -> str | None:
    tenant = Tenants(SCHOOLS, default=default).select(caller, **{"reading": True, **sent})  # type: ignore[arg-type]
    return None if tenant is None else tenant.slug


def test_the_path_overrides_the_host() -> None:
    assert slug_of(path="lakeside", host="maple.gateway.example") == "lakeside"


def test_the_header_overrides_the_host() -> None:
    assert slug_of(header="lakeside", host="maple.gateway.example") == "lakeside"


def test_path_and_header_may_agree() -> None:
    assert slug_of(path="maple", header=" maple ") == "maple"


@pytest.mark.parametrize(("path", "header"), [("maple", "lakeside"), ("cedar", "nowhere")])
def test_different_tenants_in_path_and_header_are_bad_input(path: str, header: str) -> None:
    with pytest.raises(BadInput) as refused:
        slug_of(path=path, header=header)
    assert "X-Tenant" in refused.value.message


@pytest.mark.parametrize(
    "host",
    [
        "maple.gateway.example",
        "MAPLE.gateway.EXAMPLE:8000",
        "maple.gateway.example.",
        "maple.gateway.example:",
    ],
)
def test_hosts_are_compared_without_port_and_case(host: str) -> None:
    assert slug_of(host=host) == "maple"


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000"])
def test_hosts_may_be_ipv6_addresses(host: str) -> None:
    assert slug_of(host=host) == "lakeside"


@pytest.mark.parametrize("host", ["", "gateway.example", "maple", ":8000", "evil.maple.gateway.example"])
def test_an_unknown_host_selects_nothing(host: str) -> None:
    assert slug_of(host=host) is None


def test_the_only_tenant_of_a_caller_is_selected() -> None:
    assert slug_of(ONE) == "lakeside"
    assert slug_of(ONE, reading=False) == "lakeside"


def test_a_blank_header_selects_nothing() -> None:
    assert slug_of(header="  ") is None


def test_the_default_is_for_reads_only() -> None:
    assert slug_of(default="maple") == "maple"
    assert slug_of(default="maple", reading=False) is None


def test_the_only_tenant_overrides_the_default() -> None:
    assert slug_of(ONE, default="maple") == "lakeside"


def test_a_default_that_the_caller_may_not_use_selects_nothing() -> None:
    assert slug_of(default="cedar") is None
    assert slug_of(NOBODY, default="maple") is None


@pytest.mark.parametrize("slug", ["cedar", "nowhere", "MAPLE", "../maple"])
@pytest.mark.parametrize("by", ["path", "header"])
def test_selecting_a_forbidden_tenant_is_like_selecting_an_unknown_one(slug: str, by: str) -> None:
    with pytest.raises(TenantForbidden) as refused:
        slug_of(BOTH, **{by: slug})
    assert refused.value.message == "unknown tenant, or not one that this caller may use"


@pytest.mark.parametrize("slug", ["cedar", "nowhere", "", "MAPLE", "../maple"])
def test_getting_a_forbidden_tenant_is_like_getting_an_unknown_one(slug: str) -> None:
    with pytest.raises(TenantForbidden) as refused:
        Tenants(SCHOOLS).get(BOTH, slug)
    assert refused.value.message == "unknown tenant, or not one that this caller may use"


def test_the_host_of_a_forbidden_tenant_selects_no_other_tenant() -> None:
    with pytest.raises(TenantForbidden):
        slug_of(ONE, host="maple.gateway.example")


def test_accessible_tenants_have_the_order_of_the_configuration() -> None:
    assert [tenant.slug for tenant in Tenants(SCHOOLS).accessible(BOTH)] == ["maple", "lakeside"]
    assert Tenants(SCHOOLS).accessible(NOBODY) == []


def test_a_key_for_a_removed_tenant_gives_no_access() -> None:
    caller = Caller("frontend", frozenset({"removed"}), frozenset({Scope.READ}))
    assert Tenants(SCHOOLS).accessible(caller) == []
    with pytest.raises(TenantForbidden):
        Tenants(SCHOOLS).get(caller, "removed")


def test_scopes_at_a_tenant_with_keys_are_those_of_the_key() -> None:
    tenants = Tenants(SCHOOLS)
    assert tenants.scopes(BOTH, SCHOOLS[0]) == {Scope.READ}
    assert tenants.scopes(BOTH, SCHOOLS[2]) == frozenset()


def test_an_open_tenant_grants_every_scope() -> None:
    school = make_tenant("maple", open=True)
    tenants = Tenants([school])
    assert tenants.scopes(tenants.authenticate(None), school) == set(Scope)
