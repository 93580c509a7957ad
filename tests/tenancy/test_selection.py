"""Which tenant a request belongs to."""

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


def test_path_stands_above_host() -> None:
    assert slug_of(path="lakeside", host="maple.gateway.example") == "lakeside"


def test_header_stands_above_host() -> None:
    assert slug_of(header="lakeside", host="maple.gateway.example") == "lakeside"


def test_path_and_header_may_agree() -> None:
    assert slug_of(path="maple", header=" maple ") == "maple"


@pytest.mark.parametrize(("path", "header"), [("maple", "lakeside"), ("cedar", "nowhere")])
def test_path_and_header_that_disagree_are_bad_input_whatever_they_name(
    path: str, header: str
) -> None:
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
def test_hosts_are_told_without_port_and_case(host: str) -> None:
    assert slug_of(host=host) == "maple"


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000"])
def test_hosts_may_be_ipv6_addresses(host: str) -> None:
    assert slug_of(host=host) == "lakeside"


@pytest.mark.parametrize(
    "host", ["", "gateway.example", "maple", ":8000", "evil.maple.gateway.example"]
)
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


def test_the_only_tenant_stands_above_the_default() -> None:
    assert slug_of(ONE, default="maple") == "lakeside"


def test_a_default_that_the_caller_may_not_use_selects_nothing() -> None:
    assert slug_of(default="cedar") is None
    assert slug_of(NOBODY, default="maple") is None


@pytest.mark.parametrize("slug", ["cedar", "nowhere", "MAPLE", "../maple"])
@pytest.mark.parametrize("by", ["path", "header"])
def test_a_forbidden_tenant_is_refused_like_an_unknown_one(slug: str, by: str) -> None:
    with pytest.raises(TenantForbidden) as refused:
        slug_of(**{by: slug})
    assert refused.value.message == "unknown tenant, or not one that this caller may use"


@pytest.mark.parametrize("slug", ["cedar", "nowhere", "", "MAPLE", "../maple"])
def test_a_forbidden_tenant_is_got_like_an_unknown_one(slug: str) -> None:
    with pytest.raises(TenantForbidden) as refused:
        Tenants(SCHOOLS).get(BOTH, slug)
    assert refused.value.message == "unknown tenant, or not one that this caller may use"


def test_a_host_of_a_tenant_out_of_reach_is_forbidden_rather_than_another_tenant() -> None:
    with pytest.raises(TenantForbidden):
        slug_of(ONE, host="maple.gateway.example")


def test_usable_tenants_come_in_the_order_of_the_configuration() -> None:
    assert [tenant.slug for tenant in Tenants(SCHOOLS).accessible(BOTH)] == ["maple", "lakeside"]
    assert Tenants(SCHOOLS).accessible(NOBODY) == []


def test_a_key_that_names_a_tenant_which_is_gone_does_not_bring_it_back() -> None:
    ghost = Caller("frontend", frozenset({"gone"}), frozenset({Scope.READ}))
    assert Tenants(SCHOOLS).accessible(ghost) == []
    with pytest.raises(TenantForbidden):
        Tenants(SCHOOLS).get(ghost, "gone")


def test_scopes_are_the_keys_where_the_tenant_wants_a_key() -> None:
    tenants = Tenants(SCHOOLS)
    assert tenants.scopes(BOTH, SCHOOLS[0]) == {Scope.READ}
    assert tenants.scopes(BOTH, SCHOOLS[2]) == frozenset()


def test_an_open_tenant_grants_every_scope_to_anyone() -> None:
    school = make_tenant("maple", open=True)
    tenants = Tenants([school])
    assert tenants.scopes(tenants.authenticate(None), school) == set(Scope)
