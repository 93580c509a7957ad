"""Making, changing and deleting access tokens.

A secret is told once, by the reply that makes it, and goes into the result under `secret`: it is
neither kept nor logged, and no token that is told elsewhere holds it.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.changes import Act, Problem, Result, Status
from lms_gateway.domain.records import Kind
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.calls import change
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, ids_of, refused
from lms_gateway.vendors.canvas.detail_values import read_token, secret_of
from lms_gateway.vendors.canvas.details import owner_of
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.payloads import Form
from lms_gateway.vendors.reads import Steps

_NAMES = {name: name for name in ("purpose", "expires_at", "scopes")}
_NEW = Form("access tokens", "token", _NAMES)
_OLD = Form("access tokens", "token", _NAMES | {"regenerate": "regenerate"})
_TOKENS = "/users/:user_id/tokens"
_TOKEN = "/users/:user_id/tokens/:id"
# Canvas says why in a sentence only. Most refusals are about when a token ends.
_REFUSED = Problem(
    "BAD_USER_INPUT",
    "Canvas refused the token; a student's must end within 120 days, and one that has expired is "
    "renewed only with a new end",
    "expires_at",
)
_PENDING = "pending"  # another user's, until they activate it


def create_access_token(desk: Desk, act: Act) -> Steps[Result]:
    """Make a token; `detail` is `token`, and its `secret` where Canvas tells one."""
    problems = _NEW.refuse(act.values, {})
    if not problems and not str(act.values.get("purpose") or "").strip():
        problems = [Problem("BAD_USER_INPUT", "a token needs a purpose", "purpose")]
    if problems:
        return refused(*problems)
    desk.names = _NEW.names
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such user, or hides them", "user")
    desk.meaning = _REFUSED
    user = owner_of(act.of, Kind.USER)
    reply = yield from desk.send(change("POST", _TOKENS, user, json=_body(_NEW, act)))
    return _made(reply, act, is_new=True)


def update_access_token(desk: Desk, act: Act) -> Steps[Result]:
    """Change a token, or its secret; `detail` is `token`, and the `secret` where it is new."""
    problems = _OLD.refuse(act.values, {})
    if not problems and not act.values:
        problems = [NOTHING_GIVEN]
    if problems:
        return refused(*problems)
    desk.names = _OLD.names
    desk.unknown = _unknown()
    desk.meaning = _REFUSED
    reply = yield from desk.send(change("PUT", _TOKEN, *ids_of(act), json=_body(_OLD, act)))
    return _made(reply, act, is_new=bool(act.values.get("regenerate")))


def delete_access_token(desk: Desk, act: Act) -> Steps[Result]:
    """Delete a token; `detail` is the `token` as it was."""
    desk.unknown = _unknown()
    reply = yield from desk.send(change("DELETE", _TOKEN, *ids_of(act)))
    return Result(Status.CONFIRMED, detail={"token": read_token(reply.decode())})


def _made(reply: Reply, act: Act, *, is_new: bool) -> Result:
    body = reply.decode()
    token = read_token(body)
    detail: dict[str, Any] = {"token": token}
    problems = _differences(act.values, token)
    if is_new:
        secret = detail["secret"] = secret_of(body)
        is_pending = token.get("workflow_state") == _PENDING
        if secret is None and act.values.get("regenerate") and not is_pending:
            why = "Canvas told no new secret; the old one may still be good"
            problems.append(Problem("CONFLICT", why, "regenerate"))
    return Result(Status.CONFIRMED, problems=problems, detail=detail)


def _differences(values: Mapping[str, Any], token: Mapping[str, Any]) -> list[Problem]:
    """Scopes are the same in any order."""

    def plain(told: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: sorted(value) if isinstance(value, list | tuple) else value
            for name, value in told.items()
        }

    return differences(plain(values), plain(token), {})


def _body(form: Form, act: Act) -> dict[str, Any]:
    body = form.fill(act.values, {})
    if body["token"].get("scopes", ()) is None:
        body["token"]["scopes"] = []
    return body


def _unknown() -> Problem:
    return Problem("NOT_FOUND", "Canvas knows no such access token, or hides it", "access_token")
