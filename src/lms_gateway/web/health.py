"""Endpoints for orchestrators and Prometheus."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lms_gateway.telemetry import exposition
from lms_gateway.web.protocols import GatewayState


async def liveness(_: Request) -> Response:
    """Respond 200: the process is alive."""
    return JSONResponse({"status": "live"})


class Readiness:
    """Responds 200 if the process accepts requests, 503 while it shuts down."""

    def __init__(self, state: GatewayState) -> None:
        self._state = state

    async def respond(self, _: Request) -> Response:
        if self._state.draining:
            return JSONResponse({"status": "draining"}, 503)
        return JSONResponse({"status": "ready"})


async def metrics(_: Request) -> Response:
    """Respond with all metrics in Prometheus's text format."""
    body, content_type = exposition()
    return Response(body, headers={"Content-Type": content_type})
