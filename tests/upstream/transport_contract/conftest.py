"""Both transports, unencrypted and over TLS, on both event loops of the gateway."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
import trustme
import uvloop

from lms_gateway.upstream.transports.asyncio_transport.transport import AsyncioTransport
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.server import Answer, BytesVendor, listening

Make = Callable[..., Transport]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on asyncio and on uvloop, which `serve` prefers if it is installed."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that signs the vendors' certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    """A client context that trusts this authority only."""
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    return context


@pytest.fixture(scope="session")
def identity(authority: trustme.CA) -> ssl.SSLContext:
    """A server context for loopback."""
    return as_server(authority.issue_cert("localhost", "127.0.0.1", "::1"))


def as_server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server context with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(params=[HttpxTransport, AsyncioTransport], ids=["httpx", "asyncio"])
async def make(request: pytest.FixtureRequest, trust: ssl.SSLContext) -> AsyncIterator[Make]:
    """Return a function that makes transports of one kind; they are closed at the end."""
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> Transport:
            transport: Transport = request.param(**{"ssl_context": trust, **options})
            stack.push_async_callback(transport.aclose)
            return transport

        yield make


@pytest.fixture
async def make_asyncio(trust: ssl.SSLContext) -> AsyncIterator[Make]:
    """Return a function that makes AsyncioTransports, for guarantees that httpx2 does not give."""
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> Transport:
            transport = AsyncioTransport(ssl_context=trust, **options)
            stack.push_async_callback(transport.aclose)
            return transport

        yield make


@pytest.fixture
async def transport(make: Make) -> Transport:
    """A transport with the gateway's defaults."""
    return make()


class Listen:
    """Starts vendors with or without TLS."""

    def __init__(self, stack: AsyncExitStack, identity: ssl.SSLContext | None) -> None:
        self._stack = stack
        self._identity = identity

    async def __call__(self, *answers: Answer, host: str = "127.0.0.1") -> BytesVendor:
        """Start a vendor with these answers."""
        vendor = listening(*answers, identity=self._identity, host=host)
        return await self._stack.enter_async_context(vendor)


@pytest.fixture(params=["http", "https"])
async def listen(request: pytest.FixtureRequest, identity: ssl.SSLContext) -> AsyncIterator[Listen]:
    """Start vendors that are closed at the end of the test."""
    async with AsyncExitStack() as stack:
        yield Listen(stack, identity if request.param == "https" else None)
