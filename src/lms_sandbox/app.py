"""The simulator as one ASGI application.

Canvas is mounted at `/canvas`, Schoology at `/schoology/v1`. `/_sandbox/log` and `/_sandbox/faults`
read and change the request log and the scripted faults.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

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
class _MountedVendor:
    """The application of one vendor. `reset` replaces it by one over a new school."""

    build_school: SchoolFactory
    build_app: Callable[[School], ASGIApp]
    school: School = field(init=False)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.school = self.build_school()
        self.app = self.build_app(self.school)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass
class Sandbox:
    """Both vendors as one ASGI application (`app`), with its request log and faults."""

    app: ASGIApp
    log: RequestLog
    faults: Faults
    _canvas: _MountedVendor = field(repr=False)
    _schoology: _MountedVendor = field(repr=False)

    @property
    def canvas_school(self) -> School:
        """The records that Canvas serves now; `reset` replaces them."""
        return self._canvas.school

    @property
    def schoology_school(self) -> School:
        """The records that Schoology serves now; `reset` replaces them."""
        return self._schoology.school

    def reset(self) -> None:
        """Restore the initial state: schools, tokens and rate limits; clear log and faults."""
        self.log.clear()
        self.faults.clear()
        self._canvas.reset()
        self._schoology.reset()


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
    """Build both vendors, each with a school of `sections` sections whose current day is `today`.

    `canvas_school` and `schoology_school` build other schools; `reset` calls them again. `clock`
    determines when tokens expire, signatures are valid and rate limits recover. Every response is
    delayed by `latency_ms`.
    """
    log, fault_script = RequestLog(), Faults(faults)
    latency = latency_ms / 1000
    canvas_vendor = _MountedVendor(
        canvas_school or partial(maple, sections, today=today),
        partial(
            canvas.build,
            log=log,
            faults=fault_script,
            quirks=canvas_quirks,
            clock=clock,
            sleep=sleep,
            latency=latency,
        ),
    )
    schoology_vendor = _MountedVendor(
        schoology_school or partial(lakeside, sections, today=today),
        partial(
            schoology.build,
            log=log,
            faults=fault_script,
            quirks=schoology_quirks,
            clock=clock,
            sleep=sleep,
            latency=latency,
        ),
    )
    app = Starlette(
        routes=[
            Mount(CANVAS_PATH, canvas_vendor),
            Mount(SCHOOLOGY_PATH, schoology_vendor),
            *_control_routes(log, fault_script),
        ]
    )
    return Sandbox(app, log, fault_script, canvas_vendor, schoology_vendor)


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
