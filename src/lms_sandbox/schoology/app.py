"""The ASGI application of one school's Schoology REST API v1.

A request is checked in this order: signature, credits of the key, content type, impersonation.
Then `routes` answers it.
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

from lms_sandbox.data.models import User
from lms_sandbox.data.school import School
from lms_sandbox.faults import Faults
from lms_sandbox.middleware import Clock, SimulatorMiddleware, Sleep, credit_cost, relative_path
from lms_sandbox.request_log import LoggedRequest, RequestLog, short_hash
from lms_sandbox.schoology import oauth
from lms_sandbox.schoology.api_keys import RIGHTS, demo_keys
from lms_sandbox.schoology.context import SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.encoding import encode_over_limit, encode_response
from lms_sandbox.schoology.multiget import get_many, get_many_methods, parse_paths
from lms_sandbox.schoology.params import parse_id, parse_params
from lms_sandbox.schoology.quirks import SchoologyQuirks
from lms_sandbox.schoology.rate_limit import CreditLimiter
from lms_sandbox.schoology.routes import allowed_methods, route_read, route_write, split_path
from lms_sandbox.schoology.section_copies import SectionCopyJobs

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]


def build(
    school: School,
    *,
    log: RequestLog,
    faults: Faults,
    quirks: SchoologyQuirks | None = None,
    keys: Iterable[oauth.OAuthConsumer] | None = None,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
    latency: float = 0.0,
) -> ASGIApp:
    """Return the ASGI application of `school`'s Schoology; mount it at the path of `/v1`.

    `keys`: the API keys (None: `demo_keys`). `latency`: seconds before each response.
    """
    known_keys = demo_keys(school) if keys is None else keys
    schoology = Schoology(school, quirks or SchoologyQuirks(), known_keys, clock)
    route = Route("/{path:path}", schoology.respond, methods=_METHODS)
    return SimulatorMiddleware(
        Starlette(routes=[route]), "schoology", log, faults, clock, sleep, _credential_hash, latency
    )


class Schoology:
    """The API of one school. Its state: nonces, credits and scheduled section copies."""

    def __init__(
        self, school: School, quirks: SchoologyQuirks, keys: Iterable[oauth.OAuthConsumer], clock: Clock
    ) -> None:
        self._school, self._quirks, self._clock = school, quirks, clock
        self._verifier = oauth.SignatureVerifier(keys, quirks)
        self._credit_limiter = CreditLimiter(quirks)
        self._copy_jobs = SectionCopyJobs()

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        now, path = self._clock(), relative_path(request.scope)
        self._copy_jobs.run(now)
        try:
            verified = self._verifier.verify(_signed_request(request, path), now)
        except oauth.OAuthError as error:
            return self._encode(request, SchoologyResponse(401, text=str(error)))
        consumer_key = verified.key.consumer_key
        retry_after = self._credit_limiter.spend(consumer_key, credit_cost(request.method), now)
        if retry_after is not None:
            return encode_over_limit(retry_after, self._quirks)
        body = await request.body()
        try:
            _reject_forms(request, body)
            api_request = self._api_request(request, verified, body, now)
            response = self._serve(api_request, request, consumer_key, path)
        except SchoologyError as error:
            response = SchoologyResponse(error.status, text=error.text)
        return self._encode(request, response)

    def _serve(
        self, api_request: SchoologyRequest, request: Request, consumer_key: str, path: str
    ) -> SchoologyResponse:
        match request.method, split_path(path):
            case "GET", _:
                return route_read(api_request, path)
            case "OPTIONS", _:
                methods = ", ".join(allowed_methods(api_request, path))
                return SchoologyResponse(200, headers={"Allow": methods})
            case "POST", ["multiget" | "multioptions" as endpoint]:
                paths = parse_paths(api_request.body)
                entry: LoggedRequest = request.scope["state"]["entry"]
                entry.multiget_paths.extend(paths)
                if self._quirks.multiget_charges_rows:
                    self._credit_limiter.charge(consumer_key, len(paths))
                    entry.credits += len(paths)
                if endpoint == "multiget":
                    return get_many(api_request, paths, route_read)
                return get_many_methods(api_request, paths, allowed_methods)
            case "POST" | "PUT" | "DELETE" as method, _:
                return route_write(api_request, self._copy_jobs, method, path)
            case _:
                raise SchoologyError(405)

    def _api_request(
        self, request: Request, verified: oauth.VerifiedRequest, body: bytes, now: float
    ) -> SchoologyRequest:
        user, rights = self._school.users[verified.key.user_id], verified.key.rights
        if verified.token:
            user = self._school.users[verified.token.user_id]
            rights = RIGHTS[user.position]
        run_as = request.headers.get("x-schoology-run-as")
        if run_as is not None:
            if rights != "admin" or not self._quirks.impersonation:
                raise SchoologyError(403)
            user = self._impersonated_user(run_as)
            rights = RIGHTS[user.position]
        params = parse_params(request.url.query)
        return SchoologyRequest(self._school, self._quirks, rights, user, verified.base, now, params, body)

    def _impersonated_user(self, user_id: str) -> User:
        user = self._school.users.get(parse_id(user_id))
        if user is None or user.state != "registered":
            raise SchoologyError(403)
        return user

    def _encode(self, request: Request, response: SchoologyResponse) -> Response:
        accept = request.headers.get("accept", "")
        if_none_match = request.headers.get("if-none-match", "")
        return encode_response(response, accept, if_none_match, self._quirks)


def _signed_request(request: Request, path: str) -> oauth.SignedRequest:
    scope, host = request.scope, request.headers.get("host", "")
    scheme, root_path = scope["scheme"], scope.get("root_path", "")
    own_bases = [f"{scheme}://{host}{root_path}"] if host else []
    if server := scope.get("server"):
        own_bases.append(f"{scheme}://{server[0]}:{server[1]}{root_path}")
    query, authorization = request.url.query, request.headers.get("authorization")
    return oauth.SignedRequest(request.method, path, query, authorization, host, tuple(own_bases))


def _reject_forms(request: Request, body: bytes) -> None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and content_type != "application/json":
        raise SchoologyError(415)


def _credential_hash(scope: Scope) -> str:
    header = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"authorization"), "")
    try:
        parameters = dict(parse_authorization_header(header))
    except ValueError:
        return ""
    names = ("oauth_consumer_key", "oauth_token")
    return short_hash(" ".join(filter(None, map(parameters.get, names))))
