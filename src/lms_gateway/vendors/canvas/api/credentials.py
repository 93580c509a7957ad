"""Credentials of Canvas, and the signing of requests with them.

https://developerdocs.instructure.com/services/canvas/oauth2/file.oauth
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from lms_gateway.domain.errors import (
    CredentialsRejected,
    LmsError,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.upstream.errors import NotSent
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.upstream.vendor_policy import Headers, Signer


@dataclass(frozen=True, slots=True)
class StaticToken:
    """An access token that a user has created manually; it does not expire by itself."""

    token: str = field(repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return what distinguishes this credential from others."""
        return (self.token,)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """A developer key, and the refresh token that a user has granted to it."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return what distinguishes this credential from others."""
        return (self.client_id, self.client_secret, self.refresh_token)


CanvasCredentials = StaticToken | OAuth2


def create_signer(
    credentials: CanvasCredentials, *, base_url: str, transport: Transport, clock: Callable[[], float]
) -> Signer:
    """Return the signer for these credentials. Raises ValueError for an invalid base URL."""
    match credentials:
        case StaticToken(token):
            return BearerSigner(token)
        case OAuth2():
            return RefreshingSigner(credentials, Origin.of(base_url), transport, clock=clock)


class BearerSigner:
    """Signs with one token that never changes."""

    def __init__(self, token: str) -> None:
        self._headers = _bearer(token)

    def sign_now(self, method: str, url: str) -> Headers:
        """Return the header with the token."""
        return self._headers

    async def sign(self, method: str, url: str) -> Headers:
        """Return the header with the token."""
        return self._headers

    def renew(self, rejected: Headers) -> bool:
        """Return False: there is no other token."""
        return False

    async def aclose(self) -> None:
        """Do nothing: there is no task to cancel."""


class _TokenResponse(msgspec.Struct):
    """The used keys of the token endpoint's reply to a refresh."""

    access_token: str
    expires_in: float = 3600.0
    refresh_token: str | None = None  # Canvas sends none: the old token stays valid


class RefreshingSigner:
    """Signs with access tokens, which it renews before they expire.

    All calls that wait for a token share one request. A caller that is cancelled does not cancel the request.
    """

    def __init__(
        self,
        credentials: OAuth2,
        origin: Origin,
        transport: Transport,
        *,
        clock: Callable[[], float],
        timeout: float = 10.0,
    ) -> None:
        self._credentials = credentials
        self._refresh_token = credentials.refresh_token
        self._url = origin.url("/login/oauth2/token", ())
        self._transport = transport
        self._clock = clock
        self._timeout = timeout
        self._headers: Headers | None = None
        self._expires_at = float("-inf")
        self._refresh_task: asyncio.Task[Headers] | None = None

    def sign_now(self, method: str, url: str) -> Headers | None:
        """Return the current token; None if there is no valid one."""
        return self._headers if self._clock() < self._expires_at else None

    async def sign(self, method: str, url: str) -> Headers:
        """Return the current token or a new one.

        Raises CredentialsRejected if Canvas rejects the refresh token, NotSent if Canvas cannot be
        reached, UpstreamInvalid if its reply cannot be parsed.
        """
        if (headers := self.sign_now(method, url)) is not None:
            return headers
        if self._refresh_task is None:
            self._refresh_task = asyncio.create_task(self._fetch_token())
            self._refresh_task.add_done_callback(self._on_refreshed)
        refresh_task = self._refresh_task
        try:
            return await asyncio.shield(refresh_task)
        except asyncio.CancelledError:
            if refresh_task.cancelled() and not _is_cancelled():
                raise UpstreamUnavailable("the gateway has closed this vendor") from None
            raise

    def renew(self, rejected: Headers) -> bool:
        """Discard a rejected token, unless another one has already replaced it. Return True."""
        if self._headers is rejected:
            self._headers = None
        return True

    async def aclose(self) -> None:
        """Cancel a running refresh; its callers get UpstreamUnavailable."""
        if self._refresh_task is not None:
            self._refresh_task.cancel()

    def _on_refreshed(self, task: asyncio.Task[Headers]) -> None:
        self._refresh_task = None
        if not task.cancelled():
            task.exception()  # mark it as retrieved, even if every caller has left

    async def _fetch_token(self) -> Headers:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "refresh_token": self._refresh_token,
        }
        try:
            reply = await self._transport.send(
                "POST",
                self._url,
                {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
                urlencode(form).encode(),
                self._timeout,
            )
        except (UpstreamUnavailable, UpstreamTimeout) as error:
            # The call that needs the token has not been sent, whether or not the refresh was.
            raise NotSent("the access token could not be requested from the vendor") from error
        if token_error := _token_error(reply):
            raise token_error
        try:
            token_response = msgspec.json.decode(reply.body, type=_TokenResponse, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UpstreamInvalid("the vendor's reply has no access token") from None
        self._refresh_token = token_response.refresh_token or self._refresh_token
        self._headers = _bearer(token_response.access_token)
        # Refresh a minute early, or 10 % for a short-lived token: it must not expire in transit.
        self._expires_at = (
            self._clock() + token_response.expires_in - min(60.0, token_response.expires_in / 10)
        )
        return self._headers


def _token_error(reply: Reply) -> LmsError | None:
    status = reply.status
    if 200 <= status < 300:
        return None
    if status in (400, 401):
        return CredentialsRejected(f"the vendor rejected the tenant's refresh token ({status})")
    if status == 429 or status >= 500:
        return NotSent(f"the vendor issued no access token ({status})")
    return UpstreamInvalid(f"the vendor issued no access token ({status})")


def _is_cancelled() -> bool:
    """Return whether the running task itself was cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
