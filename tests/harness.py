"""The gateway in front of both simulators, on real sockets."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette

from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_gateway.config import Settings, parse, validate
from lms_sandbox.app import Sandbox, create_sandbox
from lms_sandbox.request_log import RequestLog
from lms_sandbox.server import SandboxServer

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """An answer of the gateway. `codes` are the errors' (path, code)."""

    status: int
    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[tuple[str, str]]:
        return [
            (".".join(map(str, error.get("path", ()))), error["extensions"]["code"]) for error in self.errors
        ]


@dataclass
class GatewayHarness:
    """A running gateway and its vendors."""

    client: httpx2.AsyncClient
    server: SandboxServer
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sandbox(self) -> Sandbox:
        return self.server.sandbox

    @property
    def log(self) -> RequestLog:
        return self.server.log

    async def execute(
        self,
        query: str,
        tenant: str | None = None,
        *,
        path: str = "/graphql",
        headers: Mapping[str, str] = {},
        **variables: Any,
    ) -> GatewayAnswer:
        """Send a query for a tenant (None: without one)."""
        all_headers = {**self.headers, **headers, **({"X-Tenant": tenant} if tenant else {})}
        reply = await self.client.post(
            path, json={"query": query, "variables": variables}, headers=all_headers
        )
        body = reply.json()
        return GatewayAnswer(reply.status_code, body.get("data"), body.get("errors", []))

    async def query(self, query: str, tenant: str | None = None, **variables: Any) -> Any:
        """Send a query that must not fail; return its data."""
        result = await self.execute(query, tenant, **variables)
        assert result.errors == [], result.errors
        return result.data

    def clear_log(self) -> None:
        """Clear the simulator's log."""
        self.log.clear()

    def calls(self, vendor: str | None = None) -> list[str]:
        """Return the calls since the log was cleared."""
        return self.log.calls(vendor)  # type: ignore[arg-type]


@asynccontextmanager
async def running_gateway(*, settings: str | None = None, **sandbox: Any) -> AsyncIterator[GatewayHarness]:
    """Run the demo's gateway over a simulator of its own; `settings` is TOML to use
    instead; `{canvas_url}` and `{schoology_url}` in it are replaced by the simulator's URLs."""
    with SandboxServer(create_sandbox(**sandbox)) as server:
        async with gateway_over(server, settings=settings) as gateway:
            yield gateway


@asynccontextmanager
async def gateway_over(
    server: SandboxServer, *, settings: str | None = None
) -> AsyncIterator[GatewayHarness]:
    """Run a gateway over a running simulator, whose log is cleared."""
    server.log.clear()
    application = app.build(lambda: _settings(settings, server))
    async with _running(application), _client(application) as client:
        yield GatewayHarness(client, server)


def _settings(text: str | None, server: SandboxServer) -> Settings:
    if text is None:
        return configure(server.canvas_url, server.schoology_url)
    toml = text.replace("{canvas_url}", server.canvas_url).replace("{schoology_url}", server.schoology_url)
    return validate(parse(toml, source="stage", folder=Path()), environ={}, host=HOST)


@asynccontextmanager
async def _running(application: Starlette) -> AsyncIterator[None]:
    async with application.router.lifespan_context(application):
        yield


@asynccontextmanager
async def _client(application: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.example") as client:
        yield client


@contextmanager
def serve(application: Starlette) -> Iterator[str]:
    """Serve an application on a free loopback port, in a thread; yields its URL."""
    config = uvicorn.Config(
        application, log_config=None, access_log=False, ws="websockets-sansio", lifespan="on"
    )
    server = uvicorn.Server(config)
    listener = socket.create_server((HOST, 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    start_deadline = time.monotonic() + 10
    while not server.started:
        if not thread.is_alive() or time.monotonic() > start_deadline:
            raise RuntimeError("the gateway did not start")
        time.sleep(0.005)
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
