"""Who we are to Schoology: OAuth 1.0a.

https://developers.schoology.com/api-documentation/authentication/
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from oauthlib.oauth1 import Client

from lms_gateway.upstream.policy import Headers


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
    """

    def __init__(
        self,
        credentials: OAuth1,
        *,
        now: Callable[[], float] = time.time,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        self._credentials = credentials
        self._now = now
        self._nonce = nonce

    async def sign(self, method: str, url: str) -> Headers:
        """The `Authorization` header for one request."""
        client = Client(
            self._credentials.consumer_key,
            client_secret=self._credentials.consumer_secret,
            resource_owner_key=self._credentials.token,
            resource_owner_secret=self._credentials.token_secret,
            realm="Schoology API",
            nonce=self._nonce(),
            timestamp=str(int(self._now())),
        )
        _, headers, _ = client.sign(url, http_method=cast("Any", method))  # typed as literals
        return {"Authorization": headers["Authorization"]}

    def renew(self, refused: Headers) -> bool:
        """Each signature is new, and a 401 may be about a nonce or a timestamp alone."""
        return True

    async def aclose(self) -> None:
        """Nothing is ever under way."""
