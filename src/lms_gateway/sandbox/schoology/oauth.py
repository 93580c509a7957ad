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

from .habits import SchoologyHabits

REPLAYED = "Duplicate timestamp/nonce combination, possible replay attack.  Request rejected."
"""Two spaces before "Request": clients compare it verbatim."""

Rights = Literal["admin", "staff", "student", "parent", "personal"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a user granted to an app: three-legged calls act as that user."""

    token: str
    secret: str = field(repr=False)
    user: int


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. `rights` are what its two-legged calls may do, as the user `user`."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    rights: Rights
    user: int
    tokens: tuple[AccessToken, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature holds. `base` is the address that the client believes it calls."""

    key: Key
    token: AccessToken | None
    base: str


class Refused(Exception):
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


class Verifier:
    """Checks signatures, timestamps and nonces of the keys it was given."""

    def __init__(self, keys: Iterable[Key], habits: SchoologyHabits) -> None:
        self._keys = {key.consumer_key: key for key in keys}
        self._habits = habits
        self._nonces = _Nonces(habits)

    def verify(self, request: SignedRequest, now: float) -> Signed:
        """Tell who signed `request` at `now` (epoch seconds), and remember its nonce.

        Raises Refused where the header is missing or malformed, the key or token unknown, the
        signature wrong, the timestamp out of its window, or the nonce used before.
        """
        given = self._read_header(request.authorization)
        key = self._keys.get(given.get("oauth_consumer_key", ""))
        if key is None:
            raise self._refusal()
        token = self._find_token(key, given.get("oauth_token", ""))
        token_secret = token.secret if token else ""
        match given.get("oauth_signature_method", "").upper():
            case "PLAINTEXT":
                base = self._believed_base(request)
                right = _matches_plaintext(given, key.consumer_secret, token_secret)
            case "HMAC-SHA1":
                matching = self._matching_base(request, given, key.consumer_secret, token_secret)
                base, right = matching or "", matching is not None
            case _:
                raise self._refusal()
        if not right:
            raise self._refusal()
        owner = (key.consumer_key, token.token if token else "")
        if not self._nonces.accept(
            owner, given.get("oauth_timestamp", ""), given.get("oauth_nonce", ""), now
        ):
            raise Refused(REPLAYED)
        return Signed(key, token, base)

    def _read_header(self, header: str | None) -> Mapping[str, str]:
        try:
            pairs = parse_authorization_header(header or "")
        except ValueError:
            raise self._refusal() from None
        return {name: unescape(value) for name, value in pairs if name != "realm"}

    def _find_token(self, key: Key, name: str) -> AccessToken | None:
        if not name:
            return None
        for token in key.tokens:
            if compare_digest(token.token.encode(), name.encode()):
                return token
        raise self._refusal()

    def _matching_base(
        self,
        request: SignedRequest,
        given: Mapping[str, str],
        consumer_secret: str,
        token_secret: str,
    ) -> str | None:
        claimed = given.get("oauth_signature", "")
        # Any: the published stubs want a mapping, in which a parameter could not stand twice.
        parameters: Any = [
            *parse_qsl(request.query, keep_blank_values=True),
            *((name, value) for name, value in given.items() if name != "oauth_signature"),
        ]
        method: Any = request.method
        signer = Client("", consumer_secret, resource_owner_secret=token_secret)
        normalized = signature.normalize_parameters(parameters)
        for base in (*request.own_bases, *self._habits.public_bases):
            text = signature.signature_base_string(
                method, signature.base_string_uri(base + request.path), normalized
            )
            right = signature.sign_hmac_sha1_with_client(text, signer)
            if compare_digest(right.encode(), claimed.encode()):
                return base
        return None

    def _believed_base(self, request: SignedRequest) -> str:
        # PLAINTEXT signs no address; the Host header is what is left of it.
        for base in self._habits.public_bases:
            if urlsplit(base).netloc == request.host:
                return base
        return request.own_bases[0]

    def _refusal(self) -> Refused:
        return Refused(REPLAYED if self._habits.misleading_401 else "")


def _matches_plaintext(given: Mapping[str, str], consumer_secret: str, token_secret: str) -> bool:
    # In the header it reads SECRET%26TOKENSECRET, or SECRET& from those who leave it bare:
    # both arrive here decoded once.
    right = f"{escape(consumer_secret)}&{escape(token_secret)}"
    bare = f"{consumer_secret}&{token_secret}"
    claimed = given.get("oauth_signature", "").encode()
    return compare_digest(right.encode(), claimed) or compare_digest(bare.encode(), claimed)


class _Nonces:
    """Which (timestamp, nonce) pairs each key has used, as far back as one could be accepted."""

    def __init__(self, habits: SchoologyHabits) -> None:
        self._habits = habits
        self._used: set[tuple[tuple[str, str], int, str]] = set()
        self._by_age: deque[tuple[float, tuple[tuple[str, str], int, str]]] = deque()
        self._latest: dict[tuple[str, str], int] = {}

    def accept(self, owner: tuple[str, str], timestamp: str, nonce: str, now: float) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and nonce):
            return False
        signed_at = int(timestamp)
        if abs(now - signed_at) > self._habits.timestamp_skew:
            return False
        if self._habits.timestamps == "in_order" and signed_at < self._latest.get(owner, 0):
            return False
        self._forget(now)
        use = (owner, signed_at, nonce)
        if use in self._used:
            return False
        self._used.add(use)
        self._by_age.append((now, use))
        self._latest[owner] = max(signed_at, self._latest.get(owner, 0))
        return True

    def _forget(self, now: float) -> None:
        # A pair seen now may be signed up to one skew ahead, and stays in its window for one
        # more.
        while self._by_age and self._by_age[0][0] < now - 2 * self._habits.timestamp_skew:
            self._used.discard(self._by_age.popleft()[1])
