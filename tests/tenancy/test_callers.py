"""Authentication of callers by the Authorization header."""

from datetime import UTC, date, datetime

import pytest

from lms_gateway.domain.access import ApiKey, Scope
from lms_gateway.domain.errors import Unauthenticated
from lms_gateway.tenancy import Tenants, hash_key, new_key
from tests.tenancy.schools import make_api_key, make_tenant

NOW = datetime(2027, 7, 31, 23, 59, tzinfo=UTC)


def test_a_known_key_authenticates_its_caller() -> None:
    key, entry = make_api_key("frontend", tenants={"maple"}, scopes={Scope.READ, Scope.WRITE})
    caller = Tenants([make_tenant("maple")], keys=[entry]).authenticate(f"Bearer {key}")
    assert caller.name == "frontend"
    assert caller.tenants == {"maple"}
    assert caller.scopes == {Scope.READ, Scope.WRITE}


def test_the_scheme_is_case_insensitive() -> None:
    key, entry = make_api_key("frontend", tenants={"maple"})
    tenants = Tenants([make_tenant("maple")], keys=[entry])
    assert tenants.authenticate(f"bearer  {key} ").name == "frontend"


def test_a_caller_without_a_key_is_anonymous_and_has_no_scopes() -> None:
    tenants = Tenants([make_tenant("maple", open=True), make_tenant("lakeside")])
    caller = tenants.authenticate(None)
    assert caller.name is None
    assert caller.tenants == {"maple"}
    assert caller.scopes == frozenset()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer lgw_",
        "Bearer lgw_unknown",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic dXNlcjpwYXNz",
        "lgw_unknown",
        "Bearer \udcff\udcfe",
        "Bearer " + "x" * 100_000,
    ],
)
def test_an_unknown_key_is_rejected_even_if_a_tenant_is_open(header: str) -> None:
    _, entry = make_api_key("frontend", tenants={"maple"})
    tenants = Tenants([make_tenant("maple", open=True)], keys=[entry])
    with pytest.raises(Unauthenticated):
        tenants.authenticate(header)


def test_a_key_with_another_scheme_is_rejected() -> None:
    key, entry = make_api_key("frontend", tenants={"maple"})
    with pytest.raises(Unauthenticated):
        Tenants([make_tenant("maple")], keys=[entry]).authenticate(f"Basic {key}")


def test_a_key_expires_at_the_start_of_its_day_in_utc() -> None:
    key, entry = make_api_key("frontend", tenants={"maple"}, expires=date(2027, 8, 1))
    clock = [NOW]
    tenants = Tenants([make_tenant("maple")], keys=[entry], now=lambda: clock[0])
    assert tenants.authenticate(f"Bearer {key}").name == "frontend"
    clock[0] = datetime(2027, 8, 1, tzinfo=UTC)
    with pytest.raises(Unauthenticated):
        tenants.authenticate(f"Bearer {key}")


def test_expired_and_unknown_keys_have_the_same_error_message() -> None:
    key, entry = make_api_key("frontend", tenants={"maple"}, expires=date(2020, 1, 1))
    tenants = Tenants([make_tenant("maple")], keys=[entry], now=lambda: NOW)
    messages = set()
    for sent in (key, new_key()):
        with pytest.raises(Unauthenticated) as refused:
            tenants.authenticate(f"Bearer {sent}")
        assert sent not in refused.value.message
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_every_key_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The duration of a look-up does not reveal which key matched, or whether one did."""
    keys = [make_api_key(f"key {n}", tenants={"maple"}) for n in range(5)]
    compared: list[bytes] = []

    def compare(known: bytes, sent: bytes) -> bool:
        compared.append(known)
        return known == sent

    monkeypatch.setattr("lms_gateway.tenancy.hmac.compare_digest", compare)
    tenants = Tenants([make_tenant("maple")], keys=[entry for _, entry in keys])
    assert tenants.authenticate(f"Bearer {keys[0][0]}").name == "key 0"
    assert compared == [entry.sha256 for _, entry in keys]


def test_new_keys_are_long_and_unique() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("lgw_") and len(key) == 47 for key in keys)


def test_the_repr_of_an_api_key_has_only_its_hash() -> None:
    key = new_key()
    entry = ApiKey("frontend", hash_key(key), frozenset({"maple"}), frozenset({Scope.READ}))
    assert key not in repr(entry)
