"""Canvas OAuth 2: one refresh for concurrent calls, before the token expires."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import msgspec
import pytest

from lms_gateway.domain.errors import (
    CredentialsRejected,
    Forbidden,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.upstream.client import UpstreamClient
from lms_gateway.upstream.messages import Call
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors.canvas.api.credentials import OAuth2, StaticToken, create_signer
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy
from tests.upstream.transport_contract.server import RawRequest
from tests.upstream.vendor import (
    FakeClock,
    HangUp,
    SocketVendor,
    distinct_calls,
    reply,
    socket_vendor,
)

READ = Call("/api/v1/courses/1", "/courses/:id")
WRITE = Call("/api/v1/courses/1", "/courses/:id", method="PUT", json={}, safe=False)
CREDENTIALS = OAuth2("id", "very secret", "refresh me")


class FakeCanvas:
    """Issues numbered tokens, and accepts those that are not revoked."""

    def __init__(self) -> None:
        self.refreshes: list[RawRequest] = []
        self.grants: list[bytes | HangUp] = []
        self.expires_in = 3600
        self.revoked: set[str] = set()
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, request: RawRequest) -> bytes | HangUp:
        if request.target == "/login/oauth2/token":
            self.refreshes.append(request)
            self.reached.set()
            await self.gate.wait()
            if self.grants:
                return self.grants.pop(0)
            token = {"access_token": f"t{len(self.refreshes)}", "expires_in": self.expires_in}
            return reply(200, msgspec.json.encode(token))
        if request.headers["authorization"].removeprefix("Bearer ") in self.revoked:
            return reply(401, WWW_Authenticate='Bearer realm="canvas-lms"')
        return reply()


@pytest.fixture
async def canvas() -> FakeCanvas:
    return FakeCanvas()


@pytest.fixture
async def vendor(canvas: FakeCanvas) -> AsyncIterator[SocketVendor]:
    async with socket_vendor(canvas) as vendor:
        yield vendor


@pytest.fixture
def upstream(vendor: SocketVendor, transport: Transport, clock: FakeClock) -> UpstreamClient:
    signer = create_signer(CREDENTIALS, base_url=vendor.url, transport=transport, clock=clock)
    return UpstreamClient(
        tenant="maple",
        base_url=vendor.url,
        transport=transport,
        policy=CanvasPolicy(signer),
        clock=clock,
        sleep=clock.sleep,
        random=lambda: 0.0,
    )


def tokens(vendor: SocketVendor) -> list[str]:
    return [
        request.headers["authorization"].removeprefix("Bearer ")
        for request in vendor.requests
        if request.target.startswith("/api")
    ]


async def test_a_refresh_is_an_oauth_2_request(upstream: UpstreamClient, canvas: FakeCanvas) -> None:
    await upstream.send(READ)

    [request] = canvas.refreshes
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["id"],
        "client_secret": ["very secret"],
        "refresh_token": ["refresh me"],
    }


async def test_concurrent_calls_share_one_refresh(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor
) -> None:
    canvas.gate.clear()
    calls = [asyncio.create_task(upstream.send(read)) for read in distinct_calls(READ, 8)]
    await canvas.reached.wait()
    canvas.gate.set()
    await asyncio.gather(*calls)
    assert (len(canvas.refreshes), tokens(vendor)) == (1, ["t1"] * 8)


async def test_a_cancelled_call_does_not_cancel_a_shared_refresh(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor
) -> None:
    canvas.gate.clear()
    first, second = (asyncio.create_task(upstream.send(read)) for read in distinct_calls(READ, 2))
    await canvas.reached.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    canvas.gate.set()
    await second
    assert (len(canvas.refreshes), tokens(vendor)) == (1, ["t1"])


@pytest.mark.parametrize(
    ("expires_in", "age", "refreshes"), [(3600, 3500, 1), (3600, 3541, 2), (20, 17, 1), (20, 19, 2)]
)
async def test_a_token_is_renewed_before_it_expires(
    upstream: UpstreamClient,
    canvas: FakeCanvas,
    clock: FakeClock,
    expires_in: int,
    age: int,
    refreshes: int,
) -> None:
    canvas.expires_in = expires_in
    await upstream.send(READ)
    clock.now += age
    await upstream.send(READ)
    assert len(canvas.refreshes) == refreshes


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_a_rejected_token_is_renewed_once_and_the_call_is_retried(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor, call: Call
) -> None:
    canvas.revoked = {"t1"}
    await upstream.send(call)
    assert (tokens(vendor), len(canvas.refreshes)) == (["t1", "t2"], 2)


async def test_calls_that_are_rejected_together_share_one_new_token(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor
) -> None:
    await upstream.send(READ)
    canvas.revoked = {"t1"}
    await asyncio.gather(*map(upstream.send, distinct_calls(READ, 6)))
    assert sorted(tokens(vendor)) == ["t1"] * 7 + ["t2"] * 6
    assert len(canvas.refreshes) == 2


async def test_a_rejected_new_token_means_rejected_credentials(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor
) -> None:
    canvas.revoked = {"t1", "t2", "t3"}
    with pytest.raises(CredentialsRejected):
        await upstream.send(READ)
    assert tokens(vendor) == ["t1", "t2"]


async def test_missing_permission_triggers_no_refresh(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor
) -> None:
    async def refuse(request: RawRequest) -> bytes | HangUp:
        return reply(401) if request.target.startswith("/api") else await canvas(request)

    vendor.script = [refuse]
    with pytest.raises(Forbidden):
        await upstream.send(READ)
    assert len(canvas.refreshes) == 1


async def test_a_new_refresh_token_replaces_the_old_one(
    upstream: UpstreamClient, canvas: FakeCanvas, clock: FakeClock
) -> None:
    canvas.grants = [reply(200, b'{"access_token":"a","expires_in":10,"refresh_token":"next"}')]
    await upstream.send(READ)
    clock.now += 10
    await upstream.send(READ)
    assert parse_qs(canvas.refreshes[1].body.decode())["refresh_token"] == ["next"]


@pytest.mark.parametrize("status", [400, 401])
async def test_a_rejected_refresh_token_means_rejected_credentials(
    upstream: UpstreamClient, canvas: FakeCanvas, vendor: SocketVendor, status: int
) -> None:
    canvas.grants = [reply(status, b'{"error":"invalid_grant"}')]
    with pytest.raises(CredentialsRejected) as refused:
        await upstream.send(READ)
    assert (len(canvas.refreshes), tokens(vendor)) == (1, [])
    assert "refresh me" not in refused.value.message


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize("grant", [reply(503), reply(429), HangUp()], ids=["503", "429", "hung up"])
async def test_a_transient_refresh_failure_is_retried_for_any_call(
    upstream: UpstreamClient,
    canvas: FakeCanvas,
    vendor: SocketVendor,
    call: Call,
    grant: bytes | HangUp,
) -> None:
    """The call itself was not sent, so even a write is retried."""
    canvas.grants = [grant]
    await upstream.send(call)
    assert (len(canvas.refreshes), tokens(vendor)) == (2, ["t2"])


@pytest.mark.parametrize("grant", [b"<html>", b"{}", b'{"access_token":1}'])
async def test_an_invalid_token_response_is_an_error(
    upstream: UpstreamClient, canvas: FakeCanvas, grant: bytes
) -> None:
    canvas.grants = [reply(200, grant)]
    with pytest.raises(UpstreamInvalid):
        await upstream.send(READ)


async def test_closing_cancels_a_refresh(upstream: UpstreamClient, canvas: FakeCanvas) -> None:
    canvas.gate.clear()
    call = asyncio.create_task(upstream.send(READ))
    await canvas.reached.wait()
    await upstream.aclose()
    with pytest.raises(UpstreamUnavailable):
        await call


def test_credentials_are_not_in_the_repr() -> None:
    shown = repr((StaticToken("private"), OAuth2("id", "private", "private")))
    assert "private" not in shown
