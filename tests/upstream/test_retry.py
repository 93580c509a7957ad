"""Retry: what may pass is repeated, what may have run is not done twice."""

import pytest

from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    LmsError,
    NotFound,
    RateLimited,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent, SignatureRejected
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.retry import Retry
from tests.upstream.vendor import FakeClock

READ = Call("/x", "/x")
WRITE = Call("/x", "/x", method="POST", json={}, safe=False)


class Attempts:
    """Fails as often as told, then answers."""

    def __init__(self, *failures: LmsError) -> None:
        self.failures = list(failures)
        self.count = 0

    async def __call__(self) -> Reply:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return Reply(200)


def make(clock: FakeClock, luck: float = 1.0) -> Retry:
    return Retry(clock=clock, sleep=clock.sleep, random=lambda: luck)


@pytest.mark.parametrize(
    "failure", [RateLimited(0.0), NotSent(""), ConnectionInterrupted("")], ids=repr
)
async def test_a_safe_call_is_sent_again_where_it_may_do_better(
    clock: FakeClock, failure: LmsError
) -> None:
    attempts = Attempts(failure, failure, failure)
    assert (await make(clock).send(READ, CallDeadline(clock() + 30), attempts)).status == 200
    assert attempts.count == 4


@pytest.mark.parametrize("failure", [RateLimited(0.0), NotSent("")], ids=repr)
async def test_a_write_is_sent_again_where_it_surely_did_not_run(
    clock: FakeClock, failure: LmsError
) -> None:
    attempts = Attempts(failure)
    assert (await make(clock).send(WRITE, CallDeadline(clock() + 30), attempts)).status == 200
    assert attempts.count == 2


async def test_a_write_that_may_have_run_is_not_sent_again(clock: FakeClock) -> None:
    attempts = Attempts(ConnectionInterrupted(""))
    with pytest.raises(ConnectionInterrupted):
        await make(clock).send(WRITE, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 1


@pytest.mark.parametrize(
    "failure",
    [
        NotFound(""),
        Forbidden(""),
        BadInput(""),
        CredentialsRejected(""),
        UpstreamTimeout(""),
        UpstreamUnavailable(""),
        UpstreamInvalid(""),
    ],
    ids=repr,
)
async def test_what_will_not_pass_is_not_repeated(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure)
    with pytest.raises(type(failure)):
        await make(clock).send(READ, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 1


async def test_attempts_are_four_and_the_last_error_is_told(clock: FakeClock) -> None:
    attempts = Attempts(*[NotSent("")] * 3, ConnectionInterrupted("the last"), NotSent(""))
    with pytest.raises(ConnectionInterrupted, match="the last"):
        await make(clock).send(READ, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 4


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_a_stale_signature_is_renewed_once(clock: FakeClock, call: Call) -> None:
    attempts = Attempts(SignatureRejected(""))
    assert (await make(clock).send(call, CallDeadline(clock() + 30), attempts)).status == 200

    attempts = Attempts(SignatureRejected(""), SignatureRejected(""), SignatureRejected(""))
    with pytest.raises(CredentialsRejected):
        await make(clock).send(call, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 2
    assert clock.slept == []


@pytest.mark.parametrize(("luck", "pauses"), [(1.0, [0.25, 0.5, 1.0]), (0.0, [0.125, 0.25, 0.5])])
async def test_pauses_double_and_are_spread_by_chance(
    clock: FakeClock, luck: float, pauses: list[float]
) -> None:
    await make(clock, luck).send(
        READ, CallDeadline(clock() + 30), Attempts(*[ConnectionInterrupted("")] * 3)
    )
    assert clock.slept == pauses


async def test_a_throttled_call_is_left_to_the_throttle(clock: FakeClock) -> None:
    """To sleep here would cost it its place in the queue."""
    await make(clock).send(READ, CallDeadline(clock() + 30), Attempts(RateLimited(3.0)))
    assert clock.slept == []


@pytest.mark.parametrize("failure", [RateLimited(3.0), ConnectionInterrupted("")], ids=repr)
async def test_no_attempt_begins_past_the_deadline(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure)
    with pytest.raises(type(failure)):
        await make(clock).send(READ, CallDeadline(clock() + 0.2), attempts)
    assert (attempts.count, clock.slept) == (1, [])
