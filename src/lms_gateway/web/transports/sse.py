"""GraphQL over server-sent events: graphql-sse's distinct connections mode.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import request_id
from lms_gateway.web.graphql.admission import admit
from lms_gateway.web.graphql.deduplication import cancel_and_wait, wait_for_disconnect
from lms_gateway.web.graphql.executor import MUTATION, OperationExecutor
from lms_gateway.web.graphql.results import GraphQLAnswer
from lms_gateway.web.http.errors import HTTPError
from lms_gateway.web.http.negotiation import EVENT_STREAM, accepts, choose_media_type
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.http.response import error_response, method_not_allowed, options_response
from lms_gateway.web.protocols import ConnectionLimits, GatewayState

_RESPONSE_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # proxies buffer small events otherwise
        (b"x-content-type-options", b"nosniff"),
    ],
}
_COMPLETE_EVENT = b"event: complete\ndata:\n\n"
_KEEP_ALIVE_COMMENT = b":\n\n"

_SendEvent = Callable[[bytes], Awaitable[None]]


@dataclass(eq=False)
class SSEEndpoint:
    """Responds to any operation with `next` events and a `complete` event. Plain ASGI."""

    state: GatewayState
    executor: OperationExecutor
    limits: ConnectionLimits
    open_count: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = GraphQLRequest(scope, receive)
        if request.method == "OPTIONS":
            await options_response()(scope, receive, send)
            return
        try:
            with suppress(ClientDisconnect):
                await self._serve(request, send)
        except HTTPError as error:
            response = error_response(error, choose_media_type(request.header(b"accept")))
            await response(scope, receive, send)

    async def _serve(self, request: GraphQLRequest, send: Send) -> None:
        if request.method not in ("GET", "HEAD", "POST"):
            raise method_not_allowed()
        if not accepts(request.header(b"accept"), EVENT_STREAM):
            raise HTTPError(406, "Accept must allow text/event-stream")
        if self.open_count >= self.limits.max_streams:
            raise HTTPError(503, "too many streams are open", headers={"Retry-After": "5"})
        self.open_count += 1
        try:
            async with self.state.lease() as snapshot:
                due = asyncio.get_running_loop().time() + snapshot.limits.request_timeout
                operation = self.executor.prepare(await admit(request, snapshot, due))
                if isinstance(operation, GraphQLAnswer):
                    await self._send_events(request, send, _single_answer(operation))
                    return
                answers = self.executor.stream(operation, request_id.get(), due)
                is_write = operation.type is MUTATION
                await self._send_events(request, send, answers, is_write=is_write)
        finally:
            self.open_count -= 1

    async def _send_events(
        self,
        request: GraphQLRequest,
        send: Send,
        answers: AsyncGenerator[GraphQLAnswer, None],
        *,
        is_write: bool = False,
    ) -> None:
        """Send answers until they end, or until the client disconnects.

        A write continues after its client left.
        """
        await send(dict(_RESPONSE_START))
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        lock = asyncio.Lock()  # one event at a time

        async def send_event(event: bytes) -> None:
            async with lock:
                await send({"type": "http.response.body", "body": event, "more_body": True})

        results = asyncio.create_task(_send_answers(answers, send_event))
        keep_alive = asyncio.create_task(_send_keep_alives(self.limits.keep_alive_interval, send_event))
        disconnect = asyncio.create_task(wait_for_disconnect(request.receive))
        try:
            awaited = {results} if is_write else {results, disconnect}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not results.done():
                raise ClientDisconnect
            results.result()
            await cancel_and_wait(keep_alive)
            await send({"type": "http.response.body", "body": b""})
        finally:
            await cancel_and_wait(results, keep_alive, disconnect)


async def _send_answers(answers: AsyncGenerator[GraphQLAnswer, None], send_event: _SendEvent) -> None:
    async with aclosing(answers):
        async for answer in answers:
            await send_event(b"event: next\ndata: " + answer.encode() + b"\n\n")
    await send_event(_COMPLETE_EVENT)


async def _send_keep_alives(interval: float, send_event: _SendEvent) -> None:
    """Send comments, so that proxies and clients keep the connection open."""
    while True:
        await asyncio.sleep(interval)
        await send_event(_KEEP_ALIVE_COMMENT)


async def _single_answer(answer: GraphQLAnswer) -> AsyncGenerator[GraphQLAnswer, None]:
    yield answer
