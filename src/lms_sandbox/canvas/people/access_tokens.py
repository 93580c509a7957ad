"""Endpoints of access tokens. The secret is in the response to its creation only.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from lms_sandbox.canvas.http.errors import CanvasError, validation_error
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields
from lms_sandbox.canvas.state.auth import CanvasAccessToken
from lms_sandbox.data.models import User

_MAX_STUDENT_TOKEN_EXPIRY = timedelta(days=120)
_MAX_PURPOSE_LENGTH = 255
_EXPIRED_TOKEN_MESSAGE = "cannot regenerate an expired token without a new expiration date"


@route("GET", "/users/:user_id/tokens/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    user = request.user()
    token = _find_token(request, user)
    request.require(_can_read(request, user))
    return ObjectResponse(_serialize(request, token))


@route("GET", "/users/:user_id/user_generated_tokens")
def list_of_user(request: CanvasRequest) -> ListResponse:
    user = request.user()
    request.require(_can_read(request, user))
    tokens = request.canvas.access_tokens.of_user(user.id)
    return ListResponse(tokens, partial(_serialize, request), has_last=False, is_bookmarked=True)


@route("POST", "/users/:user_id/tokens")
def create(request: CanvasRequest) -> ObjectResponse:
    """Create a token. A token for another user is pending until they activate it."""
    user = request.user()
    attributes = request.required_params("token")
    if "purpose" not in attributes:
        raise _bad_request("token[purpose] is missing")
    expires_at = _parse_expiry(request, attributes)
    request.require(_can_read(request, user))
    token = CanvasAccessToken("", user.id, expires_at, purpose=_parse_purpose(request, attributes))
    token.requested_scopes = _parse_scopes(request, attributes)
    token.created_at = token.updated_at = _now(request)
    token.real_user_id = request.real_user.id if request.real_user else None
    if not _acts_as_self(request, user):
        token.state = "pending"
    request.canvas.access_tokens.create(token)
    return ObjectResponse(_serialize(request, token, with_secret=True))


@route("PUT", "/users/:user_id/tokens/:id")
def update(request: CanvasRequest) -> ObjectResponse:
    """Change a token; absent attributes stay as they are."""
    user = request.user()
    token = _find_for_update(request, user)
    attributes = request.required_params("token")
    now = _now(request)
    regenerates = bool(attributes.flag("regenerate"))
    is_expired = token.expires_at is not None and token.expires_at < now
    if regenerates and is_expired and "expires_at" not in attributes:
        raise CanvasError(400, {"errors": {"message": _EXPIRED_TOKEN_MESSAGE}})
    purpose = _parse_purpose(request, attributes) if "purpose" in attributes else token.purpose
    scopes = _parse_scopes(request, attributes) if "scopes" in attributes else token.requested_scopes
    token.purpose, token.requested_scopes, token.updated_at = purpose, scopes, now
    if "expires_at" in attributes:
        token.expires_at = attributes.timestamp("expires_at")
    if regenerates:
        if not _acts_as_self(request, user):
            token.state = "pending"
        request.canvas.access_tokens.regenerate(token)
    else:
        request.canvas.access_tokens.save(token)
    return ObjectResponse(_serialize(request, token, with_secret=regenerates))


@route("DELETE", "/users/:user_id/tokens/:id")
def delete(request: CanvasRequest) -> ObjectResponse:
    token = _find_for_update(request, request.user())
    token.state, token.updated_at = "deleted", _now(request)
    request.canvas.access_tokens.save(token)
    return ObjectResponse(_serialize(request, token))


def _find_token(request: CanvasRequest, user: User) -> CanvasAccessToken:
    token = request.canvas.access_tokens.find(user.id, request.path_params["id"])
    if token is None:
        raise request.not_found()
    return token


def _find_for_update(request: CanvasRequest, user: User) -> CanvasAccessToken:
    """Return the token to change. Raises CanvasError (404) also without permission."""
    token = _find_token(request, user)
    if not _can_read(request, user):
        raise request.not_found()
    return token


def _can_read(request: CanvasRequest, user: User) -> bool:
    return user is request.viewer.user or request.viewer.is_root_admin


def _acts_as_self(request: CanvasRequest, user: User) -> bool:
    """Return whether the caller is the user and not another user who acts as them."""
    return request.real_user is None and user is request.viewer.user


def _parse_purpose(request: CanvasRequest, attributes: CanvasParams) -> str:
    purpose = attributes.text("purpose") or ""
    if len(purpose) > _MAX_PURPOSE_LENGTH:
        message = f"is too long (maximum is {_MAX_PURPOSE_LENGTH} characters)"
        raise validation_error(request.quirks, "purpose", message, "too_long")
    return purpose


def _parse_scopes(request: CanvasRequest, attributes: CanvasParams) -> tuple[str, ...]:
    scopes = tuple(attributes.array("scopes") or ())
    is_valid = all(scope.startswith("url:") for scope in scopes)
    if request.quirks.enforces_token_scopes and not is_valid:
        message = "requested scopes must match scopes on developer key"
        raise validation_error(request.quirks, "scopes", message, message)
    return scopes


def _parse_expiry(request: CanvasRequest, attributes: CanvasParams) -> datetime | None:
    """Return the expiry of a new token. Raises CanvasError if students may not choose it."""
    text, expires_at = attributes.text("expires_at"), attributes.timestamp("expires_at")
    if request.quirks.requires_student_token_expiry and _is_only_student(request):
        if not text:
            raise _bad_request("Expiration date is required")
        if expires_at is None:
            raise _bad_request("Invalid expiration date format")
        if expires_at > _now(request) + _MAX_STUDENT_TOKEN_EXPIRY:
            raise _bad_request("Expiration date cannot be more than 120 days in the future")
    return expires_at


def _is_only_student(request: CanvasRequest) -> bool:
    enrollments = [
        enrollment
        for enrollment in request.school.enrollments_of_user(request.viewer.user.id)
        if enrollment.state in ("active", "invited", "completed")
    ]
    return bool(enrollments) and all(enrollment.role == "student" for enrollment in enrollments)


def _now(request: CanvasRequest) -> datetime:
    """Return the time of the clock by which tokens expire."""
    return datetime.fromtimestamp(request.clock_time, UTC)


def _bad_request(message: str) -> CanvasError:
    return CanvasError(400, [{"message": message}])


def _serialize(request: CanvasRequest, token: CanvasAccessToken, *, with_secret: bool = False) -> Json:
    names = ("id", "user_id", "real_user_id", "purpose", "created_at", "updated_at", "expires_at")
    data: Json = {
        **serialize_fields(token, *names),
        "last_used_at": None,
        "remember_access": None,
        "scopes": list(token.requested_scopes),
        "workflow_state": token.state,
        "app_name": "User-Generated",
        "can_manually_regenerate": True,
    }
    if request.quirks.token_secret_key == "visible_token":
        data["visible_token"] = token.secret if with_secret else f"{token.hint}..."
    else:
        data["token_hint"] = token.hint
        if with_secret:
            data["token"] = token.secret
    return data
