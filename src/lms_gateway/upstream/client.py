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

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import (
    CredentialsRejected,
    LmsError,
    RateLimited,
    UpstreamTimeout,
)
from lms_gateway.telemetry import vendor_call_shared, vendor_called
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.coalescing import RequestCoalescer
from lms_gateway.upstream.errors import DeadlineExceeded, SignatureRejected
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.pending_call import OnReply, PendingCall, TaskCall
from lms_gateway.upstream.retry import Retry
from lms_gateway.upstream.throttle import Clock, Random, Sleep, Throttle
from lms_gateway.upstream.transports.httpx_transport import Transport
from lms_gateway.upstream.vendor_policy import Headers, Policy

MIN_WRITE_TIME = 1.0
"""Seconds before the deadline after which no call that changes something leaves.

It would be cut off before its answer, and nobody would know what became of it.
"""


class RecordCall(Protocol):
    """Where each attempt is counted; `telemetry.vendor_called` is one."""

    def __call__(
        self, *, tenant: str, vendor: str, endpoint: str, outcome: str, seconds: float
    ) -> None: ...


class RecordSharedCall(Protocol):
    """Where calls are counted that were spared; `telemetry.vendor_call_shared` is one."""

    def __call__(self, *, tenant: str, vendor: str) -> None: ...


def loop_time() -> float:
    """The running event loop's clock, which deadlines are told by."""
    return asyncio.get_running_loop().time()


