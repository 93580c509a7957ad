"""UpstreamClient over a real socket: budget, signatures, retries and deadlines."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import (
    CredentialsRejected,
    NotFound,
    RateLimited,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.upstream.client import UpstreamClient
from lms_gateway.upstream.errors import DeadlineExceeded
from lms_gateway.upstream.messages import Call
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.upstream.vendor_policy import Policy
from lms_gateway.vendors.canvas.api.credentials import BearerSigner
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy, QuotaBudget
from lms_gateway.vendors.schoology.api.credentials import OAuth1, OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import SchoologyPolicy
from tests.upstream.transport_contract.server import RawRequest
from tests.upstream.vendor import (
    FakeClock,
    HangUp,
    SocketVendor,
    distinct_calls,
    reply,
    socket_vendor,
)

READ = Call("/sections/1", "/sections/:id")
WRITE = Call("/sections", "/sections", method="POST", json={"title": "é"}, safe=False)


Connect = Callable[..., UpstreamClient]


@dataclass
class RecordedCalls:
    """Records calls in place of `telemetry.vendor_called`."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, **row: Any) -> None:
        self.rows.append(row)

    @property
    def outcomes(self) -> list[str]:
        return [row["outcome"] for row in self.rows]


@pytest.fixture
def counted() -> RecordedCalls:
    return RecordedCalls()


@pytest.fixture
def connect(transport: Transport, clock: FakeClock, counted: RecordedCalls) -> Connect:
    """Return a function that builds a client over the vendor's socket and the test's clock."""

    def build(vendor: SocketVendor, policy: Policy | None = None, **changes: Any) -> UpstreamClient:
        options: dict[str, Any] = {
            "clock": clock,
            "sleep": clock.sleep,
            "random": lambda: 0.0,
            "record_call": counted,
        }
        return UpstreamClient(
            tenant="lakeside",
            base_url=f"{vendor.url}/v1",
            transport=transport,
            policy=policy or SchoologyPolicy(OAuth1Signer(OAuth1("key", "secret"))),
            **(options | changes),
        )

    return build


def canvas(max_concurrency: int = 10) -> CanvasPolicy:
    return CanvasPolicy(BearerSigner("tok"), QuotaBudget(max_concurrency))


async def test_a_call_becomes_one_request_below_the_base_url(
    connect: Connect, counted: RecordedCalls
) -> None:
    async with socket_vendor(reply(201)) as vendor:
        got = await connect(vendor).send(WRITE)

    [request] = vendor.requests
    assert got.status == 201
    assert (request.method, request.target, request.body) == (
        "POST",
        "/v1/sections",
        b'{"title":"\xc3\xa9"}',
    )
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    [row] = counted.rows
    assert row.pop("seconds") >= 0
    assert row == {
        "tenant": "lakeside",
        "vendor": "schoology",
        "endpoint": "/sections",
        "outcome": "ok",
    }


