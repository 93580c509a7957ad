"""Application factory: settings → transport → backends → tenants → web application."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from starlette.applications import Starlette

from lms_gateway import web
from lms_gateway.app.reload import ConnectBackend, Gateway, LoadSettings
from lms_gateway.config import (
    CanvasOAuth2,
    CanvasToken,
    Credentials,
    SchoologyOAuth1,
    TenantSettings,
    TransportSettings,
    load,
)
from lms_gateway.domain.backend import Backend
from lms_gateway.telemetry import configure_logs
from lms_gateway.upstream.transports.asyncio_transport.transport import AsyncioTransport
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors import canvas, schoology


def build_from_file(path: Path, host: str, port: int) -> Starlette:
    """Return the application of a configuration file. Raises ConfigError."""
    configure_logs()
    return build(partial(load, path, environ=os.environ, host=host, port=port))


def build(load_settings: LoadSettings) -> Starlette:
    """Return the application; `load_settings` is called now and at each SIGHUP.

    Its lifespan closes all connections. Raises ConfigError.
    """
    settings = load_settings()
    transport = make_transport(settings.transport)
    gateway = Gateway(load_settings, connect_over(transport), first=settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            with _signal_handlers(gateway):
                yield
        finally:
            await gateway.aclose()
            await transport.aclose()

    return web.build(gateway, lifespan=lifespan)


def make_transport(settings: TransportSettings) -> Transport:
    """Return the selected transport; `auto` selects AsyncioTransport."""
    if settings.kind == "httpx":
        return HttpxTransport(max_connections=settings.connections)
    return AsyncioTransport(max_connections=settings.connections)


@asynccontextmanager
async def open_transport(settings: TransportSettings | None = None) -> AsyncIterator[Transport]:
    """Yield a transport, the default one without settings, and close it."""
    transport = make_transport(settings or TransportSettings())
    try:
        yield transport
    finally:
        await transport.aclose()


_VENDORS: Mapping[type[Credentials], tuple[Callable[..., Backend], Callable[..., Any]]] = {
    CanvasToken: (canvas.connect, canvas.StaticToken),
    CanvasOAuth2: (canvas.connect, canvas.OAuth2),
    SchoologyOAuth1: (schoology.connect, schoology.OAuth1),
}
"""Configured credentials → the vendor's `connect`, and its credentials with the same fields."""


def connect_over(transport: Transport) -> ConnectBackend:
    """Return a function that creates the backend of a tenant over this transport."""

    def connect(tenant: TenantSettings, max_concurrency: int) -> Backend:
        connect_vendor, credentials = _VENDORS[type(tenant.credentials)]
        secrets = {
            field.name: getattr(tenant.credentials, field.name) for field in fields(tenant.credentials)
        }
        return connect_vendor(
            tenant=tenant.slug,
            base_url=tenant.base_url,
            credentials=credentials(**{k: v and v.reveal() for k, v in secrets.items()}),
            transport=transport,
            time_zone=tenant.time_zone,
            max_concurrency=max_concurrency,
        )

    return connect


@contextmanager
def _signal_handlers(gateway: Gateway) -> Iterator[None]:
    """Handle SIGHUP (reload), SIGTERM and SIGINT (drain), if this is the main thread.

    In other threads, as in tests, Python does not allow signal handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reloads: set[asyncio.Task[bool]] = set()

    def reload() -> None:
        task = asyncio.create_task(gateway.reload())
        reloads.add(task)  # the event loop keeps only weak references
        task.add_done_callback(reloads.discard)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    for number in (signal.SIGTERM, signal.SIGINT):
        _mark_draining_on(number, gateway)
    # The SIGHUP handler stays until the loop closes: SIGHUP must not end a draining process.
    yield


def _mark_draining_on(number: signal.Signals, gateway: Gateway) -> None:
    """Set `draining` when the server's signal arrives, then call the server's handler."""
    server_handler = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        gateway.draining = True
        if callable(server_handler):
            server_handler(received, frame)

    signal.signal(number, handle)
