"""Looking at Canvas past the gateway: what is stored there, by plain HTTP."""

from typing import Any

import httpx

from lms_gateway.sandbox.canvas.tokens import ADMIN_TOKEN
from lms_gateway.sandbox.world import MAPLE
from tests.stage import Stage

COURSE, HOST = str(MAPLE.course), str(MAPLE.host_course)
AS_TEACHER = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{canvas_url}"
credentials = { kind = "token", token = "canvas-teacher-token" }
access = "open"
"""


async def look(stage: Stage, path: str, *, token: str = ADMIN_TOKEN) -> Any:
    """What Canvas answers to a GET, ids as numbers."""
    async with httpx.AsyncClient(base_url=stage.server.canvas_url) as client:
        reply = await client.get(
            f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
    assert reply.status_code == 200, reply.text
    return reply.json()


def asked(stage: Stage) -> list[str]:
    """What Canvas was asked, method and path, without parameters and in order of the alphabet."""
    return sorted(
        f"{one.method} {one.path.removeprefix('/api/v1')}" for one in stage.log.entries("canvas")
    )


def sent(stage: Stage, path: str) -> list[tuple[str, str]]:
    """The parameters of the calls to a path, but for pages."""
    return [
        (name, value)
        for one in stage.log.entries("canvas")
        if one.path == f"/api/v1{path}"
        for name, value in one.params
        if name not in ("per_page", "page")
    ]
