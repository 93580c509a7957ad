"""Verification of OAuth 1.0a signatures as at Schoology.

https://developers.schoology.com/api-documentation/authentication: two-legged with an empty or
absent `oauth_token`, three-legged with an access token of one user. A JSON body is not signed.
Schoology rejects a repeated nonce, with a message that it also uses for other header errors.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import escape, parse_authorization_header, unescape

from lms_sandbox.schoology.quirks import SchoologyQuirks

REPLAYED = "Duplicate timestamp/nonce combination, possible replay attack.  Request rejected."
"""With two spaces before "Request", which clients compare verbatim."""

Rights = Literal["admin", "staff", "student", "parent", "personal"]


@dataclass(frozen=True, slots=True)
class OAuthAccessToken:
    """A token that a user granted to an app: three-legged calls act as that user."""

    token: str
    secret: str = field(repr=False)
    user_id: int


@dataclass(frozen=True, slots=True)
class OAuthConsumer:
    """An API key. Its two-legged calls act as the user `user_id` with `rights`."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    rights: Rights
    user_id: int
    tokens: tuple[OAuthAccessToken, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """The result of a valid signature. `base` is the base URL that the client signed."""

    key: OAuthConsumer
    token: OAuthAccessToken | None
    base: str


class OAuthError(Exception):
    """A request whose signature is missing or invalid: a 401 with this text as its body."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that are signed.

    `path` is relative to the base and percent-encoded. `own_bases` are the base URLs at which this
    server was reached.
    """

    method: str
    path: str
    query: str
    authorization: str | None
    host: str
    own_bases: tuple[str, ...]


class SignatureVerifier:
    """Verifies the signatures, timestamps and nonces of requests with the given keys."""

    def __init__(self, keys: Iterable[OAuthConsumer], quirks: SchoologyQuirks) -> None:
        self._keys = {key.consumer_key: key for key in keys}
        self._quirks = quirks
        self._nonces = _NonceStore(quirks)

    def verify(self, request: SignedRequest, now: float) -> VerifiedRequest:
        """Return the key and token of a request at `now` (epoch seconds); record its nonce.

        Raises OAuthError if the header is missing or malformed, the key or token is unknown, the
        signature is wrong, the timestamp is outside its window, or the nonce was used before.
        """
        header = self._parse_header(request.authorization)
        key = self._keys.get(header.get("oauth_consumer_key", ""))
        if key is None:
            raise self._error()
        token = self._find_token(key, header.get("oauth_token", ""))
        secrets = key.consumer_secret, token.secret if token else ""
        match header.get("oauth_signature_method", "").upper():
            case "PLAINTEXT":
                is_valid = _matches_plaintext(header, *secrets)
                base = self._base_from_host(request) if is_valid else None
            case "HMAC-SHA1":
                base = self._matching_base(request, header, *secrets)
            case _:
                base = None
        if base is None:
            raise self._error()
        owner = (key.consumer_key, token.token if token else "")
        timestamp, nonce = header.get("oauth_timestamp", ""), header.get("oauth_nonce", "")
        if not self._nonces.accept(owner, timestamp, nonce, now):
            raise OAuthError(REPLAYED)
        return VerifiedRequest(key, token, base)

    def _parse_header(self, authorization: str | None) -> Mapping[str, str]:
        try:
            pairs = parse_authorization_header(authorization or "")
        except ValueError:
            raise self._error() from None
        return {name: unescape(value) for name, value in pairs if name != "realm"}

    def _find_token(self, key: OAuthConsumer, name: str) -> OAuthAccessToken | None:
        if not name:
            return None
        for token in key.tokens:
            if compare_digest(token.token.encode(), name.encode()):
                return token
        raise self._error()

    def _matching_base(
        self, request: SignedRequest, header: Mapping[str, str], consumer_secret: str, token_secret: str
    ) -> str | None:
        claimed = header.get("oauth_signature", "")
        # Any: the published stubs require a mapping, which cannot repeat a parameter.
        signed_parameters: Any = [
            *parse_qsl(request.query, keep_blank_values=True),
            *(item for item in header.items() if item[0] != "oauth_signature"),
        ]
        method: Any = request.method
        # The signed URL may differ from the reached one. A client with an adapter signs
        # https://api.schoology.com/v1/users and reaches http://127.0.0.1:8001/schoology/v1/users.
        # The base that reproduces the signature is the one for which links are made.
        signer = Client("", consumer_secret, resource_owner_secret=token_secret)
        normalized = signature.normalize_parameters(signed_parameters)
        for base in (*request.own_bases, *self._quirks.public_bases):
            base_string = signature.signature_base_string(
                method, signature.base_string_uri(base + request.path), normalized
            )
            expected = signature.sign_hmac_sha1_with_client(base_string, signer)
            if compare_digest(expected.encode(), claimed.encode()):
                return base
        return None

    def _base_from_host(self, request: SignedRequest) -> str:
        # PLAINTEXT does not sign the URL: only the Host header indicates the base.
        for base in self._quirks.public_bases:
            if urlsplit(base).netloc == request.host:
                return base
        return request.own_bases[0]

    def _error(self) -> OAuthError:
        return OAuthError(REPLAYED if self._quirks.misleading_401 else "")


def _matches_plaintext(header: Mapping[str, str], consumer_secret: str, token_secret: str) -> bool:
    # The header contains SECRET%26TOKENSECRET, or SECRET& from clients that do not encode it.
    # Both were decoded once.
    expected = f"{escape(consumer_secret)}&{escape(token_secret)}"
    unescaped = f"{consumer_secret}&{token_secret}"
    claimed = header.get("oauth_signature", "").encode()
    return compare_digest(expected.encode(), claimed) or compare_digest(unescaped.encode(), claimed)


class _NonceStore:
    """The (timestamp, nonce) pairs that each key used within the accepted time window."""

    def __init__(self, quirks: SchoologyQuirks) -> None:
        self._quirks = quirks
        self._used: set[tuple[tuple[str, str], int, str]] = set()
        self._by_age: deque[tuple[float, tuple[tuple[str, str], int, str]]] = deque()
        self._latest: dict[tuple[str, str], int] = {}

    def accept(self, owner: tuple[str, str], timestamp: str, nonce: str, now: float) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and nonce):
            return False
        signed_at = int(timestamp)
        if abs(now - signed_at) > self._quirks.timestamp_skew:
            return False
        if self._quirks.timestamps == "in_order" and signed_at < self._latest.get(owner, 0):
            return False
        self._forget(now)
        entry = (owner, signed_at, nonce)
        if entry in self._used:
            return False
        self._used.add(entry)
        self._by_age.append((now, entry))
        self._latest[owner] = max(signed_at, self._latest.get(owner, 0))
        return True

    def _forget(self, now: float) -> None:
        # A timestamp may be up to one skew ahead of the clock and is accepted until one skew
        # after it: a pair can be replayed for two skews.
        while self._by_age and self._by_age[0][0] < now - 2 * self._quirks.timestamp_skew:
            self._used.discard(self._by_age.popleft()[1])
