"""OAuth 1.0a signatures of Schoology."""

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from lms_gateway.upstream.key_derivation import derive_key
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.api.credentials import OAuth1, OAuth1Signer

TWO_LEGGED = OAuth1("key", "s&cret")
THREE_LEGGED = OAuth1("key", "s&cret", "tok", "t%cret")


async def signature_fields(signer: OAuth1Signer, method: str, url: str) -> dict[str, str]:
    """Return the decoded fields of the Authorization header."""
    header = (await signer.sign(method, url))["Authorization"]
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


@pytest.mark.parametrize(
    ("credentials", "token", "token_secret"),
    [(TWO_LEGGED, None, ""), (THREE_LEGGED, "tok", "t%25cret")],
    ids=["two-legged", "three-legged"],
)
async def test_the_signature_is_the_one_of_rfc_5849(
    credentials: OAuth1, token: str | None, token_secret: str
) -> None:
    """Computed here, independently of the code that signs."""
    signer = OAuth1Signer(credentials, now=lambda: 1_700_000_000.9, nonce=lambda: "abc")
    said = await signature_fields(signer, "GET", "https://api.schoology.com/v1/users?limit=2&q=a%20b%2C")

    pairs = [
        ("limit", "2"),
        ("oauth_consumer_key", "key"),
        ("oauth_nonce", "abc"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1700000000"),
        *([("oauth_token", token)] if token else []),
        ("oauth_version", "1.0"),
        ("q", "a%20b%2C"),
    ]
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"GET&{quote('https://api.schoology.com/v1/users', safe='')}&{quote(normal, safe='')}"
    key = f"s%26cret&{token_secret}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    assert said["oauth_signature"] == base64.b64encode(digest).decode()
    assert said["realm"] == "Schoology API"
    assert said.get("oauth_token") == token


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


@given(
    st.builds(OAuth1, WORDS, WORDS) | st.builds(OAuth1, WORDS, WORDS, WORDS, WORDS),
    st.sampled_from(["https://API.schoology.com/v1", "http://localhost:80", "https://x:8443/v1"]),
    st.lists(st.tuples(WORDS, WORDS), max_size=4).map(tuple),
)
def test_any_request_is_signed_as_by_oauthlib(
    credentials: OAuth1, base: str, params: tuple[tuple[str, str], ...]
) -> None:
    url = Origin.of(base).url("/users/ext/a%2Fb", params)
    signer = OAuth1Signer(credentials, now=lambda: 1_700_000_000.9, nonce=lambda: "abc")
    other = Client(
        credentials.consumer_key,
        client_secret=credentials.consumer_secret,
        resource_owner_key=credentials.token,
        resource_owner_secret=credentials.token_secret,
        realm="Schoology API",
        nonce="abc",
        timestamp="1700000000",
    )
    _, headers, _ = other.sign(url, http_method="GET")
    assert signer.sign_now("GET", url) == {"Authorization": headers["Authorization"]}


async def test_every_signature_has_a_new_nonce() -> None:
    signer = OAuth1Signer(TWO_LEGGED)
    nonces = {(await signature_fields(signer, "GET", "https://x/y"))["oauth_nonce"] for _ in range(100)}
    assert len(nonces) == 100


async def test_the_body_is_not_part_of_the_signature() -> None:
    """Not even as a hash: Schoology would reply 401."""
    said = await signature_fields(OAuth1Signer(TWO_LEGGED), "POST", "https://api.schoology.com/v1/multiget")
    assert "oauth_body_hash" not in said


def test_credentials_are_not_in_the_repr() -> None:
    assert "cret" not in repr(THREE_LEGGED)


def test_a_derived_key_depends_on_purpose_tenant_and_credential() -> None:
    key = derive_key("cursor", "maple", "ab", "c")
    assert key == derive_key("cursor", "maple", "ab", "c")
    others = [
        ("cursor", "north", "ab", "c"),
        ("cursor", "maple", "a", "bc"),
        ("x", "maple", "ab", "c"),
    ]
    assert len(key) == 32
    assert key not in [derive_key(*other) for other in others]
