"""GraphQL over WebSocket: the graphql-transport-ws protocol, for any operation.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

Strawberry's handler shares one context and one set of credentials among all operations of a
connection and writes its own error format; here each operation has its own, like a request.
"""

import asyncio
from contextlib import aclosing, suppress
from contextvars import copy_context
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
from lms_gateway.web.answers import refuse_operation
from lms_gateway.web.exchange import is_from_page
from lms_gateway.web.flights import end
from lms_gateway.web.operations import MUTATION, Credentials, Runner
from lms_gateway.web.params import Params, params_of
from lms_gateway.web.refusals import Refused, body_of, refuse
from lms_gateway.web.state import GatewayState, Pace

log = structlog.get_logger("lms_gateway.web")

PROTOCOL = "graphql-transport-ws"

_LONGEST_REASON = 123  # bytes: RFC 6455, section 5.5


class Close(Exception):
    """Ends the connection with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


class SocketEndpoint:
    """Takes connections, up to a number. Plain ASGI."""

    def __init__(self, state: GatewayState, runner: Runner, pace: Pace) -> None:
        self._state = state
        self._runner = runner
        self._pace = pace
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        refused = self._refusal(socket)
        if refused is not None:
            body = body_of(refused, request_id.get())
            await socket.send_denial_response(JSONResponse(body, refused.status))
            return
        self._open += 1
        try:
            await _Connection(socket, self._state, self._runner, self._pace).serve()
        finally:
            self._open -= 1

    def _refusal(self, socket: WebSocket) -> Refused | None:
        # No browser asks before it lets any page open a socket here, with what the gateway would
        # answer to someone at this machine.
        origin = socket.headers.get("origin")
        host = socket.headers.get("host", "").lower()
        if origin is not None and origin.lower().partition("://")[2] != host:
            return Refused(403, "pages of other origins may not open WebSockets here")
        if self._open >= self._pace.most_sockets:
            return Refused(503, "too many WebSockets are open")
        return None


class _Connection:
    """One client's line, and the operations that run on it."""

    def __init__(self, socket: WebSocket, state: GatewayState, runner: Runner, pace: Pace) -> None:
        self._socket = socket
        self._state = state
        self._runner = runner
        self._pace = pace
        self._credentials: Credentials | None = None  # None: not initialised yet
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # also those that the client has ended
        # A write goes on although its client went: half of it may have happened already.
        self._writes: set[asyncio.Task[None]] = set()
        self._started = 0

    async def serve(self) -> None:
        """Talk until either side closes; then whatever runs is cancelled, but for writes."""
        try:
            if PROTOCOL not in self._socket.scope["subprotocols"]:
                await self._socket.accept()
                raise Close(4406, "Subprotocol not acceptable")
            await self._socket.accept(PROTOCOL)
            await self._converse()
        except Close as close:
            await self._close(close.code, close.reason)
        except WebSocketDisconnect:
            pass
        except Exception as error:
            log.error("socket_failed", exc_info=error)
            await self._close(1011, "Internal error")
        finally:
            await end(*self._tasks - self._writes)
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self) -> None:
        hello_due = asyncio.get_running_loop().time() + self._pace.hello
        while True:
            if self._credentials is None:
                wait_until = hello_due
            else:
                wait_until = asyncio.get_running_loop().time() + self._pace.idle
            try:
                async with asyncio.timeout_at(wait_until):
                    message = await self._receive()
            except TimeoutError:
                if self._credentials is None:
                    raise Close(4408, "Connection initialisation timeout") from None
                if not self._operations:
                    raise Close(1000, "Idle") from None
                continue
            await self._handle(message)

    async def _receive(self) -> dict[str, Any]:
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text = event.get("text")
        if text is None:
            raise Close(4400, "Messages must be text")
        async with self._state.lease() as generation:
            if len(text) > generation.limits.max_body_bytes:
                raise Close(1009, "Message too big")
        try:
            message = msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Close(4400, "Messages must be JSON") from None
        if not isinstance(message, dict):
            raise Close(4400, "Messages must be JSON objects")
        return message

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message)
            case "complete":
                task = self._operations.pop(_id_of(message), None)
                if task is not None and task not in self._writes:
                    task.cancel()
            case _:
                raise Close(4400, "Unknown message type")

    async def _initialise(self, payload: Any) -> None:
        if self._credentials is not None:
            raise Close(4429, "Too many initialisation requests")
        given = {} if payload is None else payload
        if not isinstance(given, dict):
            raise Close(4400, "The payload of connection_init must be an object")
        # Clients other than browsers can send headers, and may have sent these with the handshake.
        headers = self._socket.headers
        authorization = given.get("authorization", headers.get("authorization"))
        tenant = given.get("tenant", headers.get("x-tenant"))
        if not isinstance(authorization, str | None) or not isinstance(tenant, str | None):
            raise Close(4400, "`authorization` and `tenant` must be strings")
        credentials = Credentials(
            authorization=authorization,
            path_tenant=self._socket.path_params.get("slug"),
            header_tenant=tenant,
            host=headers.get("host"),
            from_page=is_from_page(self._socket.scope["heads"]),
        )
        async with self._state.lease() as generation:
            try:
                credentials.admit(generation.tenants, reading=True)
            except LmsError as error:
                raise Close(4403, f"{error.code}: {error.message}") from None
        self._credentials = credentials
        await self._send({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, Any]) -> None:
        if self._credentials is None:
            raise Close(4401, "Unauthorized")
        id = _id_of(message)
        if id in self._operations:
            raise Close(4409, f"Subscriber for {id} already exists")
        try:
            params = params_of(message.get("payload"))
        except Refused as refused:
            raise Close(4400, refused.message) from None
        self._started += 1
        room = len(self._operations) < self._pace.most_operations
        # An operation is to the log what a request is, and belongs to its connection.
        context = copy_context()
        context.run(request_id.set, f"{request_id.get()}.{self._started}")
        task = asyncio.create_task(self._operate(id, params, room=room), context=context)
        self._operations[id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._writes.discard)

    async def _operate(self, id: str, params: Params, *, room: bool) -> None:
        try:
            if not room:
                most = self._pace.most_operations
                raise Refused(429, f"{most} operations run on this connection: complete one first")
            last = await self._run(id, params)
        except Refused as refused:
            last = self._error(id, refused)
        except WebSocketDisconnect:
            return
        except Exception as error:
            log.error("operation_failed", exc_info=error)
            internal = {"code": INTERNAL, "source": "GATEWAY"}
            last = self._error(id, Refused(500, MASKED, extensions=internal))
        # Free before it is said: the client may use the id again at once.
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]
            with suppress(WebSocketDisconnect):
                await self._send(last)

    async def _run(self, id: str, params: Params) -> dict[str, Any]:
        """Send the results as they come; returns the message that ends the operation."""
        assert self._credentials is not None
        task = asyncio.current_task()
        assert task is not None
        current = request_id.get()
        async with self._state.lease() as generation:
            try:
                # Asked anew for each: a key may have expired since the connection began.
                asker = self._credentials.admit(generation.tenants, reading=True)
                operation = self._runner.read(params, generation.limits)
                if operation.type is MUTATION:
                    asker = self._credentials.admit(generation.tenants, reading=False)
                    self._writes.add(task)
            except GraphQLError as error:
                refused = refuse_operation(error, current)
                return {"id": id, "type": "error", "payload": refused.payload["errors"]}
            except LmsError as error:
                raise refuse(error) from None
            answers = self._runner.answers(operation, asker, generation, current)
            async with aclosing(answers):
                async for answer in answers:
                    if not answer.was_executed:
                        return {"id": id, "type": "error", "payload": answer.payload["errors"]}
                    if self._operations.get(id) is task:  # else the client wants no more of it
                        await self._send({"id": id, "type": "next", "payload": answer.payload})
        return {"id": id, "type": "complete"}

    def _error(self, id: str, refused: Refused) -> dict[str, Any]:
        errors = body_of(refused, request_id.get())["errors"]
        return {"id": id, "type": "error", "payload": errors}

    async def _send(self, message: dict[str, Any]) -> None:
        if WebSocketState.DISCONNECTED in (
            self._socket.client_state,
            self._socket.application_state,
        ):
            raise WebSocketDisconnect(1006)
        await self._socket.send_text(msgspec.json.encode(message).decode())

    async def _close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # the other side may have been faster
            await self._socket.close(code, reason)


def _id_of(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Close(4400, "`id` must be a non-empty string")
    return id