class UpstreamClient:
    """One vendor over one credential."""

    def __init__(
        self,
        *,
        tenant: str,
        base_url: str,
        transport: Transport,
        policy: Policy,
        timeout: float = 10.0,
        default_timeout: float = 30.0,
        clock: Clock = loop_time,
        sleep: Sleep = asyncio.sleep,
        random: Random = dice.random,
        record_call: RecordCall = vendor_called,
        record_shared_call: RecordSharedCall = vendor_call_shared,
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
        self._default_timeout = default_timeout
        self._clock = clock
        self._record_call = record_call
        self._throttle = Throttle(policy.budget, clock=clock, sleep=sleep, random=random)
        self._retry = Retry(clock=clock, sleep=sleep, random=random)
        on_shared = partial(record_shared_call, tenant=tenant, vendor=policy.vendor)
        self._coalescer = RequestCoalescer(self._send_with_retry, on_shared)

    async def send(self, call: Call) -> Reply:
        """The vendor's answer: 2xx, or a 303 where the vendor has such.

        Raises NotFound, Forbidden, BadInput, CredentialsRejected, RateLimited, UpstreamTimeout,
        UpstreamUnavailable or UpstreamInvalid. The body may still not be what was asked for.
        """
        if call.is_plain_read:
            return await self._wait_for_reply(call)
        url = self._origin.url(call.path, call.params)
        if call.safe:
            return await self._send_with_retry(call, url, CallDeadline(self._reply_by()))
        # Who reads from here on, or after the change, must not be told how things were before.
        self._coalescer.invalidate()
        try:
            return await self._send_with_retry(
                call, url, CallDeadline(self._reply_by(), MIN_WRITE_TIME)
            )
        finally:
            self._coalescer.invalidate()

    def start(self, call: Call, on_reply: OnReply) -> PendingCall:
        """Send the call without waiting: `told` hears of the reply, or of what `send` would raise.

        Raises nothing but ValueError, for a path that is none.
        """
        if call.is_plain_read:
            url = self._origin.url(call.path, call.params)
            return self._coalescer.subscribe(call, url, self._reply_by(), on_reply)
        return TaskCall(self.send(call), on_reply)

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """The path and parameters for a Call that follows a link from a reply.

        Raises UpstreamInvalid for a link to another host, port or path than the base URL's; its
        scheme may differ, and is not used.
        """
        return self._origin.resolve_link(link)

    def budget(self) -> str | None:
        """What the vendor's budget has left, for people to read; None before it told."""
        remaining = self._policy.budget.remaining(self._clock())
        return None if remaining is None else f"{remaining:.4g} {self._policy.budget.unit}"

    async def aclose(self) -> None:
        """End reads and a refresh under way. The transport is closed by whoever made it."""
        await self._coalescer.aclose()
        await self._policy.signer.aclose()

    def _reply_by(self) -> float:
        """When the request in hand needs its answer."""
        reply_by = request_deadline.get()
        return self._clock() + self._default_timeout if reply_by is None else reply_by

    async def _wait_for_reply(self, call: Call) -> Reply:
        future: asyncio.Future[Reply | BaseException] = asyncio.get_running_loop().create_future()
        pending = self.start(call, partial(_set_outcome, future))
        try:
            outcome = await future
        except asyncio.CancelledError:
            pending.cancel()
            raise
        if isinstance(outcome, Reply):
            return outcome
        try:
            raise outcome
        finally:
            del outcome, future  # the error's traceback holds this frame

    def _send_with_retry(
        self, call: Call, url: str, call_deadline: CallDeadline
    ) -> Coroutine[Any, Any, Reply]:
        return self._retry.send(
            call, call_deadline, partial(self._attempt, call, url, call_deadline)
        )

    async def _attempt(self, call: Call, url: str, call_deadline: CallDeadline) -> Reply:
        """One attempt, counted under its outcome: `ok`, the error's code or `CANCELLED`."""
        cost = self._policy.cost(call)
        started_at = self._clock()
        if not self._throttle.try_acquire(cost, call_deadline, started_at):
            await self._throttle.acquire(cost, call_deadline)
            started_at = self._clock()
        outcome = LmsError.code
        try:
            reply = None
            try:
                auth_headers, reply = await self._sign_and_send(
                    call, url, call_deadline, started_at
                )
            finally:
                self._throttle.release(cost, reply)
            refusal = self._policy.refusal(call, reply)
            if refusal is None:
                outcome = "ok"
                return reply
            try:
                raise self._record_refusal(refusal, auth_headers)
            finally:
                del refusal  # its traceback holds this frame
        except LmsError as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            outcome = "CANCELLED"
            raise
        finally:
            self._record_call(
                tenant=self._tenant,
                vendor=self._policy.vendor,
                endpoint=call.endpoint,
                outcome=outcome,
                seconds=self._clock() - started_at,
            )

    def _record_refusal(self, refusal: LmsError, auth_headers: Headers) -> LmsError:
        """The refusal, once the throttle or the signer has taken note of it."""
        if isinstance(refusal, RateLimited):
            self._throttle.pause(refusal.retry_after)
        elif isinstance(refusal, CredentialsRejected) and self._policy.signer.renew(auth_headers):
            return SignatureRejected(refusal.message)
        return refusal

    async def _sign_and_send(
        self, call: Call, url: str, call_deadline: CallDeadline, now: float
    ) -> tuple[Headers, Reply]:
        """Sign and send once. Returns the headers that signed it, and the reply."""
        signer = self._policy.signer
        auth_headers = signer.sign_now(call.method, url)
        if auth_headers is None:
            try:
                auth_headers = await call_deadline.wait_for(signer.sign(call.method, url))
            except TimeoutError:
                raise _deadline_exceeded() from None
            now = self._clock()
        if now >= call_deadline.send_by:
            raise _deadline_exceeded()
        headers = {**self._policy.headers, **auth_headers}
        body = None
        if call.json is not None:
            body = msgspec.json.encode(call.json)
            headers["Content-Type"] = "application/json"
        remaining = call_deadline.reply_by - now
        if remaining >= self._timeout or not call.safe:
            remaining = min(self._timeout, remaining)
            reply = await self._transport.send(call.method, url, headers, body, remaining)
        else:
            sending = self._transport.send(call.method, url, headers, body, self._timeout)
            try:
                reply = await call_deadline.wait_for(sending)
            except TimeoutError:
                raise UpstreamTimeout(
                    f"the vendor did not answer within {remaining:.3g} s"
                ) from None
        return auth_headers, reply


def _set_outcome(
    future: "asyncio.Future[Reply | BaseException]", outcome: Reply | BaseException
) -> None:
    # A value where it is an error, too: nobody may be left to look at it.
    if not future.done():
        future.set_result(outcome)


def _deadline_exceeded() -> DeadlineExceeded:
    return DeadlineExceeded("too little of the request's time was left to ask the vendor")
