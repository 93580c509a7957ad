"""GraphQL over server-sent events: graphql-sse's distinct connections mode.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import request_id
from lms_gateway.web.answers import Answer
from lms_gateway.web.exchange import (
    METHODS,
    admit,
    credentials_of,
    receive_raw,
    respond_refused,
    understand,
)
from lms_gateway.web.flights import end, until_disconnected
from lms_gateway.web.incoming import Incoming
from lms_gateway.web.negotiation import EVENTS, choose, takes
from lms_gateway.web.operations import MUTATION, Runner
from lms_gateway.web.refusals import Refused
from lms_gateway.web.state import GatewayState, Pace

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # proxies would hold small events back
        (b"x-content-type-options", b"nosniff"),
    ],
}
_COMPLETE = b"event: complete\ndata:\n\n"
_STILL_HERE = b":\n\n"


class StreamEndpoint:
    """Answers any operation with `next` events and a `complete`. Plain ASGI."""

    def __init__(self, state: GatewayState, runner: Runner, pace: Pace) -> None:
        self._state = state
        self._runner = runner
        self._pace = pace
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Incoming(scope, receive)
        if request.method == "OPTIONS":
            await Response(status_code=204, headers={"Allow": METHODS})(scope, receive, send)
            return
        try:
            with suppress(ClientDisconnect):
                await self._serve(request, send)
        except Refused as refused:
            response = respond_refused(refused, choose(request.header(b"accept")))
            await response(scope, receive, send)

    async def _serve(self, request: Incoming, send: Send) -> None:
        if request.method not in ("GET", "HEAD", "POST"):
            raise Refused(405, "send GET or POST", headers={"Allow": METHODS})
        if not takes(request.header(b"accept"), EVENTS):
            raise Refused(406, "answers are text/event-stream")
        if self._open >= self._pace.most_streams:
            raise Refused(503, "too many streams are open", headers={"Retry-After": "5"})
        self._open += 1
        try:
            async with self._state.lease() as generation:
                due = asyncio.get_running_loop().time() + generation.limits.request_timeout
                credentials = credentials_of(request)
                asker = admit(request, credentials, generation, reading=True)
                raw = await receive_raw(request, generation, due)
                understood = understand(request, raw, credentials, asker, generation, self._runner)
                if isinstance(understood, Answer):
                    await self._send_events(request, send, _only(understood))
                    return
                operation, asker = understood
                answers = self._runner.answers(operation, asker, generation, request_id.get(), due)
                is_write = operation.type is MUTATION
                await self._send_events(request, send, answers, to_the_end=is_write)
        finally:
            self._open -= 1

    async def _send_events(
        self,
        request: Incoming,
        send: Send,
        answers: AsyncGenerator[Answer, None],
        *,
        to_the_end: bool = False,
    ) -> None:
        """Send what comes until it ends or the client goes, whichever is first.

        `to_the_end`: a write, which goes on although its client went.
        """
        await send(dict(_START))
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        line = asyncio.Lock()  # one event at a time

        async def tell(event: bytes) -> None:
            async with line:
                await send({"type": "http.response.body", "body": event, "more_body": True})

        feeding = asyncio.create_task(_feed(answers, tell))
        beating = asyncio.create_task(_beat(self._pace.keep_alive, tell))
        watch = asyncio.create_task(until_disconnected(request.receive))
        try:
            awaited = {feeding} if to_the_end else {feeding, watch}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not feeding.done():
                raise ClientDisconnect
            feeding.result()
            await end(beating)
            await send({"type": "http.response.body", "body": b""})
        finally:
            await end(feeding, beating, watch)


async def _feed(
    answers: AsyncGenerator[Answer, None], tell: Callable[[bytes], Awaitable[None]]
) -> None:
    async with aclosing(answers):
        async for answer in answers:
            await tell(b"event: next\ndata: " + answer.encode() + b"\n\n")
    await tell(_COMPLETE)


async def _beat(interval: float, tell: Callable[[bytes], Awaitable[None]]) -> None:
    """Let proxies and clients see that the line still lives."""
    while True:
        await asyncio.sleep(interval)
        await tell(_STILL_HERE)


async def _only(answer: Answer) -> AsyncGenerator[Answer, None]:
    yield answer
