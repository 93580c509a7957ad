"""Servers of the simulator: `serve_sandbox` for the command line, `SandboxServer` for tests."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Self

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.config import LOGGING_CONFIG
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lms_sandbox.app import CANVAS_PATH, SCHOOLOGY_PATH, Sandbox, create_sandbox
from lms_sandbox.faults import Fault, Faults
from lms_sandbox.middleware import ABORT_EXTENSION
from lms_sandbox.request_log import RequestLog

_START_TIMEOUT = 10.0  # seconds


def serve_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    sections: int = 60,
    latency_ms: float = 0.0,
    faults: Sequence[Fault] = (),
    announce: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve both vendors until the process receives SIGINT or SIGTERM.

    The current day of the schools is today. `port` 0 selects a free port. `announce` is called
    with the port once the server listens on it. Raises OSError if it cannot listen.
    """
    sandbox = create_sandbox(sections, latency_ms=latency_ms, faults=faults, today=date.today())
    server = uvicorn.Server(_config(sandbox, log_config=LOGGING_CONFIG, log_level="warning"))
    with _listen(host, port) as listener:
        announce(listener.getsockname()[1])
        server.run(sockets=[listener])


class SandboxServer:
    """Context manager that serves a sandbox on a loopback port from a thread.

    `port` 0 selects a free port. The log, the faults and the schools of the sandbox may be read
    and changed while it runs.
    """

    def __init__(self, sandbox: Sandbox | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.sandbox = sandbox or create_sandbox()
        self._host, self._port = host, port
        self._server = _StoppableServer(_config(self.sandbox))
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True, name="sandbox"
        )
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start within {_START_TIMEOUT:g} s")
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        if self._thread is not None:
            self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def canvas_url(self) -> str:
        """The base URL that corresponds to `https://maple.instructure.com`."""
        return self.url + CANVAS_PATH

    @property
    def schoology_url(self) -> str:
        """The base URL that corresponds to `https://api.schoology.com/v1`."""
        return self.url + SCHOOLOGY_PATH

    @property
    def log(self) -> RequestLog:
        return self.sandbox.log

    @property
    def faults(self) -> Faults:
        return self.sandbox.faults

    def reset(self) -> None:
        """Restore the initial state: see `Sandbox.reset`."""
        self.sandbox.reset()


class _StoppableServer(uvicorn.Server):
    """A uvicorn server that another thread stops without the delay of uvicorn's tick (0.1 s)."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_event = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop_event.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        waits = (super().main_loop(), self._stop_event.wait())
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()


class AbortableProtocol(HttpToolsProtocol):
    """HTTP protocol whose application can abort the connection; ASGI has no message for it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        inner_app = self.app

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = {**scope.get("extensions", {}), ABORT_EXTENSION: self.transport.abort}
            await inner_app({**scope, "extensions": extensions}, receive, send)

        self.app = serve


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError if the address is not available."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _config(
    sandbox: Sandbox, *, log_config: dict[str, Any] | None = None, log_level: str | None = None
) -> uvicorn.Config:
    """Return the configuration of uvicorn. Without `log_config`, logging is not changed."""
    return uvicorn.Config(
        sandbox.app,
        log_config=log_config,
        log_level=log_level,
        access_log=False,
        lifespan="off",
        ws="none",
        http=AbortableProtocol,
        # A request that hangs because of a fault must not prevent the server from stopping.
        timeout_graceful_shutdown=1,
    )
