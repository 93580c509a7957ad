"""HTTP outside: the GraphQL endpoint in its three forms, the explorer, health and metrics."""

import os
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan
from strawberry import Schema

from lms_gateway.schema import build_schema
from lms_gateway.schema.context import Context
from lms_gateway.schema.process_state import ProcessState
from lms_gateway.web.explorer import ASSETS_PATH
from lms_gateway.web.explorer.page import ExplorerAssets
from lms_gateway.web.graphql.executor import ContextFactory, OperationExecutor
from lms_gateway.web.health import Readiness, liveness, metrics
from lms_gateway.web.middleware.fast_route import FastRoute
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
    """The ASGI application over `state`, for the gateway's own schema unless given another.

    `with_plans`: whether operations are compiled; None: unless `LMS_GATEWAY_PLANS` is `off`.
    It opens and closes nothing: what it stands on lives as long as the caller's `lifespan` says.
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
    sse_endpoint = SSEEndpoint(state, executor, limits)
    websocket_endpoint = WebSocketEndpoint(state, executor, limits)
    paths = ("/graphql", "/t/{slug}/graphql")
    graphql_routes = [Route(path, endpoint) for path in paths]
    app = _GatewayApplication(
        graphql_routes,
        routes=[
            Route("/", _redirect_to_graphql),
            *graphql_routes,
            *(WebSocketRoute(path, websocket_endpoint) for path in paths),
            *(Route(f"{path}/stream", sse_endpoint) for path in paths),
            Route("/health/live", liveness),
            Route("/health/ready", Readiness(state).respond),
            Route("/metrics", metrics),
            Mount(ASSETS_PATH, ExplorerAssets()),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class _GatewayApplication(Starlette):
    """Starlette, with what every request passes through in place of its own outermost layer."""

    def __init__(
        self,
        graphql_routes: Sequence[Route],
        *,
        routes: Sequence[BaseRoute],
        lifespan: Lifespan[Any] | None,
    ) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._graphql_routes = graphql_routes

    def build_middleware_stack(self) -> ASGIApp:
        """The layers, from the outside in."""
        return RequestContextMiddleware(
            FastRoute(ExceptionMiddleware(self.router), self._graphql_routes)
        )


@cache
def _default_schema() -> Schema:
    """The gateway's own, made once: it takes a while and holds no state."""
    return build_schema()


async def _redirect_to_graphql(request: Request) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphql", 307)
