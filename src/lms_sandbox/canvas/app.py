"""ASGI application that imitates the Canvas REST API v1 for one school.

A request passes, in this order: the rate limit, the route, the token, the token's scopes, the
parameters, `as_user_id`, the handler. An unknown path or method gets an HTML page with status 404.
"""

import asyncio
import json
import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lms_sandbox.canvas.http import errors
from lms_sandbox.canvas.http.paging import paginate
from lms_sandbox.canvas.http.params import InvalidJsonBody, parse_params
from lms_sandbox.canvas.http.permissions import CanvasViewer
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import CanvasRoute, find_route
from lms_sandbox.canvas.http.throttle import CanvasThrottle
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.access_tokens import AccessTokenStore
from lms_sandbox.canvas.state.auth import CanvasAccessToken, OAuthClient, demo_client, demo_tokens
from lms_sandbox.canvas.state.canvas_state import CanvasState
from lms_sandbox.canvas.state.report_jobs import FILE_PATH
from lms_sandbox.data.school import School
from lms_sandbox.faults import Faults
from lms_sandbox.middleware import Clock, SimulatorMiddleware, Sleep
from lms_sandbox.request_log import RequestLog, short_hash

_API_PREFIX = "/api/v1"
_STRING_IDS_TYPE = "application/json+canvas-string-ids"
# The import of a module registers its handlers.
for _package, _modules in {
    "accounts": "calendars endpoints information notifications reports",
    "courses": "actions activity_stream assignments batch endpoints html_preview progress settings writes",
    "people": "access_tokens course_users enrollment_writes enrollments users",
    "sections": "endpoints writes",
}.items():
    for _module in _modules.split():
        import_module(f"lms_sandbox.canvas.{_package}.{_module}")


def build(
    school: School,
    *,
    log: RequestLog,
    faults: Faults,
    quirks: CanvasQuirks | None = None,
    tokens: Iterable[CanvasAccessToken] | None = None,
    client: OAuthClient | None = None,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
    latency: float = 0.0,
) -> ASGIApp:
    """Return the ASGI application; mount it at the root URL of the Canvas host.

    `tokens` and `client` are the accepted credentials; None means `demo_tokens` and `demo_client`.
    `latency` is the delay before each response, in seconds.
    """
    quirks = quirks or CanvasQuirks()
    tokens = demo_tokens(school) if tokens is None else tokens
    store = AccessTokenStore(school, tokens, client or demo_client(school), quirks)
    app = CanvasApp(CanvasState(school, quirks, store), clock)
    throttle = CanvasThrottle(quirks, clock, credential_of).wrap
    return SimulatorMiddleware(app, "canvas", log, faults, clock, sleep, credential_of, latency, throttle)


