"""Retry: which failures are retried, how often, and with which delays."""

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
    """Raises the failures in turn, then returns a reply."""

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


@pytest.mark.parametrize("failure", [RateLimited(0.0), NotSent(""), ConnectionInterrupted("")], ids=repr)
async def test_a_safe_call_is_retried_after_transient_errors(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure, failure, failure)
    assert (await make(clock).send(READ, CallDeadline(clock() + 30), attempts)).status == 200
    assert attempts.count == 4


@pytest.mark.parametrize("failure", [RateLimited(0.0), NotSent("")], ids=repr)
async def test_a_write_that_did_not_run_is_retried(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure)
    assert (await make(clock).send(WRITE, CallDeadline(clock() + 30), attempts)).status == 200
    assert attempts.count == 2


async def test_a_write_that_may_have_run_is_not_retried(clock: FakeClock) -> None:
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
async def test_other_errors_are_not_retried(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure)
    with pytest.raises(type(failure)):
        await make(clock).send(READ, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 1


async def test_four_attempts_are_made_and_the_last_error_is_raised(clock: FakeClock) -> None:
    attempts = Attempts(*[NotSent("")] * 3, ConnectionInterrupted("the last"), NotSent(""))
    with pytest.raises(ConnectionInterrupted, match="the last"):
        await make(clock).send(READ, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 4


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_a_rejected_signature_is_renewed_once(clock: FakeClock, call: Call) -> None:
    attempts = Attempts(SignatureRejected(""))
    assert (await make(clock).send(call, CallDeadline(clock() + 30), attempts)).status == 200

    attempts = Attempts(SignatureRejected(""), SignatureRejected(""), SignatureRejected(""))
    with pytest.raises(CredentialsRejected):
        await make(clock).send(call, CallDeadline(clock() + 30), attempts)
    assert attempts.count == 2
    assert clock.slept == []


@pytest.mark.parametrize(("luck", "pauses"), [(1.0, [0.25, 0.5, 1.0]), (0.0, [0.125, 0.25, 0.5])])
async def test_delays_double_and_have_jitter(clock: FakeClock, luck: float, pauses: list[float]) -> None:
    await make(clock, luck).send(READ, CallDeadline(clock() + 30), Attempts(*[ConnectionInterrupted("")] * 3))
    assert clock.slept == pauses


async def test_a_throttled_call_does_not_sleep_in_the_retry(clock: FakeClock) -> None:
    """A sleep would lose its place in the queue of the throttle."""
    await make(clock).send(READ, CallDeadline(clock() + 30), Attempts(RateLimited(3.0)))
    assert clock.slept == []


@pytest.mark.parametrize("failure", [RateLimited(3.0), ConnectionInterrupted("")], ids=repr)
async def test_no_attempt_starts_after_the_deadline(clock: FakeClock, failure: LmsError) -> None:
    attempts = Attempts(failure)
    with pytest.raises(type(failure)):
        await make(clock).send(READ, CallDeadline(clock() + 0.2), attempts)
    assert (attempts.count, clock.slept) == (1, [])


@pytest.mark.parametrize(("delay", "attempt_count"), [(0.249, 2), (0.25, 1), (0.251, 1)])
async def test_no_attempt_starts_exactly_at_the_deadline(
    clock: FakeClock, delay: float, attempt_count: int
) -> None:
    """A retry that would start at the deadline has no time for a reply."""
    attempts = Attempts(RateLimited(delay))
    deadline = CallDeadline(clock() + 0.25)
    sent = make(clock).send(READ, deadline, attempts)
    if attempt_count == 1:
        with pytest.raises(RateLimited):
            await sent
    else:
        assert (await sent).status == 200
    assert attempts.count == attempt_count
