"""ASGI middleware of a simulated vendor: request log, latency and scripted faults."""

import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms_sandbox.faults import Fault, Faults
from lms_sandbox.request_log import LoggedRequest, RequestLog, Vendor

Clock = Callable[[], float]
"""Returns the current time, in seconds since 1970."""
Sleep = Callable[[float], Awaitable[None]]

ABORT_EXTENSION = "sandbox.cut"
"""ASGI extension with which an application aborts its connection; `server` provides it."""

_BAD_GATEWAY_PAGE = "<html><body><h1>Bad Gateway</h1></body></html>"
_NEXT_LINK = re.compile(r'<([^>]*)>; rel="next"')


def credit_cost(method: str) -> int:
    """Return the credits that Schoology charges for a request with this method."""
    return 3 if method in ("POST", "PUT", "DELETE") else 1


def relative_path(scope: Scope) -> str:
    """Return the path of a request below the mount, percent-encoded as it was sent."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw_path.partition(b"?")[0].decode("latin-1").removeprefix(scope.get("root_path", ""))


@dataclass(frozen=True)
class SimulatorMiddleware:
    """Wraps the application of one vendor.

    `credential_hash` returns a hash of the caller's credential. The application finds the log
    entry of a request at `scope["state"]["entry"]`: it adds the paths of a multiget and the credits
    that these cost. `inner_middleware` wraps latency, faults and application. Canvas's throttle
    uses it to count concurrent requests and to reject one without delay.
    """

    app: ASGIApp
    vendor: Vendor
    log: RequestLog
    faults: Faults
    clock: Clock
    sleep: Sleep
    credential_hash: Callable[[Scope], str]
    latency: float = 0.0  # seconds before each response
    inner_middleware: Callable[[ASGIApp], ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        entry = self.log.begin(
            self.vendor,
            scope["method"],
            relative_path(scope),
            scope["query_string"].decode("latin-1"),
            credential=self.credential_hash(scope),
            credits=credit_cost(scope["method"]) if self.vendor == "schoology" else 0,
            received_at=self.clock(),
        )
        scope["state"] = {**scope.get("state", {}), "entry": entry}

        async def send_and_record_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        # Order: log, inner middleware (throttle), latency, fault, application. So a throttled
        # request is logged and answered without latency, and a fault may replace the application.
        app = self.inner_middleware(self._respond) if self.inner_middleware else self._respond
        try:
            with suppress(ClientDisconnect):
                await app(scope, receive, send_and_record_status)
        finally:
            self.log.finish(entry)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.latency:
            await self.sleep(self.latency)
        entry: LoggedRequest = scope["state"]["entry"]
        fault = self.faults.take(self.vendor, entry.method, _fault_target(entry))
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await self._apply_fault(fault, scope, receive, send)

    async def _apply_fault(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind.endswith("_after"):
            await self._capture_response(scope, receive)
        match fault.kind:
            case "reply" | "reply_after" | "html" | "text" | "empty":
                await _send_fault_response(fault, send)
            case "hang" | "hang_after":
                await _wait_for_disconnect(receive)
            case "cut_before" | "cut_after":
                await _abort_connection(scope, receive)
            case "slow":
                await self.sleep(fault.seconds)
                await self.app(scope, receive, send)
            case _:
                await self._send_changed_response(fault, scope, receive, send)

    async def _send_changed_response(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._capture_response(scope, receive)
        if fault.kind != "cut":
            url = f"{scope['scheme']}://{_host_header(scope)}{scope['path']}"
            url += f"?{query}" if (query := scope["query_string"].decode()) else ""
            body = _corrupt_body(fault, start, body, url)
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})
        elif body:
            # The server closes a connection whose response is incomplete.
            await send(start)
            await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
        else:
            await _abort_connection(scope, receive)

    async def _capture_response(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """Run the application; return its response start and body without sending them."""
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message, headers=list(message["headers"]))
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, collect)
        return start, b"".join(parts)


def _fault_target(entry: LoggedRequest) -> str:
    """Return the decoded path and query, in which the pattern of a fault is searched."""
    return unquote(entry.path) + (f"?{unquote(entry.query)}" if entry.query else "")


def _host_header(scope: Scope) -> str:
    return next((v.decode() for k, v in scope["headers"] if k == b"host"), "localhost")


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _abort_connection(scope: Scope, receive: Receive) -> None:
    """Abort the connection. Raises ConnectionResetError if the server cannot abort it."""
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(ABORT_EXTENSION)
    if abort is None:
        raise ConnectionResetError("connection aborted by a scripted fault")
    abort()
    await _wait_for_disconnect(receive)


async def _send_fault_response(fault: Fault, send: Send) -> None:
    status, content_type, body = {
        "reply": (500, "application/json; charset=utf-8", fault.body),
        "reply_after": (500, "application/json; charset=utf-8", fault.body),
        "html": (502, "text/html; charset=utf-8", fault.body or _BAD_GATEWAY_PAGE),
        "text": (200, "text/plain; charset=utf-8", fault.body or "Come back later."),
        "empty": (200, "application/json; charset=utf-8", ""),
    }[fault.kind]
    if body is None:
        body = ""
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = MutableHeaders({"content-type": content_type, **fault.headers})
    headers["content-length"] = str(len(content))
    status = fault.status or status
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": content})


def _corrupt_body(fault: Fault, start: Message, body: bytes, request_url: str) -> bytes:
    """Return the body of a real response, corrupted; `Link` is changed in `start`."""
    match fault.kind:
        case "truncated":
            return body[: len(body) // 2]
        case "wrong_object":
            replacement = fault.body
            if replacement is None:
                replacement = {"unexpected": "object"} if body.lstrip()[:1] == b"[" else []
            return json.dumps(replacement).encode()
        case "foreign_next":
            host = fault.host
            return _replace_next_url(start, body, lambda url: host + url.removeprefix(_origin(url)))
        case "repeated_page":
            return _replace_next_url(start, body, lambda _: request_url)
        case _:
            return _remove_rows(body)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _replace_next_url(start: Message, body: bytes, rewrite: Callable[[str], str]) -> bytes:
    """Rewrite the URL of the next page, in `Link` (Canvas) or in `links.next` (Schoology)."""
    headers = MutableHeaders(raw=start["headers"])
    if link := headers.get("link"):
        headers["link"] = _NEXT_LINK.sub(lambda match: f'<{rewrite(match[1])}>; rel="next"', link)
    payload = _parse_json(body)
    if isinstance(payload, dict) and isinstance(links := payload.get("links"), dict) and "next" in links:
        links["next"] = rewrite(links["next"])
        return json.dumps(payload).encode()
    return body


def _remove_rows(body: bytes) -> bytes:
    payload = _parse_json(body)
    if isinstance(payload, list):
        return b"[]"
    if isinstance(payload, dict):
        return json.dumps(
            {key: [] if isinstance(value, list) else value for key, value in payload.items()}
        ).encode()
    return body


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
