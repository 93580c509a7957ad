"""Access tokens and the developer key of the sample data."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

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
_EXPIRY = datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


@dataclass(slots=True)
class CanvasAccessToken:
    """An access token. The first fields decide what is accepted, the others describe it."""

    secret: str
    user_id: int
    expires_at: datetime | None = None
    is_revoked: bool = False
    scopes: frozenset[str] | None = None  # None: all routes
    allows_includes: bool = True  # False: `include` is ignored

    id: int = 0
    purpose: str = "Demonstration"
    created_at: datetime | None = None
    updated_at: datetime | None = None
    requested_scopes: tuple[str, ...] = ()  # enforced only by `CanvasQuirks.enforces_token_scopes`
    state: Literal["active", "pending", "deleted"] = "active"
    real_user_id: int | None = None  # who created it while acting as its user
    regeneration_count: int = 0  # how often the secret was replaced

    @property
    def hint(self) -> str:
        """The first characters of the secret, by which the token can be looked up."""
        return self.secret[:5]


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
    known_ids = next((candidate for candidate in (MAPLE, LAKESIDE) if candidate.admin in school.users), None)
    admin, teacher, student = (
        (known_ids.admin, known_ids.teacher, known_ids.student) if known_ids else (1, 2, 3)
    )
    tokens = [
        CanvasAccessToken(ADMIN_TOKEN, admin),
        CanvasAccessToken(SCOPED_TOKEN, admin, allows_includes=False),
        CanvasAccessToken(NARROW_TOKEN, admin, scopes=frozenset({"url:GET|/api/v1/courses"})),
        CanvasAccessToken(EXPIRED_TOKEN, admin, _EXPIRY),
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
