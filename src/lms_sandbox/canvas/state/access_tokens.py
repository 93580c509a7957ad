"""Access tokens: verification, OAuth 2 refresh, and the tokens that users create.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
https://developerdocs.instructure.com/services/canvas/oauth2/file.oauth_endpoints
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from lms_sandbox.canvas.http.errors import CanvasError, invalid_token
from lms_sandbox.canvas.http.serialization import serialize_timestamp
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.auth import CanvasAccessToken, OAuthClient
from lms_sandbox.data.school import School


class AccessTokenStore:
    """The access tokens of a school.

    Users see the initial tokens and those that they created. Refreshed tokens are accepted, but not
    listed; pending ones are listed, but not accepted.
    """

    def __init__(
        self, school: School, tokens: Iterable[CanvasAccessToken], client: OAuthClient, quirks: CanvasQuirks
    ) -> None:
        self._school, self._client, self._quirks = school, client, quirks
        self._refreshed_count = 0
        self._listed: list[CanvasAccessToken] = []
        for number, token in enumerate(tokens, start=1):
            listed = replace(token, id=number, created_at=school.now, updated_at=school.now)
            listed.requested_scopes = tuple(sorted(token.scopes or ()))
            listed.state = "deleted" if token.is_revoked else "active"
            self._listed.append(listed)
        self._accepted = {token.secret: token for token in self._listed}

    def verify(self, secret: str, now: float) -> CanvasAccessToken:
        """Return the token of a secret. Raises CanvasError if it is unknown, revoked or expired."""
        token = self._accepted.get(secret)
        if token is None:
            raise invalid_token()
        is_expired = token.expires_at is not None and now >= token.expires_at.timestamp()
        if (token.is_revoked or is_expired) and not self._quirks.reports_token_state:
            raise invalid_token()
        if token.is_revoked:
            raise invalid_token("Revoked access token.")
        if is_expired:
            expired_at = serialize_timestamp(token.expires_at)
            raise invalid_token("Expired access token.", expired_at=expired_at)
        return token

    def revoke(self, secret: str) -> None:
        """Revoke a token, as `DELETE /login/oauth2/token` does."""
        if token := self._accepted.get(secret):
            token.is_revoked = True

    def refresh(self, form: dict[str, str], now: float) -> dict[str, Any]:
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
        self._refreshed_count += 1
        secret, expires_in = f"1~renewed{self._refreshed_count:04}", self._quirks.access_token_expiry
        expires_at = datetime.fromtimestamp(now + expires_in, UTC)
        self._accepted[secret] = CanvasAccessToken(secret, client.user_id, expires_at)
        user = self._school.users[client.user_id]
        user_data = {"id": user.id, "name": user.full_name, "global_id": str(10**13 + user.id)}
        return {
            "access_token": secret,
            "token_type": "Bearer",
            "user": {**user_data, "effective_locale": "en"},
            "expires_in": int(expires_in),
            "canvas_region": "us-east-1",
        }

    def of_user(self, user_id: int) -> list[CanvasAccessToken]:
        """Return a user's tokens, oldest first, without deleted ones."""
        tokens = (token for token in self._listed if token.user_id == user_id)
        return [token for token in tokens if token.state != "deleted"]

    def find(self, user_id: int, reference: str) -> CanvasAccessToken | None:
        """Return a user's token by hint or id; None if it does not exist or is deleted."""
        tokens = self.of_user(user_id)
        by_hint = next((token for token in tokens if token.hint == reference), None)
        return by_hint or next((token for token in tokens if str(token.id) == reference), None)

    def create(self, token: CanvasAccessToken) -> None:
        """Store a new token with an id and a secret."""
        self._listed.append(token)
        token.id = len(self._listed)
        token.secret = _make_secret(token)
        self.save(token)

    def regenerate(self, token: CanvasAccessToken) -> None:
        """Replace the secret of a token; the old one becomes unknown."""
        self._accepted.pop(token.secret, None)
        token.regeneration_count += 1
        token.secret, token.scopes, token.allows_includes = _make_secret(token), None, True
        self.save(token)

    def save(self, token: CanvasAccessToken) -> None:
        """Accept, revoke or forget the token, as its state requires."""
        if token.state == "pending":
            self._accepted.pop(token.secret, None)
            return
        if self._quirks.enforces_token_scopes and token.requested_scopes:
            token.scopes = frozenset(token.requested_scopes)
        token.is_revoked = token.state == "deleted"
        self._accepted[token.secret] = token


def _make_secret(token: CanvasAccessToken) -> str:
    """Return a secret that depends only on the token, so that runs can be repeated."""
    return "1~" + sha256(f"token {token.id} {token.regeneration_count}".encode()).hexdigest()


def _oauth_error(error: str, description: str, status: int = 400) -> CanvasError:
    return CanvasError(status, {"error": error, "error_description": description})
