"""TLS: nothing is sent to a host without a valid certificate."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from lms_gateway.upstream.errors import NotSent
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.conftest import Make, as_server
from tests.upstream.transport_contract.server import StalledAnswer, listening, replies_with, reply

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def stranger(authority: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("127.0.0.1")


def expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_before=datetime(2000, 1, 1), not_after=LONG_AGO)


def of_another_host(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("vendor.example", "127.0.0.2")


@pytest.mark.parametrize("issue", [stranger, expired, of_another_host])
async def test_with_an_invalid_certificate_nothing_is_sent(
    transport: Transport, authority: trustme.CA, issue: Callable[[trustme.CA], trustme.LeafCert]
) -> None:
    async with listening(replies_with(reply()), identity=as_server(issue(authority))) as vendor:
        with pytest.raises(NotSent):
            await transport.send("GET", vendor.url, {"Authorization": "Bearer a"}, None, 10.0)
        assert vendor.requests == []


async def test_a_rejected_certificate_frees_its_slot(make: Make, authority: trustme.CA) -> None:
    transport = make(max_connections=1)
    async with listening(replies_with(reply()), identity=as_server(stranger(authority))) as vendor:
        for _ in range(3):
            with pytest.raises(NotSent):
                await transport.send("GET", vendor.url, {}, None, 10.0)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_the_host_of_the_url_must_match_the_certificate(
    transport: Transport, authority: trustme.CA, name: str
) -> None:
    async with listening(replies_with(reply()), identity=as_server(authority.issue_cert(name))) as vendor:
        own = f"https://{name}:{vendor.port}/"
        assert (await transport.send("GET", own, {}, None, 10.0)).status == 200
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[name]
        with pytest.raises(NotSent):
            await transport.send("GET", f"https://{other}:{vendor.port}/", {}, None, 10.0)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_the_environment_does_not_change_the_authorities(
    make: Make,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    certificate = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(certificate))
    monkeypatch.setenv(variable, str(certificate if variable.endswith("FILE") else tmp_path))
    transport = make(ssl_context=None)
    identity = as_server(authority.issue_cert("127.0.0.1"))
    async with listening(replies_with(reply()), identity=identity) as vendor:
        with pytest.raises(NotSent):
            await transport.send("GET", vendor.url, {}, None, 10.0)


async def test_an_old_version_of_tls_is_rejected(
    make: Make, authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    identity = as_server(authority.issue_cert("127.0.0.1"))
    identity.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        identity.maximum_version = ssl.TLSVersion.TLSv1_1
    async with listening(replies_with(reply()), identity=identity) as vendor:
        with pytest.raises(NotSent):
            await make().send("GET", vendor.url, {}, None, 10.0)


async def test_plain_http_needs_no_certificate(make: Make) -> None:
    transport = make(connect_timeout=0.05)
    async with listening(replies_with(reply())) as vendor:
        url = vendor.url.replace("http", "https")
        with pytest.raises(NotSent):
            await transport.send("GET", url, {}, None, 10.0)
        assert (await transport.send("GET", vendor.url, {}, None, 10.0)).status == 200


async def test_a_call_that_is_cancelled_in_the_handshake_leaves_no_socket(
    make: Make, trust: ssl.SSLContext
) -> None:
    """A ResourceWarning of an open socket is an error in these tests."""
    transport, stall = make(max_connections=1), StalledAnswer()

    async with listening(stall) as deaf:  # it waits for a request in the clear
        call = asyncio.create_task(transport.send("GET", deaf.url.replace("http", "https"), {}, None, 30.0))
        await deaf.called.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await deaf.connections[0].ended.wait()
