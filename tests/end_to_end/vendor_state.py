"""Reads the state of Canvas by plain HTTP, without the gateway."""

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
    """Return Canvas's reply to a GET, with numeric ids."""
    async with httpx2.AsyncClient(base_url=gateway.server.canvas_url) as client:
        reply = await client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()


def canvas_calls(gateway: GatewayHarness) -> list[str]:
    """Return the calls that Canvas received: method and path, sorted."""
    return sorted(
        f"{entry.method} {entry.path.removeprefix('/api/v1')}" for entry in gateway.log.entries("canvas")
    )


def sent_params(gateway: GatewayHarness, path: str) -> list[tuple[str, str]]:
    """Return the parameters of the calls to a path, without those of pagination."""
    return [
        (name, value)
        for entry in gateway.log.entries("canvas")
        if entry.path == f"/api/v1{path}"
        for name, value in entry.params
        if name not in ("per_page", "page")
    ]
