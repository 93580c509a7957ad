"""Access tokens: made, shown, changed and deleted; their secret is told once.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.issued import AccessToken
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.canvas.refusals import Refusal, invalid, short_of
from lms_gateway.sandbox.records import User

_LONGEST_LIFE = timedelta(days=120)
_LONGEST_PURPOSE = 255
_REGENERATE = "cannot regenerate an expired token without a new expiration date"


def show(ask: Ask) -> Answer:
    """GET /users/:user_id/tokens/:id"""
    user = ask.user()
    record = _find(ask, user)
    if not _may_read(ask, user):
        raise ask.refuse()
    return One(_tell(ask, record))


def list_of_user(ask: Ask) -> Answer:
    """GET /users/:user_id/user_generated_tokens"""
    user = ask.user()
    if not _may_read(ask, user):
        raise ask.refuse()
    own = ask.office.issued.of_user(user.id)
    return Listing(own, lambda one: _tell(ask, one), has_last=False, is_bookmarked=True)


def create(ask: Ask) -> Answer:
    """POST /users/:user_id/tokens: one for somebody else waits until they activate it."""
    user = ask.user()
    given = _branch(ask)
    if "purpose" not in given:
        raise _no("token[purpose] is missing")
    expires_at = _expiry(ask, given)
    if not _may_read(ask, user):
        raise ask.refuse()
    now = _now(ask)
    record = AccessToken(
        0, user.id, "", _purpose(ask, given), now, now, expires_at, _scopes(ask, given),
        real_user_id=ask.behind.id if ask.behind else None,
    )  # fmt: skip
    if not _is_own(ask, user):
        record.state = "pending"
    ask.office.issued.create(record)
    return One(_tell(ask, record, with_secret=True))


def update(ask: Ask) -> Answer:
    """PUT /users/:user_id/tokens/:id: what is not named stays as it was."""
    user = ask.user()
    record = _change(ask, user)
    given = _branch(ask)
    now = _now(ask)
    is_new = bool(given.flag("regenerate"))
    is_over = record.expires_at is not None and record.expires_at < now
    if is_new and is_over and "expires_at" not in given:
        raise Refusal(400, {"errors": {"message": _REGENERATE}})
    purpose = _purpose(ask, given) if "purpose" in given else record.purpose
    scopes = _scopes(ask, given) if "scopes" in given else record.scopes
    record.purpose, record.scopes, record.updated_at = purpose, scopes, now
    if "expires_at" in given:
        record.expires_at = given.moment("expires_at")
    if is_new:
        if not _is_own(ask, user):
            record.state = "pending"
        ask.office.issued.regenerate(record)
    else:
        ask.office.issued.save(record)
    return One(_tell(ask, record, with_secret=is_new))


def delete(ask: Ask) -> Answer:
    """DELETE /users/:user_id/tokens/:id"""
    record = _change(ask, ask.user())
    record.state, record.updated_at = "deleted", _now(ask)
    ask.office.issued.save(record)
    return One(_tell(ask, record))


def _find(ask: Ask, user: User) -> AccessToken:
    found = ask.office.issued.find(user.id, ask.ids["id"])
    if found is None:
        raise ask.missing()
    return found


def _change(ask: Ask, user: User) -> AccessToken:
    """The token that is to be changed: who may not is told that there is none."""
    found = _find(ask, user)
    if not _may_read(ask, user):
        raise ask.missing()
    return found


def _may_read(ask: Ask, user: User) -> bool:
    return user is ask.viewer.user or ask.viewer.is_root_admin


def _is_own(ask: Ask, user: User) -> bool:
    """Whether the user is here in person: not somebody else in their name."""
    return ask.behind is None and user is ask.viewer.user


def _branch(ask: Ask) -> Params:
    given = ask.params.block("token")
    if not given:
        raise short_of("token")
    return given


def _purpose(ask: Ask, given: Params) -> str:
    purpose = given.text("purpose") or ""
    if len(purpose) > _LONGEST_PURPOSE:
        message = f"is too long (maximum is {_LONGEST_PURPOSE} characters)"
        raise invalid(ask.habits, "purpose", message, "too_long")
    return purpose


def _scopes(ask: Ask, given: Params) -> tuple[str, ...]:
    scopes = tuple(given.array("scopes") or ())
    if ask.habits.scopes_tokens and not all(one.startswith("url:") for one in scopes):
        message = "requested scopes must match scopes on developer key"
        raise invalid(ask.habits, "scopes", message, message)
    return scopes


def _expiry(ask: Ask, given: Params) -> datetime | None:
    """When a new token is to expire. Raises Refusal where students may not have that."""
    told, moment = given.text("expires_at"), given.moment("expires_at")
    if ask.habits.limits_student_tokens and _is_mere_student(ask):
        if not told:
            raise _no("Expiration date is required")
        if moment is None:
            raise _no("Invalid expiration date format")
        if moment > _now(ask) + _LONGEST_LIFE:
            raise _no("Expiration date cannot be more than 120 days in the future")
    return moment


def _is_mere_student(ask: Ask) -> bool:
    own = [
        one
        for one in ask.school.enrollments_of_user(ask.viewer.user.id)
        if one.state in ("active", "invited", "completed")
    ]
    return bool(own) and all(one.role == "student" for one in own)


def _now(ask: Ask) -> datetime:
    """By the clock that tokens expire by."""
    return datetime.fromtimestamp(ask.at, UTC)


def _no(message: str) -> Refusal:
    return Refusal(400, [{"message": message}])


def _tell(ask: Ask, record: AccessToken, *, with_secret: bool = False) -> Json:
    told: Json = {
        "id": record.id,
        "created_at": tell_moment(record.created_at),
        "last_used_at": None,
        "purpose": record.purpose,
        "real_user_id": record.real_user_id,
        "remember_access": None,
        "scopes": list(record.scopes),
        "updated_at": tell_moment(record.updated_at),
        "user_id": record.user_id,
        "workflow_state": record.state,
        "app_name": "User-Generated",
        "expires_at": tell_moment(record.expires_at),
        "can_manually_regenerate": True,
    }
    if ask.habits.token_secret_key == "visible_token":
        told["visible_token"] = record.secret if with_secret else f"{record.hint}..."
    else:
        told["token_hint"] = record.hint
        if with_secret:
            told["token"] = record.secret
    return told
