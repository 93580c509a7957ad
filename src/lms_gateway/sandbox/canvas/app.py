"""Canvas's REST API v1 over HTTP, told of one school: reads, writes, and how they are refused.

A request meets, in this order: the throttle, its address, its token, the token's scopes, its body,
whom it acts as, and then what answers it. An address that Canvas does not know, or knows by another
method, gets a page of HTML and 404.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lms_gateway.sandbox.canvas.ask import Ask, Listing, Memo
from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.jobs import Jobs
from lms_gateway.sandbox.canvas.office import Office
from lms_gateway.sandbox.canvas.paging import cut_page
from lms_gateway.sandbox.canvas.params import Unreadable, read_params
from lms_gateway.sandbox.canvas.refusals import (
    NO_SUCH_PAGE,
    Refusal,
    bad_masquerade,
    out_of_scope,
    unauthenticated,
    unreadable_body,
)
from lms_gateway.sandbox.canvas.report_desk import FILE
from lms_gateway.sandbox.canvas.routes import Route, find_route
from lms_gateway.sandbox.canvas.throttle import Throttle
from lms_gateway.sandbox.canvas.tokens import Client, Token, Tokens, demo_client, demo_tokens
from lms_gateway.sandbox.canvas.viewer import Viewer
from lms_gateway.sandbox.door import Clock, Door, Sleep
from lms_gateway.sandbox.faults import Faults
from lms_gateway.sandbox.log import RequestLog, short_hash
from lms_gateway.sandbox.school import School

_API = "/api/v1"
_STRING_IDS = "application/json+canvas-string-ids"


def build(
    school: School,
    *,
    log: RequestLog,
    faults: Faults,
    habits: CanvasHabits | None = None,
    tokens: Iterable[Token] | None = None,
    client: Client | None = None,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
    latency: float = 0.0,
) -> ASGIApp:
    """An ASGI application that is `school`'s Canvas; mount it where its host's root should be.

    `tokens`, `client`: who may ask (None: `demo_tokens`, `demo_client`). `latency`: seconds before
    each answer.
    """
    habits = habits or CanvasHabits()
    known = Tokens(
        school,
        demo_tokens(school) if tokens is None else tokens,
        client or demo_client(school),
        habits,
    )
    throttle = Throttle(habits, clock, credential_of)
    return Door(
        Canvas(school, known, habits, clock),
        "canvas",
        log,
        faults,
        clock,
        sleep,
        credential_of,
        latency,
        throttle.wrap,
    )


class Canvas:
    """One school's API."""

    def __init__(self, school: School, tokens: Tokens, habits: CanvasHabits, clock: Clock) -> None:
        self._school, self._tokens, self._habits, self._clock = school, tokens, habits, clock
        self._memo, self._jobs = Memo(school), Jobs(habits)
        self._office = Office(school, habits, tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.split(b"?")[0].decode("latin-1").removeprefix(scope.get("root_path", ""))
        try:
            if path == "/login/oauth2/token":
                response = await self._answer_oauth(request)
            elif file := FILE.fullmatch(path):
                response = self._answer_file(request, int(file[1]))
            else:
                response = await self._answer_api(request, path)
        except Refusal as refusal:
            response = write(refusal.body, status=refusal.status, headers=refusal.headers)
        await response(scope, receive, send)

    async def _answer_oauth(self, request: Request) -> Response:
        if request.method == "POST":
            body = (await request.body()).decode()
            if request.headers.get("content-type", "").startswith("application/json"):
                form = json.loads(body)
            else:
                form = dict(parse_qsl(body))
            return write(self._tokens.grant(form, self._clock()))
        if request.method == "DELETE":
            secret = _secret_of(request.scope)
            self._tokens.check(secret, self._clock())
            self._tokens.revoke(secret)
            return write({})
        return HTMLResponse(NO_SUCH_PAGE, 404)

    def _answer_file(self, request: Request, id: int) -> Response:
        """A report's file: to who holds its verifier, and to administrators."""
        report = self._office.reports.of_file(id)
        verifier = request.query_params.get("verifier")
        if report is not None and verifier != report.verifier:
            secret = _secret_of(request.scope)
            user = self._tokens.check(secret, self._clock()).user_id if secret else 0
            if not self._school.is_admin(user, report.account_id):
                report = None
        if report is None:
            return HTMLResponse(NO_SUCH_PAGE, 404)
        return Response(report.text, media_type="text/csv; charset=utf-8")

    async def _answer_api(self, request: Request, path: str) -> Response:
        below = path.removeprefix(_API) if path.startswith(_API) else ""
        route = find_route(request.method, below)
        if route is None or self._is_too_new(route):
            return HTMLResponse(NO_SUCH_PAGE, 404)
        # Nothing waits from here on: what was asked is done whole, or not at all.
        ask = self._let_in(request, route, path, await request.body())
        self._jobs.run(ask.at, self._school.now)
        self._office.reports.run(ask.at, self._school.now)
        answer = route.read(ask)
        headers: dict[str, str] = {}
        body: Any
        if isinstance(answer, Listing):
            page = cut_page(ask, answer)
            headers["Link"] = page.link
            body = [answer.tell(row) for row in page.rows]
            ask.state["rows"] = len(body)
            if answer.wrapper is not None:
                body = {answer.wrapper: body, **answer.beside}
        else:
            body = answer.body
        is_plain = isinstance(answer, Listing) and answer.has_plain_ids
        if not is_plain and _STRING_IDS in request.headers.get("accept", ""):
            body = tell_ids_as_strings(body)
        return write(body, headers=headers)

    def _is_too_new(self, route: Route) -> bool:
        return not self._habits.has_section_users and route.scope.endswith("/sections/:id/users")

    def _let_in(self, request: Request, route: Route, path: str, body: bytes) -> Ask:
        secret = _secret_of(request.scope)
        if not secret:
            raise unauthenticated()
        now = self._clock()
        token = self._tokens.check(secret, now)
        if token.scopes is not None and route.scope not in token.scopes:
            raise out_of_scope()
        query = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
        try:
            params, pairs = read_params(query, request.headers.get("content-type", ""), body)
        except Unreadable:
            raise unreadable_body() from None
        scheme, host = request.url.scheme, request.url.netloc
        ask = Ask(
            self._school,
            self._habits,
            Viewer(self._school, self._school.users[token.user_id]),
            self._memo,
            self._jobs,
            self._office,
            f"{scheme}://{host}{request.scope.get('root_path', '')}",
            path,
            route.ids,
            pairs,
            params,
            now,
            token.allows_includes,
            request.scope["state"],
        )
        return ask if (named := ask.one("as_user_id")) is None else self._act_as(ask, named)

    def _act_as(self, ask: Ask, named: str) -> Ask:
        user = ask.find_user(named)
        if user is None or not (ask.viewer.is_root_admin or user is ask.viewer.user):
            raise bad_masquerade()
        return ask.seen_by(Viewer(self._school, user))


def write(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON as Canvas sends it."""
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status,
        headers,
        "application/json; charset=utf-8",
    )


def tell_ids_as_strings(told: Any, key: str = "") -> Any:
    """What `Accept: application/json+canvas-string-ids` does: by a key's name, at any depth."""
    if isinstance(told, dict):
        return {name: tell_ids_as_strings(value, name) for name, value in told.items()}
    if isinstance(told, list):
        if key == "ids" or key.endswith("_ids"):
            return [str(one) if type(one) is int else one for one in told]
        return [tell_ids_as_strings(one) for one in told]
    if type(told) is int and (key == "id" or key.endswith("_id")):
        return str(told)
    return told


def credential_of(scope: Scope) -> str:
    """A short hash of the token that was shown; "" where none was."""
    return short_hash(_secret_of(scope))


def _secret_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, secret = value.decode("latin-1").partition(" ")
            if kind.lower() == "bearer":
                return str(secret.strip())
    if b"access_token=" in scope["query_string"]:
        pairs = parse_qsl(scope["query_string"].decode())
        return next((value for key, value in pairs if key == "access_token"), "")
    return ""
