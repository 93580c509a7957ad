"""Who we are to Schoology: OAuth 1.0a.

https://developers.schoology.com/api-documentation/authentication/
"""

import base64
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from lms_gateway.upstream.vendor_policy import Headers


@dataclass(frozen=True, slots=True)
class OAuth1:
    """A consumer key; with a user's token (three-legged) or without (two-legged)."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    token_secret: str | None = field(default=None, repr=False)

    def secrets(self) -> tuple[str, ...]:
        """What tells this credential from any other."""
        return (
            self.consumer_key,
            self.consumer_secret,
            self.token or "",
            self.token_secret or "",
        )


def fresh_nonce() -> str:
    """128 random bits, as letters and digits."""
    return secrets.token_hex(16)


class OAuth1Signer:
    """Signs each attempt with HMAC-SHA1, a nonce of its own and the time at which it leaves.

    A JSON body takes no part in the signature: Schoology answers 401 where it does.
    https://www.rfc-editor.org/rfc/rfc5849#section-3.4
    """

    def __init__(
        self,
        credentials: OAuth1,
        *,
        now: Callable[[], float] = time.time,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        key = _escape(credentials.consumer_key)
        oauth_params = {"oauth_consumer_key": key}
        if credentials.token is not None:
            oauth_params["oauth_token"] = _escape(credentials.token)
        self._fixed_header = "".join(
            [f', {name}="{value}"' for name, value in oauth_params.items()]
        )
        oauth_params |= {"oauth_signature_method": "HMAC-SHA1", "oauth_version": "1.0"}
        self._fixed_params = [(name, _escape_again(value)) for name, value in oauth_params.items()]
        client_secrets = (credentials.consumer_secret, credentials.token_secret or "")
        self._signing_key = "&".join(map(_escape, client_secrets)).encode()
        self._now = now
        self._nonce = nonce

    def sign_now(self, method: str, url: str) -> Headers:
        """The `Authorization` header for one request. A query is escaped as `Origin.url` does."""
        resource, _, query = url.partition("?")
        nonce, timestamp = _escape(self._nonce()), str(int(self._now()))
        # What is signed is a list of pairs, escaped again as a whole: here each pair has been.
        params = [
            ("oauth_nonce", _escape_again(nonce)),
            ("oauth_timestamp", timestamp),
            *self._fixed_params,
        ]
        if query:
            query_params = [pair.partition("=") for pair in _escape_again(query).split("&")]
            params += [(name, value) for name, _, value in query_params]
        params.sort()
        normalized_params = "%26".join([f"{name}%3D{value}" for name, value in params])
        base_string = f"{method}&{_escape(_base_uri(resource))}&{normalized_params}"
        digest = hmac.digest(self._signing_key, base_string.encode(), "sha1")
        signature = _escape(base64.b64encode(digest).decode())
        return {
            "Authorization": 'OAuth realm="Schoology API", '
            f'oauth_nonce="{nonce}", oauth_timestamp="{timestamp}", oauth_version="1.0", '
            f'oauth_signature_method="HMAC-SHA1"{self._fixed_header}, oauth_signature="{signature}"'
        }

    async def sign(self, method: str, url: str) -> Headers:
        """The same: nothing has to be waited for."""
        return self.sign_now(method, url)

    def renew(self, rejected: Headers) -> bool:
        """Each signature is new, and a 401 may be about a nonce or a timestamp alone."""
        return True

    async def aclose(self) -> None:
        """Nothing is ever under way."""


def _escape(text: str) -> str:
    """Percent-encode all but letters, digits and `-._~`."""
    if _UNCOMMON_CHARACTER.search(text):
        return quote(text, safe="")
    # `quote` looks at each character, and most hold only these.
    for character, escaped in _COMMON_ESCAPES:
        text = text.replace(character, escaped)
    return text


_UNCOMMON_CHARACTER = re.compile("[^A-Za-z0-9._~%/:=-]")
_COMMON_ESCAPES = (("%", "%25"), ("/", "%2F"), (":", "%3A"), ("=", "%3D"))


def _escape_again(escaped: str) -> str:
    """Percent-encode what has been once; a query keeps what stands between its parts."""
    return escaped.replace("%", "%25")


def _base_uri(resource: str) -> str:
    """A URL without its query, as it is signed: the host in lower case, without the usual port."""
    scheme, _, rest = resource.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS[scheme])}/{path}"


_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
