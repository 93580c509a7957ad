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

from lms_sandbox import canvas, schoology
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.demo_schools import TODAY, lakeside, maple
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault, Faults, read_faults
from lms_sandbox.middleware import Clock, Sleep
from lms_sandbox.request_log import RequestLog
from lms_sandbox.schoology import SchoologyQuirks

CANVAS_PATH = "/canvas"
SCHOOLOGY_PATH = "/schoology/v1"

SchoolFactory = Callable[[], School]


@dataclass
class _ReplaceableApp:
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
    _rebuild: Callable[[Sandbox], None] = field(repr=False)

    def reset(self) -> None:
        """Start over: an empty log, no faults, the schools, buckets and tokens as at first."""
        self.log.clear()
        self.faults.clear()
        self._rebuild(self)


def create_sandbox(
    sections: int = 60,
    *,
    canvas_school: SchoolFactory | None = None,
    schoology_school: SchoolFactory | None = None,
    canvas_quirks: CanvasQuirks | None = None,
    schoology_quirks: SchoologyQuirks | None = None,
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
    build_canvas_school = canvas_school or (lambda: maple(sections, today=today))
    build_schoology_school = schoology_school or (lambda: lakeside(sections, today=today))
    log, fault_script = RequestLog(), Faults(faults)

    def build_vendors() -> tuple[School, ASGIApp, School, ASGIApp]:
        new_canvas_school, new_schoology_school = build_canvas_school(), build_schoology_school()
        latency = latency_ms / 1000
        return (
            new_canvas_school,
            canvas.build(
                new_canvas_school,
                log=log,
                faults=fault_script,
                quirks=canvas_quirks,
                clock=clock,
                sleep=sleep,
                latency=latency,
            ),
            new_schoology_school,
            schoology.build(
                new_schoology_school,
                log=log,
                faults=fault_script,
                quirks=schoology_quirks,
                clock=clock,
                sleep=sleep,
                latency=latency,
            ),
        )

    initial_canvas_school, canvas_app, initial_schoology_school, schoology_app = build_vendors()
    canvas_mount, schoology_mount = _ReplaceableApp(canvas_app), _ReplaceableApp(schoology_app)

    def rebuild(sandbox: Sandbox) -> None:
        sandbox.canvas_school, canvas_mount.app, sandbox.schoology_school, schoology_mount.app = (
            build_vendors()
        )

    app = Starlette(
        routes=[
            Mount(CANVAS_PATH, canvas_mount),
            Mount(SCHOOLOGY_PATH, schoology_mount),
            *_control_routes(log, fault_script),
        ]
    )
    return Sandbox(app, log, fault_script, initial_canvas_school, initial_schoology_school, rebuild)


def _control_routes(log: RequestLog, faults: Faults) -> list[Route]:
    async def show_index(request: Request) -> Response:
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
        Route("/", show_index),
        Route("/_sandbox/log", show_log),
        Route("/_sandbox/log", clear_log, methods=["DELETE"]),
        Route("/_sandbox/faults", replace_faults, methods=["PUT"]),
        Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
    ]
