"""Schoology's REST API v1 over HTTP, told of one school: reads, writes, and how they are refused.

A request meets, in this order: its signature, the key's credits, its content type, whom it runs
as, and then what answers it.
"""

import asyncio
import time
from collections.abc import Iterable

from oauthlib.oauth1.rfc5849.utils import parse_authorization_header
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from lms_gateway.sandbox.door import Clock, Door, Sleep, credits_of
from lms_gateway.sandbox.faults import Faults
from lms_gateway.sandbox.log import Entry, RequestLog, short_hash
from lms_gateway.sandbox.records import User
from lms_gateway.sandbox.school import School

from .changes import change
from .copies import Copies
from .credits import Credits
from .habits import SchoologyHabits
from .keys import RIGHTS, demo_keys
from .multiget import ask_methods, get_many, parse_paths
from .oauth import Key, Refused, Signed, SignedRequest, Verifier
from .reads import allowed_methods, read, split_path
from .view import Answer, Refusal, View
from .writing import write, write_over_limit

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]


def build(
    school: School,
    *,
    log: RequestLog,
    faults: Faults,
    habits: SchoologyHabits | None = None,
    keys: Iterable[Key] | None = None,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
    latency: float = 0.0,
) -> ASGIApp:
    """An ASGI application that is `school`'s Schoology; mount it where its `/v1` should be.

    `keys`: who may sign (None: `demo_keys`). `latency`: seconds before each answer.
    """
    known = demo_keys(school) if keys is None else keys
    schoology = Schoology(school, habits or SchoologyHabits(), known, clock)
    route = Route("/{path:path}", schoology.answer, methods=_METHODS)
    return Door(
        Starlette(routes=[route]),
        "schoology",
        log,
        faults,
        clock,
        sleep,
        _credential_of,
        latency,
    )


class Schoology:
    """One school's API, with what it remembers between requests: nonces, credits and the
    copies that are under way."""

    def __init__(
        self, school: School, habits: SchoologyHabits, keys: Iterable[Key], clock: Clock
    ) -> None:
        self._school = school
        self._habits = habits
        self._clock = clock
        self._verifier = Verifier(keys, habits)
        self._credits = Credits(habits)
        self._copies = Copies()

    async def answer(self, request: Request) -> Response:
        """Reply to one request."""
        now, path = self._clock(), _path_below(request.scope)
        self._copies.run(now)
        try:
            signed = self._verifier.verify(_signed_part(request, path), now)
        except Refused as refused:
            return self._write(request, Answer(401, text=str(refused)))
        wait = self._credits.spend(signed.key.consumer_key, credits_of(request.method), now)
        if wait is not None:
            return write_over_limit(wait, self._habits)
        body = await request.body()
        try:
            _refuse_forms(request, body)
            view = self._view(signed, request.headers.get("x-schoology-run-as"), now)
            answer = self._serve(view, signed, request, path, body)
        except Refusal as refusal:
            answer = Answer(refusal.status, text=refusal.text)
        return self._write(request, answer)

    def _serve(
        self, view: View, signed: Signed, request: Request, path: str, body: bytes
    ) -> Answer:
        match request.method, split_path(path):
            case "GET", _:
                return read(view, path, request.url.query)
            case "OPTIONS", _:
                return Answer(200, headers={"Allow": ", ".join(allowed_methods(view, path))})
            case "POST", ["multiget" | "multioptions" as name]:
                paths = parse_paths(body)
                entry: Entry = request.scope["state"]["entry"]
                entry.inner.extend(paths)
                if self._habits.multiget_charges_rows:
                    self._credits.charge(signed.key.consumer_key, len(paths))
                    entry.credits += len(paths)
                if name == "multiget":
                    return get_many(view, paths, read)
                return ask_methods(view, paths, allowed_methods)
            case "POST" | "PUT" | "DELETE" as method, _:
                return change(view, self._copies, method, path, request.url.query, body)
            case _:
                raise Refusal(405)

    def _view(self, signed: Signed, run_as: str | None, now: float) -> View:
        user, rights = self._school.users[signed.key.user], signed.key.rights
        if signed.token:
            user = self._school.users[signed.token.user]
            rights = RIGHTS[user.position]
        if run_as is not None:
            if rights != "admin" or not self._habits.impersonation:
                raise Refusal(403)
            user = self._acted(run_as)
            rights = RIGHTS[user.position]
        return View(self._school, self._habits, rights, user, signed.base, now)

    def _acted(self, number: str) -> User:
        user = (
            self._school.users.get(int(number)) if number.isascii() and number.isdigit() else None
        )
        if user is None or user.state != "registered":
            raise Refusal(403)
        return user

    def _write(self, request: Request, answer: Answer) -> Response:
        headers = request.headers
        return write(
            answer, headers.get("accept", ""), headers.get("if-none-match", ""), self._habits
        )


def _signed_part(request: Request, path: str) -> SignedRequest:
    scope, host = request.scope, request.headers.get("host", "")
    scheme, root = scope["scheme"], scope.get("root_path", "")
    reached = [f"{scheme}://{host}{root}"] if host else []
    if server := scope.get("server"):
        reached.append(f"{scheme}://{server[0]}:{server[1]}{root}")
    return SignedRequest(
        request.method,
        path,
        request.url.query,
        request.headers.get("authorization"),
        host,
        tuple(reached),
    )


def _path_below(scope: Scope) -> str:
    """The path below the base, as it was sent: an encoded slash is still encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    return path.removeprefix(scope.get("root_path", ""))


def _refuse_forms(request: Request, body: bytes) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise Refusal(415)


def _credential_of(scope: Scope) -> str:
    header = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"authorization"), "")
    try:
        given = dict(parse_authorization_header(header))
    except ValueError:
        return ""
    return short_hash(" ".join(filter(None, map(given.get, ("oauth_consumer_key", "oauth_token")))))
