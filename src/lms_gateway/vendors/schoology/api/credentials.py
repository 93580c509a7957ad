"""Credentials of Schoology, and the signature of calls: OAuth 1.0a.

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
    """A consumer key, with a user's token (three-legged) or without one (two-legged)."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    token_secret: str | None = field(default=None, repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return the values that identify this credential."""
        return self.consumer_key, self.consumer_secret, self.token or "", self.token_secret or ""


def fresh_nonce() -> str:
    """Return 128 random bits, as hexadecimal digits."""
    return secrets.token_hex(16)


class OAuth1Signer:
    """Signs each attempt with HMAC-SHA1, a new nonce and the current time.

    A JSON body is not part of the signature: Schoology answers 401 if it is.
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
        self._fixed_header = "".join([f', {name}="{value}"' for name, value in oauth_params.items()])
        oauth_params |= {"oauth_signature_method": "HMAC-SHA1", "oauth_version": "1.0"}
        self._fixed_params = [(name, _escape_again(value)) for name, value in oauth_params.items()]
        client_secrets = (credentials.consumer_secret, credentials.token_secret or "")
        self._signing_key = "&".join(map(_escape, client_secrets)).encode()
        self._now = now
        self._nonce = nonce

    def sign_now(self, method: str, url: str) -> Headers:
        """Return the `Authorization` header of one attempt. `Origin.url` has escaped the query."""
        resource, _, query = url.partition("?")
        nonce, timestamp = _escape(self._nonce()), str(int(self._now()))
        # RFC 5849 escapes the parameters, sorts them, joins them and escapes the result again. Here
        # each parameter is escaped twice before the join.
        params = [("oauth_nonce", _escape_again(nonce)), ("oauth_timestamp", timestamp)]
        params += self._fixed_params
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
        """Return the same as `sign_now`."""
        return self.sign_now(method, url)

    def renew(self, rejected: Headers) -> bool:
        """Return True: a new signature may work if the nonce or the time was rejected."""
        return True

    async def aclose(self) -> None:
        """Do nothing."""


def _escape(text: str) -> str:
    """Percent-encode all characters but letters, digits and `-._~`."""
    if _UNCOMMON_CHARACTER.search(text):
        return quote(text, safe="")
    # Faster than `quote`, which handles each character by itself.
    for character, escaped in _COMMON_ESCAPES:
        text = text.replace(character, escaped)
    return text


_UNCOMMON_CHARACTER = re.compile("[^A-Za-z0-9._~%/:=-]")
_COMMON_ESCAPES = (("%", "%25"), ("/", "%2F"), (":", "%3A"), ("=", "%3D"))


def _escape_again(escaped: str) -> str:
    """Percent-encode text that is encoded already; the separators of a query remain."""
    return escaped.replace("%", "%25")


def _base_uri(resource: str) -> str:
    """Return a URL as it is signed: without query and default port, the host in lower case."""
    scheme, _, rest = resource.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS[scheme])}/{path}"


_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
