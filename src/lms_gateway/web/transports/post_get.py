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
from lms_gateway.web.explorer.page import render_page
from lms_gateway.web.graphql.admission import (
    ALLOWED_METHODS,
    admit,
    create_error_response,
    create_response,
    prepare_operation,
    read_credentials,
    receive_raw_params,
)
from lms_gateway.web.graphql.deduplication import QueryDeduplicator, SharedExecution
from lms_gateway.web.graphql.executor import (
    MUTATION,
    SUBSCRIPTION,
    OperationExecutor,
    Principal,
    RequestCredentials,
)
from lms_gateway.web.graphql.results import ExecutionOutcome, GraphQLAnswer, reject_operation
from lms_gateway.web.http.errors import HTTPError
from lms_gateway.web.http.negotiation import HTML, choose_media_type
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.http.response import GraphQLResponse
from lms_gateway.web.protocols import GatewayState, Snapshot

_MAX_JOIN_LOSS = 0.1
"""Of a request's time: what it may lose by joining one that began before it."""


class GraphQLEndpoint:
    """Answers queries and mutations, and shows the explorer to browsers. Plain ASGI.

    Identical queries of one caller that are under way at once are run once.
    """

    def __init__(self, state: GatewayState, executor: OperationExecutor) -> None:
        self._state = state
        self._executor = executor
        self._deduplicator: QueryDeduplicator[ExecutionOutcome] = QueryDeduplicator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(GraphQLRequest(scope, receive))
            await response(scope, receive, send)
        except ClientDisconnect:
            return  # there is nobody to answer

    async def _respond(self, request: GraphQLRequest) -> GraphQLResponse | Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ALLOWED_METHODS})
        by_get = request.method in ("GET", "HEAD")
        media_type = choose_media_type(request.header(b"accept"), html=by_get)
        try:
            if not by_get and request.method != "POST":
                raise HTTPError(405, "send GET or POST", headers={"Allow": ALLOWED_METHODS})
            if media_type is None:
                types = "application/graphql-response+json or application/json"
                raise HTTPError(406, f"answers are {types}")
            async with self._state.lease() as snapshot:
                if media_type == HTML:
                    page_request = Request(request.scope, request.receive)
                    return render_page(page_request, snapshot.tenants)
                return create_response(await self._answer(request, snapshot), media_type)
        except HTTPError as error:
            return create_error_response(error, media_type)

    async def _answer(self, request: GraphQLRequest, snapshot: Snapshot) -> GraphQLAnswer:
        loop = asyncio.get_running_loop()
        timeout = snapshot.limits.request_timeout
        due = loop.time() + timeout
        credentials = read_credentials(request)
        principal = admit(request, credentials, snapshot, reading=True)
        raw_params = await receive_raw_params(request, snapshot, due)
        key = self._deduplication_key(request, raw_params, credentials, principal, snapshot)
        shared_execution = self._deduplicator.find(key, due, timeout * _MAX_JOIN_LOSS)
        if shared_execution is not None:
            return await self._join(shared_execution, request, principal)
        prepared = prepare_operation(
            request, raw_params, credentials, principal, snapshot, self._executor
        )
        if isinstance(prepared, GraphQLAnswer):
            return prepared
        operation, principal = prepared
        if operation.type is SUBSCRIPTION:
            error = GraphQLError("send subscriptions to …/graphql/stream, or by WebSocket")
            return reject_operation(error, request_id.get())
        current_request_id = request_id.get()
        execution = self._executor.execute(operation, principal, snapshot, current_request_id, due)
        if operation.type is MUTATION:
            # A write goes on although its client went: half of it may have happened already.
            return (await loop.create_task(execution)).answer_for(current_request_id)
        shared_execution = self._deduplicator.start(key, execution, due, current_request_id)
        return (await shared_execution.wait(request.receive)).answer_for(current_request_id)

    async def _join(
        self,
        shared_execution: SharedExecution[ExecutionOutcome],
        request: GraphQLRequest,
        principal: Principal,
    ) -> GraphQLAnswer:
        """What a query comes to that another request is having run."""
        now = asyncio.get_running_loop().time
        started = now()
        request.log_fields["operation"] = "query"
        # What happens in the execution is logged by the name of the request that began it.
        request.log_fields["shared_with"] = shared_execution.request_id
        tenant = None if principal.selected is None else principal.selected.slug
        operation_shared(tenant=tenant)
        outcome = "cancelled"
        try:
            execution = await shared_execution.wait(request.receive)
            outcome = execution.outcome
        finally:
            operation_ran(type="query", outcome=outcome, tenant=tenant, seconds=now() - started)
        return execution.answer_for(request_id.get())

    def _deduplication_key(
        self,
        request: GraphQLRequest,
        raw_params: bytes,
        credentials: RequestCredentials,
        principal: Principal,
        snapshot: Snapshot,
    ) -> Hashable:
        """All that the answer to a query depends on, and who asks by what right.

        The generation is told by its identity: whoever waits holds a lease on it. The count of
        writes keeps whoever has seen an answer to a write from being told what was so before.
        """
        return (
            request.method == "POST",
            raw_params,
            credentials,
            principal.caller,
            id(snapshot),
            self._executor.write_count,
        )
