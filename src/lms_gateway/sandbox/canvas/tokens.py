"""Who may ask: access tokens, developer keys, and the OAuth 2 endpoint that renews a token.

https://developerdocs.instructure.com/services/canvas/oauth2/file.oauth_endpoints
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.refusals import Refusal, bad_token
from lms_gateway.sandbox.landmarks import LAKESIDE, MAPLE
from lms_gateway.sandbox.school import School

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
class Token:
    """An access token, and the rights of the key that it was given to."""

    secret: str
    user_id: int
    expires_at: float | None = None  # epoch seconds; None: never
    is_revoked: bool = False
    scopes: frozenset[str] | None = None  # None: the key is not scoped; all routes
    allows_includes: bool = True  # False: `include` is deleted in silence


@dataclass(frozen=True, slots=True)
class Client:
    """A developer key and the refresh token it holds."""

    id: str
    secret: str
    refresh_token: str
    user_id: int


def demo_tokens(school: School) -> list[Token]:
    """The tokens above, for a demonstration school, or for a small one's users 1, 2 and 3.

    The section-limited TA and the observer are known to demonstration schools only. `SCOPED_TOKEN`
    may read everything and include nothing; `NARROW_TOKEN` may list courses.
    """
    ids = next((at for at in (MAPLE, LAKESIDE) if at.admin in school.users), None)
    admin, teacher, student = (ids.admin, ids.teacher, ids.student) if ids else (1, 2, 3)
    tokens = [
        Token(ADMIN_TOKEN, admin),
        Token(SCOPED_TOKEN, admin, allows_includes=False),
        Token(NARROW_TOKEN, admin, scopes=frozenset({"url:GET|/api/v1/courses"})),
        Token(EXPIRED_TOKEN, admin, expires_at=1_600_000_000),
        Token(REVOKED_TOKEN, admin, is_revoked=True),
        Token(TEACHER_TOKEN, teacher),
        Token(STUDENT_TOKEN, student),
    ]
    if ids:
        tokens += [Token(TA_TOKEN, ids.ta), Token(OBSERVER_TOKEN, ids.observer)]
    return [token for token in tokens if token.user_id in school.users]


def demo_client(school: School) -> Client:
    """The developer key whose refresh token becomes the administrator's access tokens."""
    return Client(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, demo_tokens(school)[0].user_id)


class Tokens:
    """The tokens in force, and how they are renewed."""

    def __init__(
        self, school: School, tokens: Iterable[Token], client: Client, habits: CanvasHabits
    ) -> None:
        self._school, self._client, self._habits = school, client, habits
        self._tokens = {token.secret: token for token in tokens}
        self._issued = 0

    def __iter__(self) -> Iterator[Token]:
        return iter(list(self._tokens.values()))

    def put(self, token: Token) -> None:
        """Take a token in, or instead of another one with its secret."""
        self._tokens[token.secret] = token

    def withdraw(self, secret: str) -> None:
        """Forget a token whole: nobody knows any more that there was one."""
        self._tokens.pop(secret, None)

    def check(self, secret: str, now: float) -> Token:
        """The token. Raises Refusal where it is unknown, revoked or expired."""
        token = self._tokens.get(secret)
        if token is None:
            raise bad_token()
        if token.is_revoked:
            raise bad_token("Revoked access token." if self._habits.tells_token_state else _INVALID)
        if token.expires_at is not None and now >= token.expires_at:
            if not self._habits.tells_token_state:
                raise bad_token()
            then = datetime.fromtimestamp(token.expires_at, UTC)
            raise bad_token("Expired access token.", expired_at=then.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return token

    def revoke(self, secret: str) -> None:
        """What `DELETE /login/oauth2/token` does; also how a test takes a token away."""
        if token := self._tokens.get(secret):
            self._tokens[secret] = replace(token, is_revoked=True)

    def grant(self, form: dict[str, str], now: float) -> dict[str, Any]:
        """Answer `POST /login/oauth2/token`: a new access token, and no new refresh token.

        Raises Refusal in OAuth 2's own words.
        """
        client = self._client
        if form.get("grant_type") != "refresh_token":
            raise _no("unsupported_grant_type", "The grant_type you requested is not supported")
        if form.get("client_id") != client.id or form.get("client_secret") != client.secret:
            raise _no("invalid_client", "unknown client", 401)
        if form.get("refresh_token") != client.refresh_token:
            raise _no("invalid_grant", "refresh_token not found")
        self._issued += 1
        secret = f"1~renewed{self._issued:04}"
        life = self._habits.token_life
        self._tokens[secret] = Token(secret, client.user_id, expires_at=now + life)
        user = self._school.users[client.user_id]
        return {
            "access_token": secret,
            "token_type": "Bearer",
            "user": {
                "id": user.id,
                "name": user.full_name,
                "global_id": str(10**13 + user.id),
                "effective_locale": "en",
            },
            "expires_in": int(life),
            "canvas_region": "us-east-1",
        }


_INVALID = "Invalid access token."


def _no(error: str, description: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})
