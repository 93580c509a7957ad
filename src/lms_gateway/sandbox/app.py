"""The sandbox whole: Canvas at `/canvas`, Schoology at `/schoology/v1`, its own doors at
`/_sandbox`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lms_gateway.sandbox import canvas, schoology
from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.door import Clock, Sleep
from lms_gateway.sandbox.faults import Fault, Faults, read_faults
from lms_gateway.sandbox.log import RequestLog
from lms_gateway.sandbox.schoology import SchoologyHabits
from lms_gateway.sandbox.world import TODAY, School, lakeside, maple

CANVAS_PATH = "/canvas"
SCHOOLOGY_PATH = "/schoology/v1"

Telling = Callable[[], School]


@dataclass
class _Swappable:
    """An application that may be another one from one request to the next."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass
class Sandbox:
    """Both vendors as one ASGI application (`app`), and what tests read and turn.

    `canvas_school` and `schoology_school` are the schools as they stand; `reset` tells them anew.
    """

    app: ASGIApp
    log: RequestLog
    faults: Faults
    canvas_school: School
    schoology_school: School
    _start_over: Callable[[Sandbox], None] = field(repr=False)

    def reset(self) -> None:
        """Start over: an empty log, no faults, the schools, buckets and tokens as at first."""
        self.log.clear()
        self.faults.clear()
        self._start_over(self)


def create_sandbox(
    sections: int = 60,
    *,
    canvas_school: Telling | None = None,
    schoology_school: Telling | None = None,
    canvas_habits: CanvasHabits | None = None,
    schoology_habits: SchoologyHabits | None = None,
    faults: Iterable[Fault] = (),
    latency_ms: float = 0.0,
    today: date = TODAY,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
) -> Sandbox:
    """Both vendors over one district: `sections` in each school, the schools' day being `today`.

    A school of one's own is given as a function that tells it, so that `reset` can call it again.
    `clock` is what tokens, signatures and rate limits go by.
    """
    tell_canvas = canvas_school or (lambda: maple(sections, today=today))
    tell_schoology = schoology_school or (lambda: lakeside(sections, today=today))
    log, script = RequestLog(), Faults(faults)

    def tell() -> tuple[School, ASGIApp, School, ASGIApp]:
        one, other = tell_canvas(), tell_schoology()
        latency = latency_ms / 1000
        return (
            one,
            canvas.build(
                one, log=log, faults=script, habits=canvas_habits, clock=clock, sleep=sleep,
                latency=latency,
            ),
            other,
            schoology.build(
                other, log=log, faults=script, habits=schoology_habits, clock=clock, sleep=sleep,
                latency=latency,
            ),
        )  # fmt: skip

    first, canvas_app, second, schoology_app = tell()
    canvas_door, schoology_door = _Swappable(canvas_app), _Swappable(schoology_app)

    def start_over(sandbox: Sandbox) -> None:
        sandbox.canvas_school, canvas_door.app, sandbox.schoology_school, schoology_door.app = (
            tell()
        )

    app = Starlette(
        routes=[
            Mount(CANVAS_PATH, canvas_door),
            Mount(SCHOOLOGY_PATH, schoology_door),
            *_own_routes(log, script),
        ]
    )
    return Sandbox(app, log, script, first, second, start_over)


def _own_routes(log: RequestLog, faults: Faults) -> list[Route]:
    async def greet(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "canvas": f"{base}{CANVAS_PATH}/api/v1",
                "schoology": f"{base}{SCHOOLOGY_PATH}",
                "log": f"{base}/_sandbox/log",
                "faults": f"{base}/_sandbox/faults",
            }
        )

    async def show_log(request: Request) -> Response:
        return JSONResponse(log.to_json())

    async def clear_log(request: Request) -> Response:
        log.clear()
        return Response(status_code=204)

    async def replace_faults(request: Request) -> Response:
        try:
            faults.replace(read_faults(json.loads(await request.body())))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=204)

    async def clear_faults(request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route("/", greet),
        Route("/_sandbox/log", show_log),
        Route("/_sandbox/log", clear_log, methods=["DELETE"]),
        Route("/_sandbox/faults", replace_faults, methods=["PUT"]),
        Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
    ]
