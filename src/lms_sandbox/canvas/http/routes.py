"""Routes: the decorator that registers a handler, and the search for the handler of a request.

Paths are split before they are decoded, so a SIS id can contain an encoded slash.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

from lms_sandbox.canvas.http.request import CanvasRequest, Response

Handler = Callable[[CanvasRequest], Response]
H = TypeVar("H", bound=Handler)

# (method, number of segments, first segment) -> (segments, path, handler)
_ROUTES: dict[tuple[str, int, str], list[tuple[tuple[str, ...], str, Handler]]] = {}


@dataclass(frozen=True, slots=True)
class CanvasRoute:
    """A handler, the scope it needs and the variables of the path."""

    handler: Handler
    scope: str  # of a scoped developer key, for example "url:GET|/api/v1/courses"
    path_params: dict[str, str]  # decoded


def route(method: str, path: str) -> Callable[[H], H]:
    """Register the decorated function as the handler of a path below `/api/v1`.

    A literal segment has precedence over a variable: `/accounts/search` over `/accounts/:id`.
    """

    def register(handler: H) -> H:
        segments = tuple(path.split("/"))
        routes = _ROUTES.setdefault((method, len(segments), segments[1]), [])
        routes.append((segments, path, handler))
        routes.sort(key=lambda known: [segment.startswith(":") for segment in known[0]])
        return handler

    return register


def find_route(method: str, path: str) -> CanvasRoute | None:
    """Return the route of an encoded path below `/api/v1`; None if Canvas has no such route."""
    method = "GET" if method == "HEAD" else method
    sent = path.removesuffix(".json").split("/")
    if len(sent) < 2 or sent[0] or not all(sent[1:]):
        return None
    for segments, pattern, handler in _ROUTES.get((method, len(sent), sent[1]), ()):
        pairs = list(zip(segments, sent, strict=True))
        if all(known == text or known.startswith(":") for known, text in pairs):
            params = {known[1:]: unquote(text) for known, text in pairs if known.startswith(":")}
            return CanvasRoute(handler, f"url:{method}|/api/v1{pattern}", params)
    return None
