"""Accepted access tokens, the developer key, and the OAuth 2 refresh of tokens.

https://developerdocs.instructure.com/services/canvas/oauth2/file.oauth_endpoints
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lms_sandbox.canvas.http.errors import CanvasError, invalid_token
from lms_sandbox.canvas.http.serialization import serialize_timestamp
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.data.school import School

ADMIN_TOKEN = "canvas-demo-token"
TEACHER_TOKEN = "canvas-teacher-token"
STUDENT_TOKEN = "canvas-student-token"
TA_TOKEN = "canvas-ta-token"
OBSERVER_TOKEN = "canvas-observer-token"
SCOPED_TOKEN = "canvas-scoped-token"
NARROW_TOKEN = "canvas-narrow-token"
EXPIRED_TOKEN = "canvas-expired-token"
REVOKED_TOKEN = "canvas-revoked-token"
CLIENT_ID = "10000000000007"
CLIENT_SECRET = "canvas-demo-secret"
REFRESH_TOKEN = "canvas-demo-refresh"


@dataclass(frozen=True, slots=True)
class CanvasAccessToken:
    """An access token and its scopes."""

    secret: str
    user_id: int
    expires_at: float | None = None  # epoch seconds; None: never
    is_revoked: bool = False
    scopes: frozenset[str] | None = None  # None: all routes
    allows_includes: bool = True  # False: `include` is ignored


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A developer key and its refresh token."""

    id: str
    secret: str
    refresh_token: str
    user_id: int


def demo_tokens(school: School) -> list[CanvasAccessToken]:
    """Return the tokens above, for a demo school or for users 1, 2 and 3 of a small one.

    The section-limited TA and the observer exist in demo schools only. `SCOPED_TOKEN` can read
    everything and include nothing; `NARROW_TOKEN` can only list courses.
    """
    known_ids = next(
        (candidate for candidate in (MAPLE, LAKESIDE) if candidate.admin in school.users), None
    )
    admin, teacher, student = (
        (known_ids.admin, known_ids.teacher, known_ids.student) if known_ids else (1, 2, 3)
    )
    tokens = [
        CanvasAccessToken(ADMIN_TOKEN, admin),
        CanvasAccessToken(SCOPED_TOKEN, admin, allows_includes=False),
        CanvasAccessToken(NARROW_TOKEN, admin, scopes=frozenset({"url:GET|/api/v1/courses"})),
        CanvasAccessToken(EXPIRED_TOKEN, admin, expires_at=1_600_000_000),
        CanvasAccessToken(REVOKED_TOKEN, admin, is_revoked=True),
        CanvasAccessToken(TEACHER_TOKEN, teacher),
        CanvasAccessToken(STUDENT_TOKEN, student),
    ]
    if known_ids:
        tokens += [
            CanvasAccessToken(TA_TOKEN, known_ids.ta),
            CanvasAccessToken(OBSERVER_TOKEN, known_ids.observer),
        ]
    return [token for token in tokens if token.user_id in school.users]


def demo_client(school: School) -> OAuthClient:
    """Return the developer key; its refresh token belongs to the admin."""
    return OAuthClient(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, demo_tokens(school)[0].user_id)


class ActiveTokens:
    """The accepted tokens by their secrets."""

    def __init__(
        self,
        school: School,
        tokens: Iterable[CanvasAccessToken],
        client: OAuthClient,
        quirks: CanvasQuirks,
    ) -> None:
        self._school, self._client, self._quirks = school, client, quirks
        self._tokens = {token.secret: token for token in tokens}
        self._issued_count = 0

    def __iter__(self) -> Iterator[CanvasAccessToken]:
        return iter(list(self._tokens.values()))

    def add(self, token: CanvasAccessToken) -> None:
        """Add a token; it replaces one with the same secret."""
        self._tokens[token.secret] = token

    def remove(self, secret: str) -> None:
        """Remove a token; it becomes unknown, in contrast to a revoked one."""
        self._tokens.pop(secret, None)

    def verify(self, secret: str, now: float) -> CanvasAccessToken:
        """Return the token of a secret. Raises CanvasError if it is unknown, revoked or expired."""
        token = self._tokens.get(secret)
        if token is None:
            raise invalid_token()
        is_expired = token.expires_at is not None and now >= token.expires_at
        if (token.is_revoked or is_expired) and not self._quirks.reports_token_state:
            raise invalid_token()
        if token.is_revoked:
            raise invalid_token("Revoked access token.")
        if token.expires_at is not None and is_expired:
            expiry = serialize_timestamp(datetime.fromtimestamp(token.expires_at, UTC))
            raise invalid_token("Expired access token.", expired_at=expiry)
        return token

    def revoke(self, secret: str) -> None:
        """Revoke a token, as `DELETE /login/oauth2/token` does."""
        if token := self._tokens.get(secret):
            self._tokens[secret] = replace(token, is_revoked=True)

    def grant(self, form: dict[str, str], now: float) -> dict[str, Any]:
        """Return the body of `POST /login/oauth2/token`: a new access token, no refresh token.

        Raises CanvasError with an OAuth 2 error code.
        """
        client = self._client
        if form.get("grant_type") != "refresh_token":
            message = "The grant_type you requested is not supported"
            raise _oauth_error("unsupported_grant_type", message)
        if form.get("client_id") != client.id or form.get("client_secret") != client.secret:
            raise _oauth_error("invalid_client", "unknown client", 401)
        if form.get("refresh_token") != client.refresh_token:
            raise _oauth_error("invalid_grant", "refresh_token not found")
        self._issued_count += 1
        secret = f"1~renewed{self._issued_count:04}"
        expires_in = self._quirks.access_token_expiry
        self._tokens[secret] = CanvasAccessToken(
            secret, client.user_id, expires_at=now + expires_in
        )
        user = self._school.users[client.user_id]
        user_data = {"id": user.id, "name": user.full_name, "global_id": str(10**13 + user.id)}
        return {
            "access_token": secret,
            "token_type": "Bearer",
            "user": {**user_data, "effective_locale": "en"},
            "expires_in": int(expires_in),
            "canvas_region": "us-east-1",
        }


def _oauth_error(error: str, description: str, status: int = 400) -> CanvasError:
    return CanvasError(status, {"error": error, "error_description": description})
