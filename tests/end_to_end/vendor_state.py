"""Looking at Canvas past the gateway: what is stored there, by plain HTTP."""

from typing import Any

import httpx2

from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.harness import GatewayHarness

COURSE, HOST = str(MAPLE.course), str(MAPLE.host_course)
AS_TEACHER = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{canvas_url}"
credentials = { kind = "token", token = "canvas-teacher-token" }
access = "open"
"""


async def read_canvas(gateway: GatewayHarness, path: str, *, token: str = ADMIN_TOKEN) -> Any:
    """What Canvas answers to a GET, ids as numbers."""
    async with httpx2.AsyncClient(base_url=gateway.server.canvas_url) as client:
        reply = await client.get(
            f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
    assert reply.status_code == 200, reply.text
    return reply.json()


def canvas_calls(gateway: GatewayHarness) -> list[str]:
    """What Canvas was asked, method and path, without parameters and in order of the alphabet."""
    return sorted(
        f"{entry.method} {entry.path.removeprefix('/api/v1')}"
        for entry in gateway.log.entries("canvas")
    )


def sent_params(gateway: GatewayHarness, path: str) -> list[tuple[str, str]]:
    """The parameters of the calls to a path, but for pages."""
    return [
        (name, value)
        for entry in gateway.log.entries("canvas")
        if entry.path == f"/api/v1{path}"
        for name, value in entry.params
        if name not in ("per_page", "page")
    ]
