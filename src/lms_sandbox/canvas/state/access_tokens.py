"""The access tokens that people make for themselves or others, as records beside their secrets.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.auth import ActiveTokens, CanvasAccessToken

_HINT_LENGTH = 5


@dataclass(slots=True)
class AccessTokenRecord:
    id: int
    user_id: int
    secret: str
    purpose: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None  # None: never
    scopes: tuple[str, ...] = ()
    state: Literal["active", "pending", "deleted"] = "active"
    real_user_id: int | None = None  # who made it in the name of its user
    regeneration_count: int = 0  # how often its secret was made anew

    @property
    def hint(self) -> str:
        """The secret's beginning, by which it may be found."""
        return self.secret[:_HINT_LENGTH]


class AccessTokenStore:
    """All of them; the tokens that were there at first have been made by their users."""

    def __init__(self, tokens: ActiveTokens, quirks: CanvasQuirks, created_at: datetime) -> None:
        self._tokens, self._quirks = tokens, quirks
        self._records: dict[int, AccessTokenRecord] = {}
        for token_id, token in enumerate(tokens, start=1):
            expires_at = token.expires_at
            self._records[token_id] = AccessTokenRecord(
                token_id,
                token.user_id,
                token.secret,
                "Demonstration",
                created_at,
                created_at,
                None if expires_at is None else datetime.fromtimestamp(expires_at, UTC),
                tuple(sorted(token.scopes or ())),
                "deleted" if token.is_revoked else "active",
            )

    def of_user(self, user_id: int) -> list[AccessTokenRecord]:
        """A user's, oldest first, without those that were deleted."""
        records = (record for record in self._records.values() if record.user_id == user_id)
        return [record for record in records if record.state != "deleted"]

    def find(self, user_id: int, reference: str) -> AccessTokenRecord | None:
        """A user's token by its id or its hint; None where there is none or none any more."""
        records = self.of_user(user_id)
        match_by_hint = next((record for record in records if record.hint == reference), None)
        return match_by_hint or next(
            (record for record in records if str(record.id) == reference), None
        )

    def create(self, record: AccessTokenRecord) -> None:
        """Give a new token its id and its secret, and let it be used if it is active."""
        record.id = len(self._records) + 1
        record.secret = _make_secret(record)
        self._records[record.id] = record
        self.save(record)

    def regenerate(self, record: AccessTokenRecord) -> None:
        """Give a token a new secret; nobody knows the old one any more."""
        self._tokens.remove(record.secret)
        record.regeneration_count += 1
        record.secret = _make_secret(record)
        self.save(record)

    def save(self, record: AccessTokenRecord) -> None:
        """Let the token be used as its record says."""
        if record.state == "pending":
            self._tokens.remove(record.secret)
            return
        active_token = next(
            (token for token in self._tokens if token.secret == record.secret), None
        )
        has_scopes = self._quirks.enforces_token_scopes and record.scopes
        expires_at = record.expires_at
        self._tokens.add(
            CanvasAccessToken(
                record.secret,
                record.user_id,
                None if expires_at is None else expires_at.timestamp(),
                record.state == "deleted",
                frozenset(record.scopes)
                if has_scopes
                else None
                if active_token is None
                else active_token.scopes,
                active_token is None or active_token.allows_includes,
            )
        )


def _make_secret(record: AccessTokenRecord) -> str:
    """The same one for the same token in every run: this is an invented school."""
    return "1~" + sha256(f"token {record.id} {record.regeneration_count}".encode()).hexdigest()