async def test_canvas_calls_have_the_token_and_request_string_ids(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor:
        await connect(vendor, canvas()).send(Call("/api/v1/x", "/x", (("include[]", "term"),)))

    [request] = vendor.requests
    assert request.target == "/v1/api/v1/x?include%5B%5D=term"
    assert request.headers["authorization"] == "Bearer tok"
    assert request.headers["accept"] == "application/json+canvas-string-ids, application/json"
    assert "content-type" not in request.headers


async def test_each_attempt_has_a_new_signature(connect: Connect, counted: RecordedCalls) -> None:
    """Schoology rejects a nonce that it has seen."""
    async with socket_vendor(reply(503), HangUp(), reply(401), reply()) as vendor:
        assert (await connect(vendor).send(READ)).status == 200

    signatures = [request.headers["authorization"] for request in vendor.requests]
    assert len(set(signatures)) == len(signatures) == 4
    assert counted.outcomes == [
        "UPSTREAM_UNAVAILABLE",
        "UPSTREAM_UNAVAILABLE",
        "CREDENTIALS_REJECTED",
        "ok",
    ]


async def test_credentials_are_rejected_after_one_more_signature(connect: Connect) -> None:
    async with socket_vendor(reply(401, b"")) as vendor:
        with pytest.raises(CredentialsRejected):
            await connect(vendor).send(READ)
    assert len(vendor.requests) == 2


async def test_a_static_token_is_rejected_without_retry(connect: Connect) -> None:
    async with socket_vendor(reply(401, WWW_Authenticate="Bearer")) as vendor:
        with pytest.raises(CredentialsRejected):
            await connect(vendor, canvas()).send(READ)
    assert len(vendor.requests) == 1


async def test_an_error_message_has_no_data_of_the_reply(connect: Connect, counted: RecordedCalls) -> None:
    async with socket_vendor(reply(404, b'{"errors":[{"message":"Ada"}]}')) as vendor:
        with pytest.raises(NotFound) as refused:
            await connect(vendor).send(READ)
    assert "Ada" not in refused.value.message
    assert "/sections/1" not in refused.value.message
    assert (len(vendor.requests), counted.outcomes) == (1, ["NOT_FOUND"])


async def test_a_throttled_call_waits_for_retry_after(connect: Connect, clock: FakeClock) -> None:
    async with socket_vendor(reply(429, b"slow down", Retry_After="3"), reply()) as vendor:
        began = clock()
        await connect(vendor).send(WRITE)
    assert clock() - began == pytest.approx(3.0, abs=0.01)
    assert len(vendor.requests) == 2


async def test_a_throttled_reply_pauses_all_calls_of_the_credential(
    connect: Connect, clock: FakeClock
) -> None:
    async with socket_vendor(reply(429, Retry_After="3"), reply()) as vendor:
        upstream = connect(vendor)
        due = request_deadline.set(clock() + 2)
        with pytest.raises(RateLimited) as refused:
            await upstream.send(READ)
        with pytest.raises(RateLimited):
            await upstream.send(READ)
        assert (refused.value.retry_after, len(vendor.requests)) == (3.0, 1)

        request_deadline.reset(due)
        await upstream.send(READ)
    assert clock.slept == [pytest.approx(3.0)]


async def test_another_credential_is_not_paused(connect: Connect, clock: FakeClock) -> None:
    async with socket_vendor(reply(429, Retry_After="60"), reply()) as vendor:
        with pytest.raises(RateLimited):
            await connect(vendor).send(READ)
        await connect(vendor).send(READ)
    assert clock.slept == []


async def answer_slowly(request: RawRequest) -> bytes:
    """Reply after a delay in which further calls could arrive."""
    await asyncio.sleep(0.02)
    return reply(X_Rate_Limit_Remaining="700.0")


async def test_at_most_ten_calls_run_concurrently(connect: Connect) -> None:
    async with socket_vendor(answer_slowly) as vendor:
        upstream = connect(vendor)
        await asyncio.gather(*map(upstream.send, distinct_calls(READ, 30)))
    assert (len(vendor.requests), vendor.max_active_count) == (30, 10)


async def test_calls_are_sequential_if_the_canvas_quota_is_used_up(connect: Connect) -> None:
    async def answer_poorly(request: RawRequest) -> bytes:
        await asyncio.sleep(0.01)
        return reply(X_Rate_Limit_Remaining="40.5")

    async with socket_vendor(answer_poorly) as vendor:
        upstream = connect(vendor, canvas())
        assert upstream.budget() is None
        await upstream.send(READ)
        await asyncio.gather(*map(upstream.send, distinct_calls(READ, 5)))
    assert vendor.max_active_count == 1
    assert upstream.budget() == "40.5 of the quota"


async def test_a_burst_of_calls_is_spread_over_windows_of_fifty_credits(
    connect: Connect, clock: FakeClock
) -> None:
    began, times = clock(), []

    async def note_the_time(request: RawRequest) -> bytes:
        times.append(clock() - began)
        return reply()

    async with socket_vendor(note_the_time) as vendor:
        upstream = connect(vendor)
        await asyncio.gather(*map(upstream.send, distinct_calls(READ, 60)))
    assert len(times) == 60
    assert sum(at < 5.0 for at in times) <= 50
    assert max(times) == pytest.approx(5.0)


async def test_the_remaining_budget_is_reported(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor:
        upstream = connect(vendor)
        await upstream.send(READ)
        await upstream.send(WRITE)
    assert upstream.budget() == "46 credits"


async def test_a_cancelled_call_frees_its_slot(connect: Connect, counted: RecordedCalls) -> None:
    arrived = asyncio.Event()

    async def stall(request: RawRequest) -> bytes:
        arrived.set()
        await asyncio.sleep(30)
        return b""

    async with socket_vendor(stall, reply()) as vendor:
        upstream = connect(vendor, canvas(max_concurrency=1))
        caller = asyncio.create_task(upstream.send(READ))
        await arrived.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await upstream.send(READ)
    assert counted.outcomes == ["CANCELLED", "ok"]


async def test_a_call_that_times_out_is_not_retried(connect: Connect, counted: RecordedCalls) -> None:
    async def stall(request: RawRequest) -> bytes:
        await asyncio.sleep(30)
        return b""

    async with socket_vendor(stall) as vendor:
        with pytest.raises(UpstreamTimeout):
            await connect(vendor, timeout=0.1).send(READ)
    assert (len(vendor.requests), counted.outcomes) == (1, ["UPSTREAM_TIMEOUT"])


async def test_the_request_deadline_shortens_an_attempt(connect: Connect, clock: FakeClock) -> None:
    async def stall(request: RawRequest) -> bytes:
        await asyncio.sleep(30)
        return b""

    async with socket_vendor(stall) as vendor:
        request_deadline.set(clock() + 0.1)
        with pytest.raises(UpstreamTimeout):
            await connect(vendor, timeout=20.0).send(READ)


async def test_nothing_is_sent_after_the_deadline(connect: Connect, clock: FakeClock) -> None:
    async with socket_vendor(reply()) as vendor:
        request_deadline.set(clock() - 1)
        with pytest.raises(UpstreamTimeout):
            await connect(vendor).send(READ)
    assert vendor.requests == []


@pytest.mark.parametrize(("left", "is_sent"), [(0.9, False), (1.1, True)])
async def test_a_write_is_not_sent_close_to_the_deadline(
    connect: Connect, clock: FakeClock, left: float, is_sent: bool
) -> None:
    """Without a reply it would be unknown whether it ran. A read is sent."""
    async with socket_vendor(reply()) as vendor:
        upstream = connect(vendor)
        request_deadline.set(clock() + left)
        await upstream.send(READ)
        if is_sent:
            await upstream.send(WRITE)
        else:
            with pytest.raises(DeadlineExceeded):
                await upstream.send(WRITE)
    assert [request.method for request in vendor.requests] == ["GET", "POST"][: 1 + is_sent]


async def test_a_write_that_would_be_paused_until_close_to_the_deadline_fails(
    connect: Connect, clock: FakeClock
) -> None:
    async with socket_vendor(reply(429, Retry_After="3"), reply()) as vendor:
        upstream = connect(vendor)
        request_deadline.set(clock() + 3.5)
        with pytest.raises(RateLimited):
            await upstream.send(WRITE)
        with pytest.raises(RateLimited):
            await upstream.send(WRITE)
        assert clock.slept == []
        await upstream.send(READ)
    assert [request.method for request in vendor.requests] == ["POST", "GET"]


async def test_without_a_deadline_the_default_timeout_applies(connect: Connect) -> None:
    async with socket_vendor(reply(429, Retry_After="3600")) as vendor:
        with pytest.raises(RateLimited):
            await connect(vendor, default_timeout=30.0).send(READ)


async def test_an_interrupted_write_is_not_retried(connect: Connect) -> None:
    async with socket_vendor(HangUp()) as vendor:
        with pytest.raises(UpstreamUnavailable):
            await connect(vendor).send(WRITE)
    assert len(vendor.requests) == 1


async def test_a_truncated_body_is_retried(connect: Connect) -> None:
    truncated = HangUp(b"HTTP/1.1 200 X\r\ncontent-length: 90\r\n\r\n{")
    async with socket_vendor(truncated, reply(body=b'{"id":1}')) as vendor:
        assert (await connect(vendor).send(READ)).decode() == {"id": 1}
    assert len(vendor.requests) == 2


async def test_a_link_outside_of_the_base_url_is_rejected(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor, socket_vendor(reply()) as foreign:
        upstream = connect(vendor)
        path, params = upstream.resolve_link(f"{vendor.url}/v1/sections?start=20&limit=20")
        await upstream.send(Call(path, "/sections", params))
        with pytest.raises(UpstreamInvalid):
            upstream.resolve_link(f"{foreign.url}/v1/sections?start=20")
    assert [request.target for request in vendor.requests] == ["/v1/sections?start=20&limit=20"]
    assert foreign.requests == []


async def test_a_redirect_is_not_followed(connect: Connect) -> None:
    async with socket_vendor(reply()) as foreign:
        elsewhere = reply(302, b"", Location=foreign.url)
        async with socket_vendor(elsewhere) as vendor:
            with pytest.raises(UpstreamInvalid):
                await connect(vendor).send(READ)
    assert foreign.requests == []


def test_an_unencrypted_base_url_is_rejected() -> None:
    with pytest.raises(ValueError, match="https"):
        UpstreamClient(
            tenant="maple",
            base_url="http://maple.instructure.com",
            transport=None,  # type: ignore[arg-type]
            policy=canvas(),
        )
