"""GraphQL over HTTP: one request, one JSON response.

https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import operation_ran, operation_shared, request_id
from lms_gateway.web.explorer.page import render_page
from lms_gateway.web.graphql.admission import AdmittedRequest, admit
from lms_gateway.web.graphql.deduplication import QueryDeduplicator, SharedExecution
from lms_gateway.web.graphql.executor import MUTATION, SUBSCRIPTION, OperationExecutor
from lms_gateway.web.graphql.results import ExecutionOutcome, GraphQLAnswer, reject_operation
from lms_gateway.web.http.errors import HTTPError
from lms_gateway.web.http.negotiation import GRAPHQL, HTML, JSON, choose_media_type
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.http.response import (
    GraphQLResponse,
    error_response,
    method_not_allowed,
    options_response,
)
from lms_gateway.web.protocols import GatewayState, Snapshot

_MAX_JOIN_LOSS = 0.1
"""Share of the request timeout that a request may lose by joining an earlier execution."""


@dataclass(eq=False)
class GraphQLEndpoint:
    """Responds to queries and mutations; shows the explorer to browsers. Plain ASGI.

    Identical queries of one caller that are in flight at the same time are executed once.
    """

    state: GatewayState
    executor: OperationExecutor
    deduplicator: QueryDeduplicator[ExecutionOutcome] = field(default_factory=QueryDeduplicator)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(GraphQLRequest(scope, receive))
            await response(scope, receive, send)
        except ClientDisconnect:
            return  # there is no client to respond to

    async def _respond(self, request: GraphQLRequest) -> GraphQLResponse | Response:
        if request.method == "OPTIONS":
            return options_response()
        by_get = request.method in ("GET", "HEAD")
        media_type = choose_media_type(request.header(b"accept"), html=by_get)
        try:
            if not by_get and request.method != "POST":
                raise method_not_allowed()
            if media_type is None:
                raise HTTPError(406, f"Accept must allow {GRAPHQL} or {JSON}")
            async with self.state.lease() as snapshot:
                if media_type == HTML:
                    return render_page(Request(request.scope, request.receive), snapshot.tenants)
                answer = await self._answer(request, snapshot)
        except HTTPError as error:
            return error_response(error, media_type)
        # Clients that know `application/json` alone read no body unless the status is 200.
        status = 200 if media_type == JSON and answer.status == 400 else answer.status
        return GraphQLResponse(answer.encode(), media_type, status)

    async def _answer(self, request: GraphQLRequest, snapshot: Snapshot) -> GraphQLAnswer:
        loop = asyncio.get_running_loop()
        timeout = snapshot.limits.request_timeout
        due = loop.time() + timeout
        admitted = await admit(request, snapshot, due)
        key = self._deduplication_key(admitted)
        execution = self.deduplicator.find(key, due, timeout * _MAX_JOIN_LOSS)
        if execution is not None:
            return await self._join(execution, admitted)
        operation = self.executor.prepare(admitted)
        if isinstance(operation, GraphQLAnswer):
            return operation
        id_ = request_id.get()
        if operation.type is SUBSCRIPTION:
            error = GraphQLError("send subscriptions to …/graphql/stream, or by WebSocket")
            return reject_operation(error, id_)
        running = self.executor.execute(operation, id_, due)
        if operation.type is MUTATION:
            # A write continues after its client left: the vendor may have executed a part of it.
            return (await loop.create_task(running)).answer_for(id_)
        execution = self.deduplicator.start(key, running, due, id_)
        return (await execution.wait(request.receive)).answer_for(id_)

    async def _join(
        self, execution: SharedExecution[ExecutionOutcome], admitted: AdmittedRequest
    ) -> GraphQLAnswer:
        """Return the answer of a query that another request is executing."""
        now = asyncio.get_running_loop().time
        started = now()
        log_fields = admitted.request.log_fields
        log_fields["operation"] = "query"
        # The execution logs with the id of the request that started it.
        log_fields["shared_with"] = execution.request_id
        tenant = admitted.principal.tenant_slug
        operation_shared(tenant=tenant)
        label = "cancelled"
        try:
            outcome = await execution.wait(admitted.request.receive)
            label = outcome.label
        finally:
            operation_ran(type="query", outcome=label, tenant=tenant, seconds=now() - started)
        return outcome.answer_for(request_id.get())

    def _deduplication_key(self, admitted: AdmittedRequest) -> Hashable:
        """Return everything that the answer to a query depends on, and the caller's rights.

        The snapshot is identified by `id`: each waiter holds a lease on it. `write_count` keeps a
        client that has seen the answer to a write from reading the state before it.
        """
        return (
            admitted.request.method == "POST",
            admitted.raw_params,
            admitted.credentials,
            admitted.principal.caller,
            id(admitted.snapshot),
            self.executor.write_count,
        )
