"""The short way to the endpoint, since nearly all requests go there."""

from collections.abc import Sequence

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class FastRoute:
    """Leads to the first of `routes` that matches, by its path alone; all else goes on to `app`.

    What Starlette's router would do, without its layers. The endpoints must be plain ASGI.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self._app = app
        self._routes = tuple((route, route.path_regex) for route in routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            path = scope["path"]
            for route, pattern in self._routes:
                matched = pattern.match(path)
                if matched is not None:
                    scope["route"] = route
                    scope["path_params"] = matched.groupdict()
                    await route.app(scope, receive, send)
                    return
        await self._app(scope, receive, send)
