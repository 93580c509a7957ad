"""Both transports, in the clear and over TLS, on both event loops that the gateway may run on."""

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
    """What a test here runs on: `serve` takes uvloop where there is one."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who signs the vendors' certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    """A caller's context that trusts that authority and nobody else."""
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    return context


@pytest.fixture(scope="session")
def identity(authority: trustme.CA) -> ssl.SSLContext:
    """The context of a vendor on this machine."""
    return as_server(authority.issue_cert("localhost", "127.0.0.1", "::1"))


def as_server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A vendor's context with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(params=[HttpxTransport, AsyncioTransport], ids=["httpx", "asyncio"])
async def make(request: pytest.FixtureRequest, trust: ssl.SSLContext) -> AsyncIterator[Make]:
    """Makes transports of one kind, and closes them at the end."""
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
    """One as the gateway makes it."""
    return make()


class Listen:
    """Starts vendors, `http` or `https`."""

    def __init__(self, stack: AsyncExitStack, identity: ssl.SSLContext | None) -> None:
        self._stack = stack
        self._identity = identity

    async def __call__(self, *answers: Answer, host: str = "127.0.0.1") -> BytesVendor:
        """A vendor that answers so."""
        vendor = listening(*answers, identity=self._identity, host=host)
        return await self._stack.enter_async_context(vendor)


@pytest.fixture(params=["http", "https"])
async def listen(request: pytest.FixtureRequest, identity: ssl.SSLContext) -> AsyncIterator[Listen]:
    """Starts vendors that end with the test."""
    async with AsyncExitStack() as stack:
        yield Listen(stack, identity if request.param == "https" else None)
