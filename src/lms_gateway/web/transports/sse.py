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
from lms_gateway.web.graphql.admission import (
    ALLOWED_METHODS,
    admit,
    create_error_response,
    prepare_operation,
    read_credentials,
    receive_raw_params,
)
from lms_gateway.web.graphql.deduplication import cancel_and_wait, wait_for_disconnect
from lms_gateway.web.graphql.executor import MUTATION, OperationExecutor
from lms_gateway.web.graphql.results import GraphQLAnswer
from lms_gateway.web.http.errors import HTTPError
from lms_gateway.web.http.negotiation import EVENT_STREAM, accepts, choose_media_type
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.protocols import ConnectionLimits, GatewayState

_RESPONSE_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # proxies would hold small events back
        (b"x-content-type-options", b"nosniff"),
    ],
}
_COMPLETE_EVENT = b"event: complete\ndata:\n\n"
_KEEP_ALIVE_COMMENT = b":\n\n"


class SSEEndpoint:
    """Answers any operation with `next` events and a `complete`. Plain ASGI."""

    def __init__(
        self, state: GatewayState, executor: OperationExecutor, limits: ConnectionLimits
    ) -> None:
        self._state = state
        self._executor = executor
        self._limits = limits
        self._open_count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = GraphQLRequest(scope, receive)
        if request.method == "OPTIONS":
            await Response(status_code=204, headers={"Allow": ALLOWED_METHODS})(
                scope, receive, send
            )
            return
        try:
            with suppress(ClientDisconnect):
                await self._serve(request, send)
        except HTTPError as error:
            response = create_error_response(error, choose_media_type(request.header(b"accept")))
            await response(scope, receive, send)

    async def _serve(self, request: GraphQLRequest, send: Send) -> None:
        if request.method not in ("GET", "HEAD", "POST"):
            raise HTTPError(405, "send GET or POST", headers={"Allow": ALLOWED_METHODS})
        if not accepts(request.header(b"accept"), EVENT_STREAM):
            raise HTTPError(406, "answers are text/event-stream")
        if self._open_count >= self._limits.max_streams:
            raise HTTPError(503, "too many streams are open", headers={"Retry-After": "5"})
        self._open_count += 1
        try:
            async with self._state.lease() as snapshot:
                due = asyncio.get_running_loop().time() + snapshot.limits.request_timeout
                credentials = read_credentials(request)
                principal = admit(request, credentials, snapshot, reading=True)
                raw_params = await receive_raw_params(request, snapshot, due)
                prepared = prepare_operation(
                    request, raw_params, credentials, principal, snapshot, self._executor
                )
                if isinstance(prepared, GraphQLAnswer):
                    await self._send_events(request, send, _single_answer(prepared))
                    return
                operation, principal = prepared
                answers = self._executor.stream(
                    operation, principal, snapshot, request_id.get(), due
                )
                is_write = operation.type is MUTATION
                await self._send_events(request, send, answers, runs_to_completion=is_write)
        finally:
            self._open_count -= 1

    async def _send_events(
        self,
        request: GraphQLRequest,
        send: Send,
        answers: AsyncGenerator[GraphQLAnswer, None],
        *,
        runs_to_completion: bool = False,
    ) -> None:
        """Send what comes until it ends or the client goes, whichever is first.

        `to_the_end`: a write, which goes on although its client went.
        """
        await send(dict(_RESPONSE_START))
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        send_lock = asyncio.Lock()  # one event at a time

        async def send_event(event: bytes) -> None:
            async with send_lock:
                await send({"type": "http.response.body", "body": event, "more_body": True})

        results_task = asyncio.create_task(_send_results(answers, send_event))
        keep_alive_task = asyncio.create_task(
            _send_keep_alives(self._limits.keep_alive_interval, send_event)
        )
        disconnect_task = asyncio.create_task(wait_for_disconnect(request.receive))
        try:
            awaited = {results_task} if runs_to_completion else {results_task, disconnect_task}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not results_task.done():
                raise ClientDisconnect
            results_task.result()
            await cancel_and_wait(keep_alive_task)
            await send({"type": "http.response.body", "body": b""})
        finally:
            await cancel_and_wait(results_task, keep_alive_task, disconnect_task)


async def _send_results(
    answers: AsyncGenerator[GraphQLAnswer, None], send_event: Callable[[bytes], Awaitable[None]]
) -> None:
    async with aclosing(answers):
        async for answer in answers:
            await send_event(b"event: next\ndata: " + answer.encode() + b"\n\n")
    await send_event(_COMPLETE_EVENT)


async def _send_keep_alives(
    interval: float, send_event: Callable[[bytes], Awaitable[None]]
) -> None:
    """Let proxies and clients see that the line still lives."""
    while True:
        await asyncio.sleep(interval)
        await send_event(_KEEP_ALIVE_COMMENT)


async def _single_answer(answer: GraphQLAnswer) -> AsyncGenerator[GraphQLAnswer, None]:
    yield answer
