"""Running an application under uvicorn, so that SIGHUP and SIGTERM drop no request.

SIGHUP  each process reloads the configuration in place (the application's own handler).
SIGTERM each process stops listening, answers what it has begun, and ends.
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
    """Where an application listens, and how."""

    host: str
    port: int  # 0: any free one
    workers: int = 1
    drain_timeout: float = 30.0  # seconds that requests may still take after SIGTERM


def run_server(
    build: Callable[[], Starlette],
    options: ServerOptions,
    *,
    on_started: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    `build` makes the application, in each worker anew: with several it must be picklable.
    `started` is called with the port, once the only worker serves, or once several were started.
    Raises CommandFailed where it cannot listen there.
    """
    config = Config(
        _FrozenApplication(build),
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        lifespan="on",
        # One format for all lines, set up by the application; its own log tells of each request.
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here asks for the client's address or scheme.
        proxy_headers=False,
        http="httptools",
        # The default speaks through an interface that the websockets library gives up.
        ws="websockets-sansio",
        timeout_graceful_shutdown=math.ceil(options.drain_timeout),
        # On a busy machine a worker may take longer than uvicorn's 5 s to build the schema.
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
    """A socket that listens already, so that nobody is refused while workers start."""
    family = AF_INET6 if ":" in options.host else AF_INET
    try:
        return create_server((options.host, options.port), family=family, backlog=2048)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {options.host} port {options.port}: {error.strerror}"
        ) from None


@dataclass(frozen=True, slots=True)
class _FrozenApplication:
    """Builds an application, and spares the garbage collector what then stays for good.

    The schema alone is hundreds of thousands of objects, which each full collection would visit.
    A request makes some thousand containers and frees them again by itself, so that the collector
    also need not look as often as it does by default.
    """

    build: Callable[[], Starlette]

    def __call__(self) -> Starlette:
        application = self.build()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        return application


class _AnnouncedServer(Server):
    """A server that says when it serves."""

    def __init__(self, config: Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()


class _WorkerSupervisor(Multiprocess):
    """Worker processes that reload in place.

    uvicorn answers SIGHUP by starting each worker anew, which closes the connections that clients
    keep open, and a request that is on its way over one of them is lost.
    """

    def __init__(
        self, config: Config, sockets: list[socket], on_started: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._on_started = on_started

    def init_processes(self) -> None:
        super().init_processes()
        self._on_started()

    def handle_hup(self) -> None:
        """Pass SIGHUP on to every worker, once it is able to take it."""
        for process in self.processes:
            # A worker that is still starting has no handler yet, and the signal would end it.
            ready = process.wait_until_ready(
                self.config.timeout_worker_healthcheck, self.should_exit
            )
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
    """Make SIGTERM an orderly end with status 0.

    uvicorn drains, and then raises the signal again for whoever handled it before: without this
    the process would die of it, and leave `finally` blocks undone.
    """

    def exit_process(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    old_sigterm = signal.signal(signal.SIGTERM, exit_process)
    # Until the application's own handler stands, a reload is of no use and must not be the end.
    old_sighup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old_sigterm)
        signal.signal(signal.SIGHUP, old_sighup)


@contextmanager
def _metrics_directory() -> Iterator[None]:
    """Give the workers a folder to count in together, unless the environment names one."""
    if _METRICS_DIR_VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lms-gateway-metrics-") as folder:
        os.environ[_METRICS_DIR_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[_METRICS_DIR_VARIABLE]
