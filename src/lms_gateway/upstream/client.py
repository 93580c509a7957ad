"""UpstreamClient: the steps of a call to a vendor.

send, start                  set the deadline and build the URL
└── coalescing               equal reads in flight share one call; writes are never shared
    └── retry                repeats transient failures within the deadline
        └── throttle         waits for the vendor's rate budget, once per attempt
            └── sign         below the retry: Schoology rejects a nonce that it has seen
                └── transport

The reply passes the throttle, which reads the remaining budget, and then the policy, which maps it
to an error or accepts it.
"""

import asyncio
import random as random_module
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import msgspec

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import CredentialsRejected, LmsError, RateLimited, UpstreamTimeout
from lms_gateway.telemetry import vendor_call_shared, vendor_called
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.coalescing import RequestCoalescer
from lms_gateway.upstream.errors import DeadlineExceeded, SignatureRejected
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.pending_call import OnReply, PendingCall, TaskCall
from lms_gateway.upstream.retry import Retry
from lms_gateway.upstream.throttle import Clock, Random, Sleep, Throttle
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.upstream.vendor_policy import Headers, Policy

MIN_WRITE_TIME = 1.0
"""Seconds before the deadline after which no write is sent.

Without a reply in time, it would be unknown whether the write ran.
"""


RecordCall = Callable[..., None]
"""Counts an attempt or a shared call, e.g. `telemetry.vendor_called`, `vendor_call_shared`."""


def loop_time() -> float:
    """Return the time of the running event loop, the clock of deadlines."""
    return asyncio.get_running_loop().time()


class UpstreamClient:
    """Calls one vendor with one credential."""

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
        random: Random = random_module.random,
        record_call: RecordCall = vendor_called,
        record_shared_call: RecordCall = vendor_call_shared,
    ) -> None:
        """Send nothing yet.

        `timeout` is the limit of one attempt in seconds. `default_timeout` is the limit of a call
        with all attempts and waits, if the request has no deadline. Raises ValueError if `base_url`
        is neither https nor on loopback.
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
        """Return the vendor's reply: 2xx, or 303 if the vendor uses it.

        The body is not validated. Raises NotFound, Forbidden, BadInput, CredentialsRejected,
        RateLimited, UpstreamTimeout, UpstreamUnavailable or UpstreamInvalid.
        """
        if call.is_plain_read:
            return await self._wait_for_reply(call)
        url = self._origin.url(call.path, call.params)
        if call.safe:
            return await self._send_with_retry(call, url, CallDeadline(self._reply_by()))
        # Reads that start during or after the write must not share a call from before it.
        self._coalescer.invalidate()
        try:
            return await self._send_with_retry(call, url, CallDeadline(self._reply_by(), MIN_WRITE_TIME))
        finally:
            self._coalescer.invalidate()

    def start(self, call: Call, on_reply: OnReply) -> PendingCall:
        """Start the call; `on_reply` is called with the reply, or the error `send` would raise.

        Raises ValueError if the path is invalid, and nothing else.
        """
        if call.is_plain_read:
            url = self._origin.url(call.path, call.params)
            return self._coalescer.subscribe(call, url, self._reply_by(), on_reply)
        return TaskCall(self.send(call), on_reply)

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """Return the path and parameters for a Call to a link in a reply. See Origin."""
        return self._origin.resolve_link(link)

    def budget(self) -> str | None:
        """Return the remaining rate budget as text; None if it is unknown."""
        remaining = self._policy.budget.remaining(self._clock())
        return None if remaining is None else f"{remaining:.4g} {self._policy.budget.unit}"

    async def aclose(self) -> None:
        """Cancel reads and a token refresh in flight. The creator of the transport closes it."""
        await self._coalescer.aclose()
        await self._policy.signer.aclose()

    def _reply_by(self) -> float:
        """Return the time by which the current request needs the reply."""
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
            del outcome, future  # the traceback references this frame: avoid a cycle

    def _send_with_retry(
        self, call: Call, url: str, call_deadline: CallDeadline
    ) -> Coroutine[Any, Any, Reply]:
        return self._retry.send(call, call_deadline, partial(self._attempt, call, url, call_deadline))

    async def _attempt(self, call: Call, url: str, call_deadline: CallDeadline) -> Reply:
        """Run one attempt and record its outcome: `ok`, the error's code or `CANCELLED`."""
        cost = self._policy.cost(call)
        started_at = self._clock()
        if not self._throttle.try_acquire(cost, call_deadline, started_at):
            await self._throttle.acquire(cost, call_deadline)
            started_at = self._clock()
        outcome = LmsError.code
        try:
            reply = None
            try:
                auth_headers, reply = await self._sign_and_send(call, url, call_deadline, started_at)
            finally:
                self._throttle.release(cost, reply)
            refusal = self._policy.refusal(call, reply)
            if refusal is None:
                outcome = "ok"
                return reply
            try:
                raise self._record_refusal(refusal, auth_headers)
            finally:
                del refusal  # its traceback references this frame: avoid a cycle
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
        """Return the refusal after informing the throttle or the signer."""
        if isinstance(refusal, RateLimited):
            self._throttle.pause(refusal.retry_after)
        elif isinstance(refusal, CredentialsRejected) and self._policy.signer.renew(auth_headers):
            return SignatureRejected(refusal.message)
        return refusal

    async def _sign_and_send(
        self, call: Call, url: str, call_deadline: CallDeadline, now: float
    ) -> tuple[Headers, Reply]:
        """Sign and send once. Returns the signature headers and the reply."""
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
                raise UpstreamTimeout(f"the vendor did not answer within {remaining:.3g} s") from None
        return auth_headers, reply


def _set_outcome(future: "asyncio.Future[Reply | BaseException]", outcome: Reply | BaseException) -> None:
    # An error is set as a result too: asyncio would log an exception that is never retrieved.
    if not future.done():
        future.set_result(outcome)


def _deadline_exceeded() -> DeadlineExceeded:
    return DeadlineExceeded("request deadline too close to call the vendor")
