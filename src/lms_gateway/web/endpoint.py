"""GraphQL over HTTP: one request in, one JSON answer out.

https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
from contextlib import suppress

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import request_id
from lms_gateway.web.exchange import (
    METHODS,
    due_within,
    end,
    receive_operation,
    respond,
    respond_refused,
    until_disconnected,
)
from lms_gateway.web.negotiation import HTML, choose
from lms_gateway.web.operations import MUTATION, SUBSCRIPTION, Answer, Runner, refuse_operation
from lms_gateway.web.page import render_page
from lms_gateway.web.refusals import Refused
from lms_gateway.web.state import GatewayState, Generation


class GraphQLEndpoint:
    """Answers queries and mutations, and shows the explorer to browsers. Plain ASGI."""

    def __init__(self, state: GatewayState, runner: Runner) -> None:
        self._state = state
        self._runner = runner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):  # then there is nobody to answer
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        by_get = request.method in ("GET", "HEAD")
        media_type = choose(request.headers.get("accept"), html=by_get)
        try:
            if not by_get and request.method != "POST":
                raise Refused(405, "send GET or POST", headers={"Allow": METHODS})
            if media_type is None:
                types = "application/graphql-response+json or application/json"
                raise Refused(406, f"answers are {types}")
            async with self._state.lease() as generation:
                if media_type == HTML:
                    return render_page(request, generation.tenants)
                with due_within(generation.limits.request_timeout):
                    return respond(await self._answer(request, generation), media_type)
        except Refused as refused:
            return respond_refused(refused, media_type)

    async def _answer(self, request: Request, generation: Generation) -> Answer:
        received = await receive_operation(request, generation)
        if isinstance(received, Answer):
            return received
        operation, asker = received
        if operation.type is SUBSCRIPTION:
            error = GraphQLError("send subscriptions to …/graphql/stream, or by WebSocket")
            return refuse_operation(error, request_id.get())
        task = asyncio.create_task(
            self._runner.answer(operation, asker, generation, request_id.get())
        )
        if operation.type is MUTATION:
            # A write goes on although its client went: half of it may have happened already.
            return await task
        return await _while_connected(request.receive, task)


async def _while_connected(receive: Receive, task: "asyncio.Task[Answer]") -> Answer:
    """The task's result. Cancels it and raises ClientDisconnect where the client goes first."""
    watch = asyncio.create_task(until_disconnected(receive))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        await end(task, watch)
