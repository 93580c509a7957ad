"""Jobs of mutations, observed over both subscription transports."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.server import SandboxServer
from tests.harness import serve

BEGIN = """mutation ($input: ChangeCourseStatesInput!) {
  changeCourseStates(input: $input) { progress { id state } errors { code } } }"""
WATCH = """subscription ($id: ID!) {
  progress(id: $id) { state completion tenant { slug } } }"""


class JobWatcher:
    """A gateway on a socket and its simulator."""

    def __init__(self, url: str, sandbox: SandboxServer, client: httpx2.AsyncClient) -> None:
        self.url = url
        self.sandbox = sandbox
        self.client = client

    async def start_job(self) -> str:
        """Conclude two courses; return the job's global id."""
        courses = [{"vendorId": str(id)} for id in (MAPLE.host_course, MAPLE.unpublished_course)]
        variables = {"input": {"courses": courses, "event": "CONCLUDE"}}
        reply = await self.client.post(
            f"{self.url}/t/maple/graphql", json={"query": BEGIN, "variables": variables}
        )
        payload = reply.json()["data"]["changeCourseStates"]
        assert payload["errors"] == []
        assert payload["progress"]["state"] == "QUEUED"
        self.sandbox.log.clear()
        id: str = payload["progress"]["id"]
        return id

    def poll_count(self) -> int:
        """Count the polls of the job."""
        return sum("/progress/" in entry.path for entry in self.sandbox.log.entries("canvas"))

    async def events(self, id: str) -> list[Any]:
        """Return the events received as server-sent events."""
        async with self.client.stream(
            "POST",
            f"{self.url}/graphql/stream",
            json={"query": WATCH, "variables": {"id": id}},
            headers={"Accept": "text/event-stream"},
        ) as reply:
            lines = [line async for line in reply.aiter_lines()]
        data_lines = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        return [json.loads(data)["data"]["progress"] for data in data_lines if data]

    async def messages(self, id: str) -> list[Any]:
        """Return the events received over a WebSocket."""
        seen = []
        async with connect(
            f"{self.url.replace('http', 'ws', 1)}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            proxy=None,
        ) as connection:
            await connection.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await connection.recv())["type"] == "connection_ack"
            payload = {"query": WATCH, "variables": {"id": id}}
            await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            while (message := json.loads(await connection.recv()))["type"] == "next":
                seen.append(message["payload"]["data"]["progress"])
            assert message["type"] == "complete"
        return seen


@asynccontextmanager
async def job_watcher(quirks: CanvasQuirks) -> AsyncIterator[JobWatcher]:
    with (
        SandboxServer(create_sandbox(13, canvas_quirks=quirks)) as sandbox,
        serve(app.build(lambda: configure(sandbox.canvas_url, sandbox.schoology_url))) as url,
    ):
        async with httpx2.AsyncClient(timeout=60) as client:
            yield JobWatcher(url, sandbox, client)


async def test_subscribers_of_both_transports_share_one_poll() -> None:
    quirks = CanvasQuirks(jobs_advance="polls", job_poll_count=3)
    async with job_watcher(quirks) as place:
        id = await place.start_job()
        several = [place.events(id) for _ in range(5)] + [place.messages(id) for _ in range(5)]
        seen = await asyncio.gather(*several)
        assert {rows[-1]["state"] for rows in seen} == {"COMPLETED"}
        assert {rows[-1]["completion"] for rows in seen} == {100}
        assert all(rows[0]["tenant"] == {"slug": "maple"} for rows in seen)
        longest = max(seen, key=len)
        assert [row["state"] for row in longest] == ["RUNNING", "RUNNING", "COMPLETED"]
        assert place.poll_count() == 3


async def test_a_finished_job_is_sent_once() -> None:
    async with job_watcher(CanvasQuirks(job_seconds=0)) as place:
        id = await place.start_job()
        for watch in (place.events, place.messages):
            (only,) = await watch(id)
            assert only["state"] == "COMPLETED"
        states = {
            place.sandbox.sandbox.canvas_school.courses[course].state
            for course in (MAPLE.host_course, MAPLE.unpublished_course)
        }
        assert states == {"completed"}