class CanvasApp:
    """The API of one school: OAuth 2 tokens, report files and the REST routes."""

    def __init__(self, canvas: CanvasState, clock: Clock) -> None:
        self._canvas, self._clock = canvas, clock
        self._school, self._tokens = canvas.school, canvas.access_tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw_path.split(b"?")[0].decode("latin-1").removeprefix(scope.get("root_path", ""))
        try:
            if path == "/login/oauth2/token":
                response = await self._handle_oauth(request)
            elif file := FILE_PATH.fullmatch(path):
                response = self._handle_file(request, int(file[1]))
            else:
                response = await self._handle_api(request, path)
        except errors.CanvasError as error:
            response = json_response(error.body, status=error.status, headers=error.headers)
        await response(scope, receive, send)

    async def _handle_oauth(self, request: Request) -> Response:
        if request.method == "POST":
            body = (await request.body()).decode()
            if request.headers.get("content-type", "").startswith("application/json"):
                form = json.loads(body)
            else:
                form = dict(parse_qsl(body))
            return json_response(self._tokens.refresh(form, self._clock()))
        if request.method == "DELETE":
            secret = _token_secret(request.scope)
            self._tokens.verify(secret, self._clock())
            self._tokens.revoke(secret)
            return json_response({})
        return HTMLResponse(errors.NOT_FOUND_PAGE, 404)

    def _handle_file(self, request: Request, id: int) -> Response:
        """Respond with the file of a report, to holders of its verifier and to admins."""
        report = self._canvas.reports.run_of_file(id)
        verifier = request.query_params.get("verifier")
        if report is None:
            return HTMLResponse(errors.NOT_FOUND_PAGE, 404)
        if verifier != report.verifier:
            secret = _token_secret(request.scope)
            user = self._tokens.verify(secret, self._clock()).user_id if secret else 0
            if not self._school.is_admin(user, report.account_id):
                return HTMLResponse(errors.NOT_FOUND_PAGE, 404)
        return Response(report.text, media_type="text/csv; charset=utf-8")

    async def _handle_api(self, request: Request, path: str) -> Response:
        api_path = path.removeprefix(_API_PREFIX) if path.startswith(_API_PREFIX) else ""
        route = find_route(request.method, api_path)
        if route is None or self._is_disabled(route):
            return HTMLResponse(errors.NOT_FOUND_PAGE, 404)
        body = await request.body()
        # From here on, nothing awaits: a write is carried out completely or not at all.
        canvas_request = self._authenticate(request, route, path, body)
        self._canvas.run_due(canvas_request.clock_time)
        result = route.handler(canvas_request)
        accepts_string_ids = _STRING_IDS_TYPE in request.headers.get("accept", "")
        if isinstance(result, ObjectResponse):
            return json_response(stringify_ids(result.body) if accepts_string_ids else result.body)
        page = paginate(canvas_request, result)
        rows: Any = [result.serialize(row) for row in page.rows]
        canvas_request.state["rows"] = len(rows)
        if result.wrapper_key is not None:
            rows = {result.wrapper_key: rows, **result.extra_keys}
        if accepts_string_ids and not result.keeps_integer_ids:
            rows = stringify_ids(rows)
        return json_response(rows, headers={"Link": page.link_header})

    def _is_disabled(self, route: CanvasRoute) -> bool:
        return not self._canvas.quirks.has_section_users and route.scope.endswith("/sections/:id/users")

    def _authenticate(self, request: Request, route: CanvasRoute, path: str, body: bytes) -> CanvasRequest:
        secret = _token_secret(request.scope)
        if not secret:
            raise errors.unauthenticated()
        now = self._clock()
        token = self._tokens.verify(secret, now)
        if token.scopes is not None and route.scope not in token.scopes:
            raise errors.insufficient_scopes()
        query = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
        try:
            params, flat_params = parse_params(query, request.headers.get("content-type", ""), body)
        except InvalidJsonBody:
            raise errors.invalid_json_body() from None
        viewer = CanvasViewer(self._school, self._school.users[token.user_id])
        root_path = request.scope.get("root_path", "")
        base_url = f"{request.url.scheme}://{request.url.netloc}{root_path}"
        sent = (base_url, path, route.path_params, flat_params, params)
        state = request.scope["state"]
        canvas_request = CanvasRequest(self._canvas, viewer, *sent, now, token.allows_includes, state)
        user_ref = canvas_request.scalar("as_user_id")
        return canvas_request if user_ref is None else self._masquerade(canvas_request, user_ref)

    def _masquerade(self, canvas_request: CanvasRequest, user_ref: str) -> CanvasRequest:
        user, viewer = canvas_request.find_user(user_ref), canvas_request.viewer
        if user is None or not (viewer.is_root_admin or user is viewer.user):
            raise errors.invalid_masquerade()
        return canvas_request.masquerade_as(CanvasViewer(self._school, user))


def json_response(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response with the headers that Canvas sends."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status, headers, "application/json; charset=utf-8")


def stringify_ids(data: Any, key: str = "") -> Any:
    """Return `data` with ids as strings, for `Accept: application/json+canvas-string-ids`.

    Ids are recognized by their keys (`id`, `*_id`, `ids`, `*_ids`), at any depth.
    """
    if isinstance(data, dict):
        return {name: stringify_ids(value, name) for name, value in data.items()}
    if isinstance(data, list):
        if key == "ids" or key.endswith("_ids"):
            return [str(item) if type(item) is int else item for item in data]
        return [stringify_ids(item) for item in data]
    return str(data) if type(data) is int and (key == "id" or key.endswith("_id")) else data


def credential_of(scope: Scope) -> str:
    """Return a short hash of the request's token; "" without a token."""
    return short_hash(_token_secret(scope))


def _token_secret(scope: Scope) -> str:
    """Return the token of the header, or else of the query; "" without a token."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, secret = value.decode("latin-1").partition(" ")
            if kind.lower() == "bearer":
                return str(secret.strip())
    if b"access_token=" in scope["query_string"]:
        pairs = parse_qsl(scope["query_string"].decode())
        return next((value for key, value in pairs if key == "access_token"), "")
    return ""
