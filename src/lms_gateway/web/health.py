"""What orchestrators and Prometheus ask for."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lms_gateway.telemetry import exposition
from lms_gateway.web.protocols import GatewayState


async def liveness(_: Request) -> Response:
    """The process answers, so it lives."""
    return JSONResponse({"status": "live"})


class Readiness:
    """Whether to send requests here: 503 once the process was told to end."""

    def __init__(self, state: GatewayState) -> None:
        self._state = state

    async def respond(self, _: Request) -> Response:
        if self._state.draining:
            return JSONResponse({"status": "draining"}, 503)
        return JSONResponse({"status": "ready"})


async def metrics(_: Request) -> Response:
    """All metrics, in the format that Prometheus reads."""
    body, content_type = exposition()
    return Response(body, headers={"Content-Type": content_type})
