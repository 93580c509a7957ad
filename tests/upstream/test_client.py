"""Upstream: each attempt within the budget, signed anew, over a real socket."""

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
from tests.upstream.vendor import (
    FakeClock,
    HangUp,
    ReceivedRequest,
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

    [asked] = vendor.requests
    assert got.status == 201
    assert (asked.method, asked.target, asked.body) == (
        "POST",
        "/v1/sections",
        b'{"title":"\xc3\xa9"}',
    )
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept"] == "application/json"
    [row] = counted.rows
    assert row.pop("seconds") >= 0
    assert row == {
        "tenant": "lakeside",
        "vendor": "schoology",
        "endpoint": "/sections",
        "outcome": "ok",
    }


async def test_canvas_is_asked_for_string_ids_with_the_token(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor:
        await connect(vendor, canvas()).send(Call("/api/v1/x", "/x", (("include[]", "term"),)))

    [asked] = vendor.requests
    assert asked.target == "/v1/api/v1/x?include%5B%5D=term"
    assert asked.headers["authorization"] == "Bearer tok"
    assert asked.headers["accept"] == "application/json+canvas-string-ids, application/json"
    assert "content-type" not in asked.headers


async def test_each_attempt_is_signed_anew(connect: Connect, counted: RecordedCalls) -> None:
    """Schoology refuses a nonce that it has seen."""
    async with socket_vendor(reply(503), HangUp(), reply(401), reply()) as vendor:
        assert (await connect(vendor).send(READ)).status == 200

    signatures = [asked.headers["authorization"] for asked in vendor.requests]
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


async def test_a_token_that_cannot_be_renewed_is_rejected_at_once(connect: Connect) -> None:
    async with socket_vendor(reply(401, WWW_Authenticate="Bearer")) as vendor:
        with pytest.raises(CredentialsRejected):
            await connect(vendor, canvas()).send(READ)
    assert len(vendor.requests) == 1


async def test_a_refusal_is_an_error_without_what_it_is_about(
    connect: Connect, counted: RecordedCalls
) -> None:
    async with socket_vendor(reply(404, b'{"errors":[{"message":"Ada"}]}')) as vendor:
        with pytest.raises(NotFound) as refused:
            await connect(vendor).send(READ)
    assert "Ada" not in refused.value.message
    assert "/sections/1" not in refused.value.message
    assert (len(vendor.requests), counted.outcomes) == (1, ["NOT_FOUND"])


async def test_a_throttled_call_waits_as_long_as_the_vendor_asks(
    connect: Connect, clock: FakeClock
) -> None:
    async with socket_vendor(reply(429, b"slow down", Retry_After="3"), reply()) as vendor:
        began = clock()
        await connect(vendor).send(WRITE)
    assert clock() - began == pytest.approx(3.0, abs=0.01)
    assert len(vendor.requests) == 2


async def test_one_throttled_reply_holds_all_calls_of_the_credential(
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


async def test_another_credential_is_not_held(connect: Connect, clock: FakeClock) -> None:
    async with socket_vendor(reply(429, Retry_After="60"), reply()) as vendor:
        with pytest.raises(RateLimited):
            await connect(vendor).send(READ)
        await connect(vendor).send(READ)
    assert clock.slept == []


async def answer_slowly(asked: ReceivedRequest) -> bytes:
    """Long enough for others to arrive, had they been sent."""
    await asyncio.sleep(0.02)
    return reply(X_Rate_Limit_Remaining="700.0")


async def test_at_most_ten_are_in_flight(connect: Connect) -> None:
    async with socket_vendor(answer_slowly) as vendor:
        upstream = connect(vendor)
        await asyncio.gather(*map(upstream.send, distinct_calls(READ, 30)))
    assert (len(vendor.requests), vendor.max_active_count) == (30, 10)


async def test_one_at_a_time_is_in_flight_where_canvas_has_nothing_left(connect: Connect) -> None:
    async def answer_poorly(asked: ReceivedRequest) -> bytes:
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

    async def note_the_time(asked: ReceivedRequest) -> bytes:
        times.append(clock() - began)
        return reply()

    async with socket_vendor(note_the_time) as vendor:
        upstream = connect(vendor)
        await asyncio.gather(*map(upstream.send, distinct_calls(READ, 60)))
    assert len(times) == 60
    assert sum(at < 5.0 for at in times) <= 50
    assert max(times) == pytest.approx(5.0)


async def test_what_is_left_can_be_asked(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor:
        upstream = connect(vendor)
        await upstream.send(READ)
        await upstream.send(WRITE)
    assert upstream.budget() == "46 credits"


async def test_a_cancelled_caller_frees_its_seat(connect: Connect, counted: RecordedCalls) -> None:
    arrived = asyncio.Event()

    async def stall(asked: ReceivedRequest) -> bytes:
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


async def test_a_vendor_that_does_not_answer_is_given_up_and_not_asked_again(
    connect: Connect, counted: RecordedCalls
) -> None:
    async def stall(asked: ReceivedRequest) -> bytes:
        await asyncio.sleep(30)
        return b""

    async with socket_vendor(stall) as vendor:
        with pytest.raises(UpstreamTimeout):
            await connect(vendor, timeout=0.1).send(READ)
    assert (len(vendor.requests), counted.outcomes) == (1, ["UPSTREAM_TIMEOUT"])


async def test_the_requests_deadline_ends_an_attempt_early(
    connect: Connect, clock: FakeClock
) -> None:
    async def stall(asked: ReceivedRequest) -> bytes:
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
async def test_a_change_does_not_leave_with_too_little_time_for_its_answer(
    connect: Connect, clock: FakeClock, left: float, is_sent: bool
) -> None:
    """It would be cut off, and nobody would know whether it ran. A read may as well try."""
    async with socket_vendor(reply()) as vendor:
        upstream = connect(vendor)
        request_deadline.set(clock() + left)
        await upstream.send(READ)
        if is_sent:
            await upstream.send(WRITE)
        else:
            with pytest.raises(DeadlineExceeded):
                await upstream.send(WRITE)
    assert [asked.method for asked in vendor.requests] == ["GET", "POST"][: 1 + is_sent]


async def test_a_change_that_would_be_held_until_just_before_the_deadline_is_refused(
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
    assert [asked.method for asked in vendor.requests] == ["POST", "GET"]


async def test_without_a_deadline_patience_ends(connect: Connect) -> None:
    async with socket_vendor(reply(429, Retry_After="3600")) as vendor:
        with pytest.raises(RateLimited):
            await connect(vendor, default_timeout=30.0).send(READ)


async def test_a_write_that_was_cut_off_is_sent_once(connect: Connect) -> None:
    async with socket_vendor(HangUp()) as vendor:
        with pytest.raises(UpstreamUnavailable):
            await connect(vendor).send(WRITE)
    assert len(vendor.requests) == 1


async def test_a_cut_body_is_asked_for_again(connect: Connect) -> None:
    cut = HangUp(b"HTTP/1.1 200 X\r\ncontent-length: 90\r\n\r\n{")
    async with socket_vendor(cut, reply(body=b'{"id":1}')) as vendor:
        assert (await connect(vendor).send(READ)).decode() == {"id": 1}
    assert len(vendor.requests) == 2


async def test_a_link_is_followed_below_the_base_url_or_not_at_all(connect: Connect) -> None:
    async with socket_vendor(reply()) as vendor, socket_vendor(reply()) as foreign:
        upstream = connect(vendor)
        path, params = upstream.resolve_link(f"{vendor.url}/v1/sections?start=20&limit=20")
        await upstream.send(Call(path, "/sections", params))
        with pytest.raises(UpstreamInvalid):
            upstream.resolve_link(f"{foreign.url}/v1/sections?start=20")
    assert [asked.target for asked in vendor.requests] == ["/v1/sections?start=20&limit=20"]
    assert foreign.requests == []


async def test_a_redirect_to_another_host_takes_no_credential_along(connect: Connect) -> None:
    async with socket_vendor(reply()) as foreign:
        elsewhere = reply(302, b"", Location=foreign.url)
        async with socket_vendor(elsewhere) as vendor:
            with pytest.raises(UpstreamInvalid):
                await connect(vendor).send(READ)
    assert foreign.requests == []


def test_a_credential_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        UpstreamClient(
            tenant="maple",
            base_url="http://maple.instructure.com",
            transport=None,  # type: ignore[arg-type]
            policy=canvas(),
        )
