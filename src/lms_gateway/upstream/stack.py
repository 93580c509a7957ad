"""The way of a call to a vendor and back.

send                         the deadline, and the URL
└── flights                  equal reads that are under way are one; not what changes something
    └── retry                repeats what may pass, within the deadline
        └── throttle         waits for the vendor's budget, for each attempt anew
            └── sign         below the retry: Schoology refuses a nonce that it has seen
                └── transport

Then the reply goes up: the throttle learns from it, the policy says what it means.
"""

import asyncio
import random as dice
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

import msgspec

from lms_gateway.domain.deadline import deadline
from lms_gateway.domain.errors import (
    CredentialsRejected,
    LmsError,
    RateLimited,
    UpstreamTimeout,
)
from lms_gateway.telemetry import vendor_call_shared, vendor_called
from lms_gateway.upstream.begun import Begun, Errand, Told
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.upstream.failures import Stale, TooLate
from lms_gateway.upstream.flights import Flights
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.policy import Headers, Policy
from lms_gateway.upstream.retry import Retry
from lms_gateway.upstream.term import Term
from lms_gateway.upstream.throttle import Clock, Random, Sleep, Throttle
from lms_gateway.upstream.transport import Transport

LEAST_TO_CHANGE = 1.0
"""Seconds before the deadline after which no call that changes something leaves.

It would be cut off before its answer, and nobody would know what became of it.
"""


class Report(Protocol):
    """Where each attempt is counted; `telemetry.vendor_called` is one."""

    def __call__(
        self, *, tenant: str, vendor: str, endpoint: str, outcome: str, seconds: float
    ) -> None: ...


class ReportShared(Protocol):
    """Where calls are counted that were spared; `telemetry.vendor_call_shared` is one."""

    def __call__(self, *, tenant: str, vendor: str) -> None: ...


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
        report_shared: ReportShared = vendor_call_shared,
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
        joined = partial(report_shared, tenant=tenant, vendor=policy.vendor)
        self._flights = Flights(self._repeat, joined)

    async def send(self, call: Call) -> Reply:
        """The vendor's answer: 2xx, or a 303 where the vendor has such.

        Raises NotFound, Forbidden, BadInput, CredentialsRejected, RateLimited, UpstreamTimeout,
        UpstreamUnavailable or UpstreamInvalid. The body may still not be what was asked for.
        """
        if call.is_plain_read:
            return await self._reply(call)
        url = self._origin.url(call.path, call.params)
        if call.safe:
            return await self._repeat(call, url, Term(self._due()))
        # Who reads from here on, or after the change, must not be told how things were before.
        self._flights.begin_anew()
        try:
            return await self._repeat(call, url, Term(self._due(), LEAST_TO_CHANGE))
        finally:
            self._flights.begin_anew()

    def begin(self, call: Call, told: Told) -> Begun:
        """Send the call without waiting: `told` hears of the reply, or of what `send` would raise.

        Raises nothing but ValueError, for a path that is none.
        """
        if call.is_plain_read:
            url = self._origin.url(call.path, call.params)
            return self._flights.board(call, url, self._due(), told)
        return Errand(self.send(call), told)

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
        """End reads and a refresh under way. The transport is closed by whoever made it."""
        await self._flights.aclose()
        await self._policy.signer.aclose()

    def _due(self) -> float:
        """When the request in hand needs its answer."""
        due = deadline.get()
        return self._clock() + self._patience if due is None else due

    async def _reply(self, call: Call) -> Reply:
        landed: asyncio.Future[Reply | BaseException] = asyncio.get_running_loop().create_future()
        begun = self.begin(call, partial(_land, landed))
        try:
            outcome = await landed
        except asyncio.CancelledError:
            begun.leave()
            raise
        if isinstance(outcome, Reply):
            return outcome
        try:
            raise outcome
        finally:
            del outcome, landed  # the error's traceback holds this frame

    def _repeat(self, call: Call, url: str, term: Term) -> Coroutine[Any, Any, Reply]:
        return self._retry.send(call, term, partial(self._attempt, call, url, term))

    async def _attempt(self, call: Call, url: str, term: Term) -> Reply:
        """One attempt, counted under its outcome: `ok`, the error's code or `CANCELLED`."""
        cost = self._policy.cost(call)
        began = self._clock()
        if not self._throttle.enter_now(cost, term, began):
            await self._throttle.enter(cost, term)
            began = self._clock()
        outcome = LmsError.code
        try:
            reply = None
            try:
                signed, reply = await self._exchange(call, url, term, began)
            finally:
                self._throttle.leave(cost, reply)
            refusal = self._policy.refusal(call, reply)
            if refusal is None:
                outcome = "ok"
                return reply
            try:
                raise self._heeded(refusal, signed)
            finally:
                del refusal  # its traceback holds this frame
        except LmsError as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            outcome = "CANCELLED"
            raise
        finally:
            self._report(
                tenant=self._tenant,
                vendor=self._policy.vendor,
                endpoint=call.endpoint,
                outcome=outcome,
                seconds=self._clock() - began,
            )

    def _heeded(self, refusal: LmsError, signed: Headers) -> LmsError:
        """The refusal, once the throttle or the signer has taken note of it."""
        if isinstance(refusal, RateLimited):
            self._throttle.hold(refusal.retry_after)
        elif isinstance(refusal, CredentialsRejected) and self._policy.signer.renew(signed):
            return Stale(refusal.message)
        return refusal

    async def _exchange(
        self, call: Call, url: str, term: Term, now: float
    ) -> tuple[Headers, Reply]:
        """Sign and send once. Returns the headers that signed it, and the reply."""
        signer = self._policy.signer
        signed = signer.sign_now(call.method, url)
        if signed is None:
            try:
                signed = await term.within(signer.sign(call.method, url))
            except TimeoutError:
                raise _late() from None
            now = self._clock()
        if now >= term.leave_by:
            raise _late()
        headers = {**self._policy.headers, **signed}
        body = None
        if call.json is not None:
            body = msgspec.json.encode(call.json)
            headers["Content-Type"] = "application/json"
        left = term.due - now
        if left >= self._timeout or not call.safe:
            left = min(self._timeout, left)
            reply = await self._transport.send(call.method, url, headers, body, left)
        else:
            sent = self._transport.send(call.method, url, headers, body, self._timeout)
            try:
                reply = await term.within(sent)
            except TimeoutError:
                raise UpstreamTimeout(f"the vendor did not answer within {left:.3g} s") from None
        return signed, reply


def _land(landed: "asyncio.Future[Reply | BaseException]", outcome: Reply | BaseException) -> None:
    # A value where it is an error, too: nobody may be left to look at it.
    if not landed.done():
        landed.set_result(outcome)


def _late() -> TooLate:
    return TooLate("too little of the request's time was left to ask the vendor")
