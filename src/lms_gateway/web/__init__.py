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
from lms_gateway.schema.shared import Shared
from lms_gateway.web.endpoint import GraphQLEndpoint
from lms_gateway.web.explorer import ASSETS
from lms_gateway.web.health import Readiness, tell_live, tell_metrics
from lms_gateway.web.lane import Lane
from lms_gateway.web.onion import Onion
from lms_gateway.web.operations import ContextFactory, Runner
from lms_gateway.web.page import Assets
from lms_gateway.web.socket import SocketEndpoint
from lms_gateway.web.state import GatewayState, Generation, Limits, Pace
from lms_gateway.web.stream import StreamEndpoint

__all__ = ["GatewayState", "Generation", "Limits", "Pace", "build"]


def build(
    state: GatewayState,
    schema: Schema | None = None,
    *,
    lifespan: Lifespan[Starlette] | None = None,
    make_context: ContextFactory | None = None,
    pace: Pace | None = None,
    with_plans: bool | None = None,
) -> Starlette:
    """The ASGI application over `state`, for the gateway's own schema unless given another.

    `with_plans`: whether operations are compiled; None: unless `LMS_GATEWAY_PLANS` is `off`.
    It opens and closes nothing: what it stands on lives as long as the caller's `lifespan` says.
    """
    kept = pace or Pace()
    if with_plans is None:
        with_plans = os.environ.get("LMS_GATEWAY_PLANS") != "off"
    runner = Runner(
        schema or _own_schema(),
        make_context or partial(Context, shared=Shared()),
        with_plans=with_plans,
    )
    endpoint = GraphQLEndpoint(state, runner)
    stream = StreamEndpoint(state, runner, kept)
    socket = SocketEndpoint(state, runner, kept)
    paths = ("/graphql", "/t/{slug}/graphql")
    main = [Route(path, endpoint) for path in paths]
    app = _Application(
        main,
        routes=[
            Route("/", _to_graphql),
            *main,
            *(WebSocketRoute(path, socket) for path in paths),
            *(Route(f"{path}/stream", stream) for path in paths),
            Route("/health/live", tell_live),
            Route("/health/ready", Readiness(state).tell),
            Route("/metrics", tell_metrics),
            Mount(ASSETS, Assets()),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class _Application(Starlette):
    """Starlette, with what every request passes through in place of its own outermost layer."""

    def __init__(
        self, main: Sequence[Route], *, routes: Sequence[BaseRoute], lifespan: Lifespan[Any] | None
    ) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._main = main

    def build_middleware_stack(self) -> ASGIApp:
        """The layers, from the outside in."""
        return Onion(Lane(ExceptionMiddleware(self.router), self._main))


@cache
def _own_schema() -> Schema:
    """The gateway's own, made once: it takes a while and holds no state."""
    return build_schema()


async def _to_graphql(request: Request) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphql", 307)
