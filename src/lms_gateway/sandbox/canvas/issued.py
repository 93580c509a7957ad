"""The access tokens that people make for themselves or others, as records beside their secrets.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.tokens import Token, Tokens

_HINT = 5


@dataclass(slots=True)
class AccessToken:
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
    rounds: int = 0  # how often its secret was made anew

    @property
    def hint(self) -> str:
        """The secret's beginning, by which it may be found."""
        return self.secret[:_HINT]


class Issued:
    """All of them; the tokens that were there at first have been made by their users."""

    def __init__(self, tokens: Tokens, habits: CanvasHabits, since: datetime) -> None:
        self._tokens, self._habits = tokens, habits
        self._records: dict[int, AccessToken] = {}
        for at, token in enumerate(tokens, start=1):
            ends = token.expires_at
            self._records[at] = AccessToken(
                at,
                token.user_id,
                token.secret,
                "Demonstration",
                since,
                since,
                None if ends is None else datetime.fromtimestamp(ends, UTC),
                tuple(sorted(token.scopes or ())),
                "deleted" if token.is_revoked else "active",
            )

    def of_user(self, user_id: int) -> list[AccessToken]:
        """A user's, oldest first, without those that were deleted."""
        own = (one for one in self._records.values() if one.user_id == user_id)
        return [one for one in own if one.state != "deleted"]

    def find(self, user_id: int, text: str) -> AccessToken | None:
        """A user's token by its id or its hint; None where there is none or none any more."""
        own = self.of_user(user_id)
        hinted = next((one for one in own if one.hint == text), None)
        return hinted or next((one for one in own if str(one.id) == text), None)

    def create(self, record: AccessToken) -> None:
        """Give a new token its id and its secret, and let it be used if it is active."""
        record.id = len(self._records) + 1
        record.secret = _make_secret(record)
        self._records[record.id] = record
        self.save(record)

    def regenerate(self, record: AccessToken) -> None:
        """Give a token a new secret; nobody knows the old one any more."""
        self._tokens.withdraw(record.secret)
        record.rounds += 1
        record.secret = _make_secret(record)
        self.save(record)

    def save(self, record: AccessToken) -> None:
        """Let the token be used as its record says."""
        if record.state == "pending":
            self._tokens.withdraw(record.secret)
            return
        held = next((one for one in self._tokens if one.secret == record.secret), None)
        binds = self._habits.scopes_tokens and record.scopes
        ends = record.expires_at
        self._tokens.put(
            Token(
                record.secret,
                record.user_id,
                None if ends is None else ends.timestamp(),
                record.state == "deleted",
                frozenset(record.scopes) if binds else None if held is None else held.scopes,
                held is None or held.allows_includes,
            )
        )


def _make_secret(record: AccessToken) -> str:
    """The same one for the same token in every run: this is an invented school."""
    return "1~" + sha256(f"token {record.id} {record.rounds}".encode()).hexdigest()
