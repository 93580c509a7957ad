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

from lms_gateway.cli.failure import CommandFailed
from lms_gateway.telemetry import worker_ended
from lms_gateway.web.wire import JoinedWrites

log = structlog.get_logger(__name__)

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where an application listens, and how."""

    host: str
    port: int  # 0: any free one
    workers: int = 1
    drain_timeout: float = 30.0  # seconds that requests may still take after SIGTERM


def run_server(
    build: Callable[[], Starlette],
    listening: Listening,
    *,
    started: Callable[[int], None] = lambda port: None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    `build` makes the application, in each worker anew: with several it must be picklable.
    `started` is called with the port, once the only worker serves, or once several were started.
    Raises CommandFailed where it cannot listen there.
    """
    config = Config(
        _Settled(build),
        factory=True,
        host=listening.host,
        port=listening.port,
        workers=listening.workers,
        lifespan="on",
        # One format for all lines, set up by the application; its own log tells of each request.
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here asks for the client's address or scheme.
        proxy_headers=False,
        http=JoinedWrites,
        # The default speaks through an interface that the websockets library gives up.
        ws="websockets-sansio",
        timeout_graceful_shutdown=math.ceil(listening.drain_timeout),
        # On a busy machine a worker may take longer than uvicorn's 5 s to build the schema.
        timeout_worker_healthcheck=30,
    )
    with _ending_cleanly():
        bound = _bind(listening)
        port: int = bound.getsockname()[1]
        log.info("listening", host=listening.host, port=port, workers=listening.workers)
        if listening.workers == 1:
            _AnnouncedServer(config, lambda: started(port)).run(sockets=[bound])
            return
        with _shared_metrics():
            _Workers(config, [bound], lambda: started(port)).run()


def _bind(listening: Listening) -> socket:
    """A socket that listens already, so that nobody is refused while workers start."""
    family = AF_INET6 if ":" in listening.host else AF_INET
    try:
        return create_server((listening.host, listening.port), family=family, backlog=2048)
    except OSError as error:
        raise CommandFailed(
            f"cannot listen on {listening.host} port {listening.port}: {error.strerror}"
        ) from None


@dataclass(frozen=True, slots=True)
class _Settled:
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

    def __init__(self, config: Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()


class _Workers(Multiprocess):
    """Worker processes that reload in place.

    uvicorn answers SIGHUP by starting each worker anew, which closes the connections that clients
    keep open, and a request that is on its way over one of them is lost.
    """

    def __init__(self, config: Config, sockets: list[socket], announce: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._announce = announce

    def init_processes(self) -> None:
        super().init_processes()
        self._announce()

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
def _ending_cleanly() -> Iterator[None]:
    """Make SIGTERM an orderly end with status 0.

    uvicorn drains, and then raises the signal again for whoever handled it before: without this
    the process would die of it, and leave `finally` blocks undone.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, leave)
    # Until the application's own handler stands, a reload is of no use and must not be the end.
    before_hup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, before_hup)


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """Give the workers a folder to count in together, unless the environment names one."""
    if _METRICS_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lms-gateway-metrics-") as folder:
        os.environ[_METRICS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_METRICS_FOLDER]
