"""uvicorn server and worker processes; SIGHUP and SIGTERM drop no request.

SIGHUP  each process reloads its configuration (handled by the application).
SIGTERM each process stops listening, finishes its requests, and exits.
"""

import gc
import math
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, create_server, socket
from types import FrameType

import structlog
from starlette.applications import Starlette
from uvicorn import Config, Server
from uvicorn.supervisors.multiprocess import Multiprocess

from lms_gateway.cli.errors import CommandError
from lms_gateway.telemetry import worker_ended

log = structlog.get_logger(__name__)

_METRICS_DIR_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Address, number of workers and drain timeout of a server."""

    host: str
    port: int  # 0: any free port
    workers: int = 1
    drain_timeout: float = 30.0  # seconds for running requests after SIGTERM


def run_server(
    build: Callable[[], Starlette],
    options: ServerOptions,
    *,
    on_started: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    `build` returns the application and is called in each worker; with several workers it must be picklable.
    `on_started` is called with the port when the server is ready. Raises CommandError if the port is in use.
    """
    config = Config(
        _FrozenApplication(build),
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        lifespan="on",
        # The application configures logging and logs each request.
        log_config=None,
        access_log=False,
        server_header=False,
        # The client's address and scheme are not used.
        proxy_headers=False,
        http="httptools",
        # The default uses an interface that the websockets library deprecates.
        ws="websockets-sansio",
        timeout_graceful_shutdown=math.ceil(options.drain_timeout),
        # On a busy machine building the schema may exceed uvicorn's default of 5 s.
        timeout_worker_healthcheck=30,
    )
    with _clean_exit():
        listener = _bind(options)
        port: int = listener.getsockname()[1]
        log.info("listening", host=options.host, port=port, workers=options.workers)
        if options.workers == 1:
            _AnnouncedServer(config, lambda: on_started(port)).run(sockets=[listener])
            return
        with _metrics_directory():
            _WorkerSupervisor(config, [listener], lambda: on_started(port)).run()


def _bind(options: ServerOptions) -> socket:
    """Return a listening socket, so that no connection is refused while workers start."""
    family = AF_INET6 if ":" in options.host else AF_INET
    try:
        return create_server((options.host, options.port), family=family, backlog=2048)
    except OSError as error:
        raise CommandError(f"cannot listen on {options.host} port {options.port}: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class _FrozenApplication:
    """Builds an application and excludes its objects from garbage collection.

    The schema has hundreds of thousands of objects, which each full collection would visit. A
    request creates some thousand containers and frees them by reference counting, so collections
    can be less frequent than by default.
    """

    build: Callable[[], Starlette]

    def __call__(self) -> Starlette:
        application = self.build()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        return application


class _AnnouncedServer(Server):
    """uvicorn server that calls `on_started` when it is ready."""

    def __init__(self, config: Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()


class _WorkerSupervisor(Multiprocess):
    """Worker processes that reload without a restart.

    On SIGHUP uvicorn would restart each worker, which closes keep-alive connections: a request that
    a client sends at that moment would be lost.
    """

    def __init__(self, config: Config, sockets: list[socket], on_started: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._on_started = on_started

    def init_processes(self) -> None:
        super().init_processes()
        self._on_started()

    def handle_hup(self) -> None:
        """Forward SIGHUP to every worker when it is ready to handle it."""
        for process in self.processes:
            # A worker that is starting has no handler yet: the signal would end it.
            ready = process.wait_until_ready(self.config.timeout_worker_healthcheck, self.should_exit)
            if ready and process.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGHUP)

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            if pid is not None:
                worker_ended(pid)


@contextmanager
def _clean_exit() -> Iterator[None]:
    """Exit with status 0 on SIGTERM.

    uvicorn drains and then raises the signal again for the previous handler. The default handler
    would end the process without running `finally` blocks.
    """

    def exit_process(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    old_sigterm = signal.signal(signal.SIGTERM, exit_process)
    # SIGHUP before the application sets its handler must not end the process.
    old_sighup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old_sigterm)
        signal.signal(signal.SIGHUP, old_sighup)


@contextmanager
def _metrics_directory() -> Iterator[None]:
    """Set a metrics directory that all workers share, unless the environment has one."""
    if _METRICS_DIR_VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lms-gateway-metrics-") as folder:
        os.environ[_METRICS_DIR_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[_METRICS_DIR_VARIABLE]
