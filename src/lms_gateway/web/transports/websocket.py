"""GraphQL over WebSocket: the graphql-transport-ws protocol, for any operation.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

Strawberry's handler shares one context and one set of credentials between the operations of a
connection and has its own error format; here each operation has its own, like a request.
"""

import asyncio
from contextlib import aclosing, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from graphql import GraphQLError
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from lms_gateway.domain.errors import LmsError
from lms_gateway.schema.errors import INTERNAL, MASKED
from lms_gateway.telemetry import request_id
from lms_gateway.web.graphql.admission import RequestCredentials, is_from_page
from lms_gateway.web.graphql.deduplication import cancel_and_wait
from lms_gateway.web.graphql.executor import MUTATION, OperationExecutor
from lms_gateway.web.graphql.results import reject_operation
from lms_gateway.web.http.errors import HTTPError, error_body, to_http_error
from lms_gateway.web.http.graphql_params import GraphQLParams, validate_params
from lms_gateway.web.protocols import ConnectionLimits, GatewayState

log = structlog.get_logger("lms_gateway.web")

PROTOCOL = "graphql-transport-ws"

_MAX_REASON_BYTES = 123  # RFC 6455, section 5.5


class WebSocketClose(Exception):
    """Closes the connection with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


@dataclass(eq=False)
class WebSocketEndpoint:
    """Accepts up to `max_websockets` connections. Plain ASGI."""

    state: GatewayState
    executor: OperationExecutor
    limits: ConnectionLimits
    open_count: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        rejection = self._find_rejection(socket)
        if rejection is not None:
            body = error_body(rejection, request_id.get())
            await socket.send_denial_response(JSONResponse(body, rejection.status))
            return
        self.open_count += 1
        try:
            await _WebSocketConnection(socket, self.state, self.executor, self.limits).serve()
        finally:
            self.open_count -= 1

    def _find_rejection(self, socket: WebSocket) -> HTTPError | None:
        # Browsers let any page open a WebSocket here, without a preflight request, and with access
        # to what the gateway serves to clients on this machine.
        origin = socket.headers.get("origin")
        host = socket.headers.get("host", "").lower()
        if origin is not None and origin.lower().partition("://")[2] != host:
            return HTTPError(403, "Origin: only pages of the gateway's own origin are allowed")
        if self.open_count >= self.limits.max_websockets:
            return HTTPError(503, "too many WebSockets are open")
        return None


@dataclass(slots=True, eq=False)
class _WebSocketConnection:
    """One client's connection and its operations."""

    socket: WebSocket
    state: GatewayState
    executor: OperationExecutor
    limits: ConnectionLimits
    credentials: RequestCredentials | None = None  # None: not initialized yet
    operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """All running operations; also those that the client completed."""
    writes: set[asyncio.Task[None]] = field(default_factory=set)
    """Mutations continue after their client left: they may be half done already."""
    operation_count: int = 0

    async def serve(self) -> None:
        """Serve until either side closes; then cancel all operations except writes."""
        try:
            if PROTOCOL not in self.socket.scope["subprotocols"]:
                await self.socket.accept()
                raise WebSocketClose(4406, "Subprotocol not acceptable")
            await self.socket.accept(PROTOCOL)
            await self._receive_messages()
        except WebSocketClose as close:
            await self._close(close.code, close.reason)
        except WebSocketDisconnect:
            pass
        except Exception as error:
            log.error("socket_failed", exc_info=error)
            await self._close(1011, "Internal error")
        finally:
            await cancel_and_wait(*self.tasks - self.writes)
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _receive_messages(self) -> None:
        now = asyncio.get_running_loop().time
        init_due = now() + self.limits.init_timeout
        while True:
            is_initialized = self.credentials is not None
            due = now() + self.limits.idle_timeout if is_initialized else init_due
            try:
                async with asyncio.timeout_at(due):
                    message = await self._receive()
            except TimeoutError:
                if not is_initialized:
                    raise WebSocketClose(4408, "Connection initialisation timeout") from None
                if not self.operations:
                    raise WebSocketClose(1000, "Idle") from None
                continue
            await self._handle(message)

    async def _receive(self) -> dict[str, Any]:
        event = await self.socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text = event.get("text")
        if text is None:
            raise WebSocketClose(4400, "Messages must be text")
        async with self.state.lease() as snapshot:
            if len(text) > snapshot.limits.max_body_bytes:
                raise WebSocketClose(1009, "Message too big")
        try:
            message = msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise WebSocketClose(4400, "Messages must be JSON") from None
        if not isinstance(message, dict):
            raise WebSocketClose(4400, "Messages must be JSON objects")
        return message

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialize(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message)
            case "complete":
                task = self.operations.pop(_operation_id(message), None)
                if task is not None and task not in self.writes:
                    task.cancel()
            case _:
                raise WebSocketClose(4400, "Unknown message type")

    async def _initialize(self, payload: Any) -> None:
        if self.credentials is not None:
            raise WebSocketClose(4429, "Too many initialisation requests")
        parameters = {} if payload is None else payload
        if not isinstance(parameters, dict):
            raise WebSocketClose(4400, "The payload of connection_init must be an object")
        # Clients other than browsers may have sent credentials in the headers of the handshake.
        headers = self.socket.headers
        authorization = parameters.get("authorization", headers.get("authorization"))
        tenant = parameters.get("tenant", headers.get("x-tenant"))
        if not isinstance(authorization, str | None) or not isinstance(tenant, str | None):
            raise WebSocketClose(4400, "`authorization` and `tenant` must be strings")
        credentials = RequestCredentials(
            authorization=authorization,
            path_tenant=self.socket.path_params.get("slug"),
            header_tenant=tenant,
            host=headers.get("host"),
            from_page=is_from_page(self.socket.scope["header_map"]),
        )
        async with self.state.lease() as snapshot:
            try:
                credentials.admit(snapshot.tenants, reading=True)
            except LmsError as error:
                raise WebSocketClose(4403, f"{error.code}: {error.message}") from None
        self.credentials = credentials
        await self._send({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, Any]) -> None:
        if self.credentials is None:
            raise WebSocketClose(4401, "Unauthorized")
        id_ = _operation_id(message)
        if id_ in self.operations:
            raise WebSocketClose(4409, f"Subscriber for {id_} already exists")
        try:
            params = validate_params(message.get("payload"))
        except HTTPError as error:
            raise WebSocketClose(4400, error.message) from None
        self.operation_count += 1
        has_capacity = len(self.operations) < self.limits.max_operations
        # In the log, an operation is a request of its own, with the connection's id as a prefix.
        context = copy_context()
        context.run(request_id.set, f"{request_id.get()}.{self.operation_count}")
        running = self._run_operation(id_, params, has_capacity=has_capacity)
        task = asyncio.create_task(running, context=context)
        self.operations[id_] = task
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(self.writes.discard)

    async def _run_operation(self, id_: str, params: GraphQLParams, *, has_capacity: bool) -> None:
        try:
            if not has_capacity:
                limit = self.limits.max_operations
                raise HTTPError(429, f"too many operations on this connection: at most {limit}")
            last_message = await self._stream_results(id_, params)
        except HTTPError as rejection:
            last_message = _error_message(id_, rejection)
        except WebSocketDisconnect:
            return
        except Exception as error:
            log.error("operation_failed", exc_info=error)
            extensions = {"code": INTERNAL, "source": "GATEWAY"}
            last_message = _error_message(id_, HTTPError(500, MASKED, extensions=extensions))
        # Free the id before the message: the client may use it again at once.
        if self.operations.get(id_) is asyncio.current_task():
            del self.operations[id_]
            with suppress(WebSocketDisconnect):
                await self._send(last_message)

    async def _stream_results(self, id_: str, params: GraphQLParams) -> dict[str, Any]:
        """Send results as they arrive; return the message that ends the operation."""
        assert self.credentials is not None
        task = asyncio.current_task()
        assert task is not None
        current_id = request_id.get()
        async with self.state.lease() as snapshot:
            try:
                # Checked for each operation: a key may have expired during the connection.
                principal = self.credentials.admit(snapshot.tenants, reading=True)
                operation = self.executor.parse(params, principal, snapshot)
                if operation.type is MUTATION:
                    principal = self.credentials.admit(snapshot.tenants, reading=False)
                    operation = operation._replace(principal=principal)
                    self.writes.add(task)
            except GraphQLError as error:
                answer = reject_operation(error, current_id)
                return {"id": id_, "type": "error", "payload": answer.payload["errors"]}
            except LmsError as error:
                raise to_http_error(error) from None
            answers = self.executor.stream(operation, current_id)
            async with aclosing(answers):
                async for answer in answers:
                    if not answer.was_executed:
                        return {"id": id_, "type": "error", "payload": answer.payload["errors"]}
                    if self.operations.get(id_) is task:  # not completed by the client
                        await self._send({"id": id_, "type": "next", "payload": answer.payload})
        return {"id": id_, "type": "complete"}

    async def _send(self, message: dict[str, Any]) -> None:
        states = (self.socket.client_state, self.socket.application_state)
        if WebSocketState.DISCONNECTED in states:
            raise WebSocketDisconnect(1006)
        await self.socket.send_text(msgspec.json.encode(message).decode())

    async def _close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # the client may have closed already
            await self.socket.close(code, reason)


def _operation_id(message: dict[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_:
        raise WebSocketClose(4400, "`id` must be a non-empty string")
    return id_


def _error_message(id_: str, error: HTTPError) -> dict[str, Any]:
    return {"id": id_, "type": "error", "payload": error_body(error, request_id.get())["errors"]}
