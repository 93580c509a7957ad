"""The way of a call to a vendor and back.

send                     the deadline; later issues put the cache and the coalescer in front
└── retry                repeats what may pass, within the deadline
    └── throttle         waits for the vendor's budget, for each attempt anew
        └── sign         below the retry: Schoology refuses a nonce that it has seen
            └── transport

Then the reply goes up: the throttle learns from it, the policy says what it means.
"""

import asyncio
import random as dice
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from lms_gateway.domain.deadline import deadline
from lms_gateway.domain.errors import (
    CredentialsRejected,
    LmsError,
    RateLimited,
)
from lms_gateway.telemetry import vendor_called
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.upstream.failures import Stale, TooLate
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.policy import Headers, Policy
from lms_gateway.upstream.retry import Retry
from lms_gateway.upstream.throttle import Clock, Random, Sleep, Throttle
from lms_gateway.upstream.transport import Transport

Send = Callable[[Call], Awaitable[Reply]]
"""What each layer above the retry is to the one above it."""


LEAST_TO_CHANGE = 1.0
"""Seconds before the deadline after which no call that changes something leaves.

It would be cut off before its answer, and nobody would know what became of it.
"""


class Report(Protocol):
    """Where each attempt is counted; `telemetry.vendor_called` is one."""

    def __call__(
        self, *, tenant: str, vendor: str, endpoint: str, outcome: str, seconds: float
    ) -> None: ...


def loop_time() -> float:
    """The running event loop's clock, which deadlines are told by."""
    return asyncio.get_running_loop().time()


class Upstream:
    """One vendor over one credential."""

    def __init__(
        self,
        *,
        tenant: str,
        base_url: str,
        transport: Transport,
        policy: Policy,
        timeout: float = 10.0,
        patience: float = 30.0,
        clock: Clock = loop_time,
        sleep: Sleep = asyncio.sleep,
        random: Random = dice.random,
        report: Report = vendor_called,
    ) -> None:
        """Send nothing yet.

        An attempt may take `timeout` seconds; a call whose request has no deadline, `patience` with
        all its attempts and waits. Raises ValueError for a base URL that no credential may go to.
        """
        self._tenant = tenant
        self._origin = Origin.of(base_url)
        self._transport = transport
        self._policy = policy
        self._timeout = timeout
        self._patience = patience
        self._clock = clock
        self._report = report
        self._throttle = Throttle(policy.budget, clock=clock, sleep=sleep, random=random)
        self._retry = Retry(clock=clock, sleep=sleep, random=random)
        self._first: Send = self._repeat  # what wraps it sees each call once, not each attempt

    async def send(self, call: Call) -> Reply:
        """The vendor's answer: 2xx, or a 303 where the vendor has such.

        Raises NotFound, Forbidden, BadInput, CredentialsRejected, RateLimited, UpstreamTimeout,
        UpstreamUnavailable or UpstreamInvalid. The body may still not be what was asked for.
        """
        return await self._first(call)

    def same_origin(self, link: str) -> tuple[str, Params]:
        """The path and parameters for a Call that follows a link from a reply.

        Raises UpstreamInvalid for a link to another host, port or path than the base URL's; its
        scheme may differ, and is not used.
        """
        return self._origin.below(link)

    def budget(self) -> str | None:
        """What the vendor's budget has left, for people to read; None before it told."""
        left = self._policy.budget.left(self._clock())
        return None if left is None else f"{left:.4g} {self._policy.budget.unit}"

    async def aclose(self) -> None:
        """End a refresh under way. The transport is closed by whoever made it."""
        await self._policy.signer.aclose()

    async def _repeat(self, call: Call) -> Reply:
        due = deadline.get()
        if due is None:
            due = self._clock() + self._patience
        leave_by = due if call.safe else due - LEAST_TO_CHANGE
        return await self._retry.send(call, leave_by, lambda: self._attempt(call, leave_by, due))

    async def _attempt(self, call: Call, leave_by: float, due: float) -> Reply:
        cost = self._policy.cost(call)
        await self._throttle.enter(cost, leave_by)
        with self._counted(call):
            reply = None
            try:
                signed, reply = await self._exchange(call, leave_by, due)
            finally:
                self._throttle.leave(cost, reply)
            match refusal := self._policy.refusal(call, reply):
                case None:
                    return reply
                case RateLimited():
                    self._throttle.hold(refusal.retry_after)
                case CredentialsRejected() if self._policy.signer.renew(signed):
                    refusal = Stale(refusal.message)
            raise refusal

    async def _exchange(self, call: Call, leave_by: float, due: float) -> tuple[Headers, Reply]:
        """Sign and send once. Returns the headers that signed it, and the reply."""
        url = self._origin.url(call.path, call.params)
        headers = dict(self._policy.headers)
        body = None
        if call.json is not None:
            body = msgspec.json.encode(call.json)
            headers["Content-Type"] = "application/json"
        try:
            async with asyncio.timeout_at(leave_by):
                signed = await self._policy.signer.sign(call.method, url)
        except TimeoutError:
            raise _late() from None
        now = self._clock()
        if now >= leave_by:
            raise _late()
        left = min(self._timeout, due - now)
        reply = await self._transport.send(call.method, url, {**headers, **signed}, body, left)
        return signed, reply

    @contextmanager
    def _counted(self, call: Call) -> Iterator[None]:
        """Count an attempt under its outcome: `ok`, the error's code or `CANCELLED`."""
        began = self._clock()
        outcome = "ok"
        try:
            yield
        except LmsError as error:
            outcome = error.code
            raise
        except BaseException as error:
            outcome = "CANCELLED" if isinstance(error, asyncio.CancelledError) else LmsError.code
            raise
        finally:
            self._report(
                tenant=self._tenant,
                vendor=self._policy.vendor,
                endpoint=call.endpoint,
                outcome=outcome,
                seconds=self._clock() - began,
            )


def _late() -> TooLate:
    return TooLate("too little of the request's time was left to ask the vendor")
