"""The whole of it on a stage: both sandboxes on real sockets, and the gateway in front of them."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_gateway.config import Settings, check, parse
from lms_gateway.sandbox.app import Sandbox, create_sandbox
from lms_gateway.sandbox.log import RequestLog
from lms_gateway.sandbox.server import SandboxServer

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered. `codes` are the errors' (path, code)."""

    status: int
    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[tuple[str, str]]:
        return [
            (".".join(map(str, error.get("path", ()))), error["extensions"]["code"])
            for error in self.errors
        ]


@dataclass
class Stage:
    """A running gateway and the vendors behind it."""

    client: httpx.AsyncClient
    server: SandboxServer
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sandbox(self) -> Sandbox:
        return self.server.sandbox

    @property
    def log(self) -> RequestLog:
        return self.server.log

    async def ask(
        self,
        query: str,
        tenant: str | None = None,
        *,
        path: str = "/graphql",
        headers: Mapping[str, str] = {},
        **variables: Any,
    ) -> Answer:
        """Send a query, for one tenant or for none."""
        sent = {**self.headers, **headers, **({"X-Tenant": tenant} if tenant else {})}
        reply = await self.client.post(
            path, json={"query": query, "variables": variables}, headers=sent
        )
        body = reply.json()
        return Answer(reply.status_code, body.get("data"), body.get("errors", []))

    async def answer(self, query: str, tenant: str | None = None, **variables: Any) -> Any:
        """The data of a query that must not fail."""
        answer = await self.ask(query, tenant, **variables)
        assert answer.errors == [], answer.errors
        return answer.data

    def cold(self) -> None:
        """Forget what was asked so far. The gateway keeps nothing from one request to the next."""
        self.log.clear()

    def calls(self, vendor: str | None = None) -> list[str]:
        """What the vendors were asked since."""
        return self.log.calls(vendor)  # type: ignore[arg-type]


@asynccontextmanager
async def staged(*, settings: str | None = None, **sandbox: Any) -> AsyncIterator[Stage]:
    """The demo's gateway over a sandbox of one's own; `settings` is TOML to use instead, in which
    `{canvas_url}` and `{schoology_url}` stand for the sandbox's addresses."""
    with SandboxServer(create_sandbox(**sandbox)) as server:
        async with over(server, settings=settings) as stage:
            yield stage


@asynccontextmanager
async def over(server: SandboxServer, *, settings: str | None = None) -> AsyncIterator[Stage]:
    """A new gateway over a sandbox that runs already; its log begins anew."""
    server.log.clear()
    application = app.build(lambda: _settings(settings, server))
    async with _running(application), _client(application) as client:
        yield Stage(client, server)


def _settings(text: str | None, server: SandboxServer) -> Settings:
    if text is None:
        return configure(server.canvas_url, server.schoology_url)
    filled = text.replace("{canvas_url}", server.canvas_url).replace(
        "{schoology_url}", server.schoology_url
    )
    return check(parse(filled, place="stage", folder=Path()), environ={}, host=HOST)


@asynccontextmanager
async def _running(application: Starlette) -> AsyncIterator[None]:
    async with application.router.lifespan_context(application):
        yield


@asynccontextmanager
async def _client(application: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as client:
        yield client


@contextmanager
def served(application: Starlette) -> Iterator[str]:
    """An application on a free loopback port, from a thread; yields its address."""
    config = uvicorn.Config(
        application, log_config=None, access_log=False, ws="websockets-sansio", lifespan="on"
    )
    server = uvicorn.Server(config)
    listener = socket.create_server((HOST, 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    give_up = time.monotonic() + 10
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise RuntimeError("the gateway did not start")
        time.sleep(0.005)
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
