"""Access tokens that users create, with their metadata.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.auth import ActiveTokens, CanvasAccessToken

_HINT_LENGTH = 5


@dataclass(slots=True)
class AccessTokenRecord:
    """Metadata and secret of one access token."""

    id: int
    user_id: int
    secret: str
    purpose: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None  # None: never
    scopes: tuple[str, ...] = ()
    state: Literal["active", "pending", "deleted"] = "active"
    real_user_id: int | None = None  # who created it while acting as its user
    regeneration_count: int = 0  # how often the secret was replaced

    @property
    def hint(self) -> str:
        """The first characters of the secret, by which the token can be looked up."""
        return self.secret[:_HINT_LENGTH]


class AccessTokenStore:
    """The access tokens of all users; keeps the tokens that are accepted in step with them."""

    def __init__(self, tokens: ActiveTokens, quirks: CanvasQuirks, created_at: datetime) -> None:
        self._tokens, self._quirks = tokens, quirks
        self._records: dict[int, AccessTokenRecord] = {}
        for token_id, token in enumerate(tokens, start=1):
            seconds = token.expires_at
            texts, dates = (token.secret, "Demonstration"), (created_at, created_at)
            record = AccessTokenRecord(token_id, token.user_id, *texts, *dates)
            record.expires_at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
            record.scopes = tuple(sorted(token.scopes or ()))
            record.state = "deleted" if token.is_revoked else "active"
            self._records[token_id] = record

    def of_user(self, user_id: int) -> list[AccessTokenRecord]:
        """Return a user's tokens, oldest first, without deleted ones."""
        records = (record for record in self._records.values() if record.user_id == user_id)
        return [record for record in records if record.state != "deleted"]

    def find(self, user_id: int, reference: str) -> AccessTokenRecord | None:
        """Return a user's token by hint or id; None if it does not exist or is deleted."""
        records = self.of_user(user_id)
        match_by_hint = next((record for record in records if record.hint == reference), None)
        return match_by_hint or next(
            (record for record in records if str(record.id) == reference), None
        )

    def create(self, record: AccessTokenRecord) -> None:
        """Store a new token with an id and a secret."""
        record.id = len(self._records) + 1
        record.secret = _make_secret(record)
        self._records[record.id] = record
        self.save(record)

    def regenerate(self, record: AccessTokenRecord) -> None:
        """Replace the secret of a token; the old one becomes unknown."""
        self._tokens.remove(record.secret)
        record.regeneration_count += 1
        record.secret = _make_secret(record)
        self.save(record)

    def save(self, record: AccessTokenRecord) -> None:
        """Accept or revoke the token, as its record requires. A pending token is unknown."""
        if record.state == "pending":
            self._tokens.remove(record.secret)
            return
        former = next((token for token in self._tokens if token.secret == record.secret), None)
        scopes = None if former is None else former.scopes
        if self._quirks.enforces_token_scopes and record.scopes:
            scopes = frozenset(record.scopes)
        expires_at = None if record.expires_at is None else record.expires_at.timestamp()
        allows_includes = former is None or former.allows_includes
        is_revoked = record.state == "deleted"
        self._tokens.add(
            CanvasAccessToken(
                record.secret, record.user_id, expires_at, is_revoked, scopes, allows_includes
            )
        )


def _make_secret(record: AccessTokenRecord) -> str:
    """Return a secret that depends only on the token, so that runs can be repeated."""
    return "1~" + sha256(f"token {record.id} {record.regeneration_count}".encode()).hexdigest()
