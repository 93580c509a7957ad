"""Who signed this request: OAuth 1.0a as Schoology checks it.

https://developers.schoology.com/api-documentation/authentication (two-legged: an empty or
absent `oauth_token`; three-legged: an access token of one user). A JSON body never enters the
signature. Schoology refuses a nonce it has seen, and says so in a sentence that also answers
other mistakes in the header.
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
"""Two spaces before "Request": clients compare it verbatim."""

Rights = Literal["admin", "staff", "student", "parent", "personal"]


@dataclass(frozen=True, slots=True)
class OAuthAccessToken:
    """What a user granted to an app: three-legged calls act as that user."""

    token: str
    secret: str = field(repr=False)
    user_id: int


@dataclass(frozen=True, slots=True)
class OAuthConsumer:
    """An API key. `rights` are what its two-legged calls may do, as the user `user`."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    rights: Rights
    user_id: int
    tokens: tuple[OAuthAccessToken, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request whose signature holds. `base` is the address that the client believes it calls."""

    key: OAuthConsumer
    token: OAuthAccessToken | None
    base: str


class OAuthError(Exception):
    """The 401 of a request that is not signed as it should be; its text is the body."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What of a request enters its signature.

    `path` is what follows a base, as sent (not decoded); `own_bases` are the addresses at
    which this server was reached.
    """

    method: str
    path: str
    query: str
    authorization: str | None
    host: str
    own_bases: tuple[str, ...]


class SignatureVerifier:
    """Checks signatures, timestamps and nonces of the keys it was given."""

    def __init__(self, keys: Iterable[OAuthConsumer], quirks: SchoologyQuirks) -> None:
        self._keys = {key.consumer_key: key for key in keys}
        self._quirks = quirks
        self._nonces = _NonceStore(quirks)

    def verify(self, request: SignedRequest, now: float) -> VerifiedRequest:
        """Tell who signed `request` at `now` (epoch seconds), and remember its nonce.

        Raises Refused where the header is missing or malformed, the key or token unknown, the
        signature wrong, the timestamp out of its window, or the nonce used before.
        """
        oauth_parameters = self._read_header(request.authorization)
        key = self._keys.get(oauth_parameters.get("oauth_consumer_key", ""))
        if key is None:
            raise self._error()
        token = self._find_token(key, oauth_parameters.get("oauth_token", ""))
        token_secret = token.secret if token else ""
        match oauth_parameters.get("oauth_signature_method", "").upper():
            case "PLAINTEXT":
                base = self._base_from_host(request)
                is_valid = _matches_plaintext(oauth_parameters, key.consumer_secret, token_secret)
            case "HMAC-SHA1":
                matching_base = self._matching_base(
                    request, oauth_parameters, key.consumer_secret, token_secret
                )
                base, is_valid = matching_base or "", matching_base is not None
            case _:
                raise self._error()
        if not is_valid:
            raise self._error()
        owner = (key.consumer_key, token.token if token else "")
        if not self._nonces.accept(
            owner,
            oauth_parameters.get("oauth_timestamp", ""),
            oauth_parameters.get("oauth_nonce", ""),
            now,
        ):
            raise OAuthError(REPLAYED)
        return VerifiedRequest(key, token, base)

    def _read_header(self, header: str | None) -> Mapping[str, str]:
        try:
            pairs = parse_authorization_header(header or "")
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
        self,
        request: SignedRequest,
        oauth_parameters: Mapping[str, str],
        consumer_secret: str,
        token_secret: str,
    ) -> str | None:
        claimed = oauth_parameters.get("oauth_signature", "")
        # Any: the published stubs want a mapping, in which a parameter could not stand twice.
        signed_parameters: Any = [
            *parse_qsl(request.query, keep_blank_values=True),
            *(
                (name, value)
                for name, value in oauth_parameters.items()
                if name != "oauth_signature"
            ),
        ]
        method: Any = request.method
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
        # PLAINTEXT signs no address; the Host header is what is left of it.
        for base in self._quirks.public_bases:
            if urlsplit(base).netloc == request.host:
                return base
        return request.own_bases[0]

    def _error(self) -> OAuthError:
        return OAuthError(REPLAYED if self._quirks.misleading_401 else "")


def _matches_plaintext(
    oauth_parameters: Mapping[str, str], consumer_secret: str, token_secret: str
) -> bool:
    # In the header it reads SECRET%26TOKENSECRET, or SECRET& from those who leave it bare:
    # both arrive here decoded once.
    expected = f"{escape(consumer_secret)}&{escape(token_secret)}"
    unescaped = f"{consumer_secret}&{token_secret}"
    claimed = oauth_parameters.get("oauth_signature", "").encode()
    return compare_digest(expected.encode(), claimed) or compare_digest(unescaped.encode(), claimed)


class _NonceStore:
    """Which (timestamp, nonce) pairs each key has used, as far back as one could be accepted."""

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
        # A pair seen now may be signed up to one skew ahead, and stays in its window for one
        # more.
        while self._by_age and self._by_age[0][0] < now - 2 * self._quirks.timestamp_skew:
            self._used.discard(self._by_age.popleft()[1])
