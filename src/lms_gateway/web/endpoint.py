"""GraphQL over HTTP: one request in, one JSON answer out.

https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
from collections.abc import Hashable

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import operation_ran, operation_shared, request_id
from lms_gateway.web.answers import Answer, Ran, refuse_operation
from lms_gateway.web.exchange import (
    METHODS,
    admit,
    credentials_of,
    receive_raw,
    respond,
    respond_refused,
    understand,
)
from lms_gateway.web.flights import Flight, Flights
from lms_gateway.web.incoming import Incoming
from lms_gateway.web.negotiation import HTML, choose
from lms_gateway.web.operations import MUTATION, SUBSCRIPTION, Asker, Credentials, Runner
from lms_gateway.web.page import render_page
from lms_gateway.web.refusals import Refused
from lms_gateway.web.reply import Reply
from lms_gateway.web.state import GatewayState, Generation

_SPARE = 0.1
"""Of a request's time: what it may lose by joining one that began before it."""


class GraphQLEndpoint:
    """Answers queries and mutations, and shows the explorer to browsers. Plain ASGI.

    Identical queries of one caller that are under way at once are run once.
    """

    def __init__(self, state: GatewayState, runner: Runner) -> None:
        self._state = state
        self._runner = runner
        self._flights: Flights[Ran] = Flights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(Incoming(scope, receive))
            await response(scope, receive, send)
        except ClientDisconnect:
            return  # there is nobody to answer

    async def _respond(self, request: Incoming) -> Reply | Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        by_get = request.method in ("GET", "HEAD")
        media_type = choose(request.header(b"accept"), html=by_get)
        try:
            if not by_get and request.method != "POST":
                raise Refused(405, "send GET or POST", headers={"Allow": METHODS})
            if media_type is None:
                types = "application/graphql-response+json or application/json"
                raise Refused(406, f"answers are {types}")
            async with self._state.lease() as generation:
                if media_type == HTML:
                    page_request = Request(request.scope, request.receive)
                    return render_page(page_request, generation.tenants)
                return respond(await self._answer(request, generation), media_type)
        except Refused as refused:
            return respond_refused(refused, media_type)

    async def _answer(self, request: Incoming, generation: Generation) -> Answer:
        loop = asyncio.get_running_loop()
        timeout = generation.limits.request_timeout
        due = loop.time() + timeout
        credentials = credentials_of(request)
        asker = admit(request, credentials, generation, reading=True)
        raw = await receive_raw(request, generation, due)
        key = self._key(request, raw, credentials, asker, generation)
        flight = self._flights.find(key, due, timeout * _SPARE)
        if flight is not None:
            return await self._share(flight, request, asker)
        understood = understand(request, raw, credentials, asker, generation, self._runner)
        if isinstance(understood, Answer):
            return understood
        operation, asker = understood
        if operation.type is SUBSCRIPTION:
            error = GraphQLError("send subscriptions to …/graphql/stream, or by WebSocket")
            return refuse_operation(error, request_id.get())
        name = request_id.get()
        running = self._runner.run(operation, asker, generation, name, due)
        if operation.type is MUTATION:
            # A write goes on although its client went: half of it may have happened already.
            return (await loop.create_task(running)).answer(name)
        flight = self._flights.begin(key, running, due, name)
        return (await flight.land(request.receive)).answer(name)

    async def _share(self, flight: Flight[Ran], request: Incoming, asker: Asker) -> Answer:
        """What a query comes to that another request is having run."""
        now = asyncio.get_running_loop().time
        started = now()
        request.told["operation"] = "query"
        # What happens in the execution is logged by the name of the request that began it.
        request.told["shared_with"] = flight.request_id
        tenant = None if asker.selected is None else asker.selected.slug
        operation_shared(tenant=tenant)
        outcome = "cancelled"
        try:
            done = await flight.land(request.receive)
            outcome = done.outcome
        finally:
            operation_ran(type="query", outcome=outcome, tenant=tenant, seconds=now() - started)
        return done.answer(request_id.get())

    def _key(
        self,
        request: Incoming,
        raw: bytes,
        credentials: Credentials,
        asker: Asker,
        generation: Generation,
    ) -> Hashable:
        """All that the answer to a query depends on, and who asks by what right.

        The generation is told by its identity: whoever waits holds a lease on it. The count of
        writes keeps whoever has seen an answer to a write from being told what was so before.
        """
        return (
            request.method == "POST",
            raw,
            credentials,
            asker.caller,
            id(generation),
            self._runner.writes,
        )
