"""The web application: GraphQL over three transports, the explorer, health and metrics."""

import os
from functools import cache, partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Lifespan
from strawberry import Schema

from lms_gateway.schema import build_schema
from lms_gateway.schema.context import Context
from lms_gateway.schema.process_state import ProcessState
from lms_gateway.web.explorer import ASSETS_PATH
from lms_gateway.web.explorer.page import ExplorerAssets
from lms_gateway.web.graphql.executor import ContextFactory, OperationExecutor
from lms_gateway.web.health import Readiness, liveness, metrics
from lms_gateway.web.middleware.request_context import RequestContextMiddleware
from lms_gateway.web.protocols import ConnectionLimits, GatewayState, RequestLimits, Snapshot
from lms_gateway.web.transports.post_get import GraphQLEndpoint
from lms_gateway.web.transports.sse import SSEEndpoint
from lms_gateway.web.transports.websocket import WebSocketEndpoint

__all__ = ["ConnectionLimits", "GatewayState", "RequestLimits", "Snapshot", "build"]


def build(
    state: GatewayState,
    schema: Schema | None = None,
    *,
    lifespan: Lifespan[Starlette] | None = None,
    make_context: ContextFactory | None = None,
    connection_limits: ConnectionLimits | None = None,
    with_plans: bool | None = None,
) -> Starlette:
    """Return the ASGI application, for the gateway's schema unless another is given.

    `with_plans`: whether operations are compiled to plans; None: unless `LMS_GATEWAY_PLANS` is
    `off`. The application opens and closes nothing: that is the task of `lifespan`.
    """
    limits = connection_limits or ConnectionLimits()
    if with_plans is None:
        with_plans = os.environ.get("LMS_GATEWAY_PLANS") != "off"
    executor = OperationExecutor(
        schema or _default_schema(),
        make_context or partial(Context, process_state=ProcessState()),
        with_plans=with_plans,
    )
    endpoint = GraphQLEndpoint(state, executor)
    sse = SSEEndpoint(state, executor, limits)
    websocket = WebSocketEndpoint(state, executor, limits)
    paths = ("/graphql", "/t/{slug}/graphql")
    app = Starlette(
        routes=[
            Route("/", _redirect_to_graphql),
            *(Route(path, endpoint) for path in paths),
            *(WebSocketRoute(path, websocket) for path in paths),
            *(Route(f"{path}/stream", sse) for path in paths),
            Route("/health/live", liveness),
            Route("/health/ready", Readiness(state).respond),
            Route("/metrics", metrics),
            Mount(ASSETS_PATH, ExplorerAssets()),
        ],
        middleware=[Middleware(RequestContextMiddleware)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


@cache
def _default_schema() -> Schema:
    """Return the gateway's schema, built once: it is slow to build and holds no state."""
    return build_schema()


async def _redirect_to_graphql(request: Request) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphql", 307)
