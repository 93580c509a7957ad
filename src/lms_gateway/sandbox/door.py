"""What every request of a vendor passes on its way in and out: log, latency, faults."""

from __future__ import annotations

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

from lms_gateway.sandbox.faults import Fault, Faults
from lms_gateway.sandbox.log import Entry, RequestLog, Vendor

Clock = Callable[[], float]
"""Seconds since 1970."""
Sleep = Callable[[float], Awaitable[None]]

CUT = "sandbox.cut"
"""The ASGI extension by which an application ends its connection; `server` offers it."""

_BAD_GATEWAY = "<html><body><h1>Bad Gateway</h1></body></html>"
_NEXT = re.compile(r'<([^>]*)>; rel="next"')


def credits_of(method: str) -> int:
    """Schoology's price of a request, by its method."""
    return 3 if method in ("POST", "PUT", "DELETE") else 1


@dataclass(frozen=True)
class Door:
    """An ASGI application around a dialect's own.

    `credential_of` tells, from a scope, a hash of who asks. The dialect finds the request's log
    entry at `scope["state"]["entry"]`, to note what a multiget holds or what it cost. `around`
    wraps latency, faults and dialect: a throttle, which counts what is in flight and refuses at
    once.
    """

    app: ASGIApp
    vendor: Vendor
    log: RequestLog
    faults: Faults
    clock: Clock
    sleep: Sleep
    credential_of: Callable[[Scope], str]
    latency: float = 0.0  # seconds, before each answer
    around: Callable[[ASGIApp], ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope.get("raw_path", scope["path"].encode()).split(b"?")[0].decode("latin-1")
        path = path.removeprefix(scope.get("root_path", ""))
        query = scope["query_string"].decode("latin-1")
        entry = self.log.begin(
            self.vendor,
            scope["method"],
            path,
            query,
            credential=self.credential_of(scope),
            credits=credits_of(scope["method"]) if self.vendor == "schoology" else 0,
            at=self.clock(),
        )
        scope["state"] = {**scope.get("state", {}), "entry": entry}

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        try:
            with suppress(ClientDisconnect):  # who gave up waits for no answer
                await (self.around(self._answer) if self.around else self._answer)(
                    scope, receive, watch
                )
        finally:
            self.log.finish(entry)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.latency:
            await self.sleep(self.latency)
        entry: Entry = scope["state"]["entry"]
        fault = self.faults.take(self.vendor, entry.method, _target(entry))
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await self._go_wrong(fault, scope, receive, send)

    async def _go_wrong(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "reply" | "html" | "text" | "empty":
                await _say(fault, send)
            case "hang":
                await _wait_for_leaving(receive)
            case "cut_before":
                await _cut(scope, receive)
            case "reply_after" | "hang_after" | "cut_after":
                await self._real_answer(scope, receive)
                match fault.kind:
                    case "reply_after":
                        await _say(fault, send)
                    case "hang_after":
                        await _wait_for_leaving(receive)
                    case _:
                        await _cut(scope, receive)
            case "slow":
                await self.sleep(fault.seconds)
                await self.app(scope, receive, send)
            case _:
                start, body = await self._real_answer(scope, receive)
                here = f"{scope['scheme']}://{_host(scope)}{scope['path']}"
                here += f"?{query}" if (query := scope["query_string"].decode()) else ""
                if fault.kind == "cut":
                    if not body:
                        await _cut(scope, receive)
                        return
                    await send(start)
                    await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
                    return  # The server closes a connection whose answer was never completed.
                body = _spoil(fault, start, body, here)
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
                await send(start)
                await send({"type": "http.response.body", "body": body})

    async def _real_answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message, headers=list(message["headers"]))
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        return start, b"".join(parts)


def _target(entry: Entry) -> str:
    """What a fault's pattern is searched in."""
    return unquote(entry.path) + (f"?{unquote(entry.query)}" if entry.query else "")


def _host(scope: Scope) -> str:
    return next((v.decode() for k, v in scope["headers"] if k == b"host"), "localhost")


async def _wait_for_leaving(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection without a word. Raises ConnectionResetError where no server lets it."""
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if abort is None:
        raise ConnectionResetError("cut by a script")
    abort()
    await _wait_for_leaving(receive)


async def _say(fault: Fault, send: Send) -> None:
    status, kind, body = {
        "reply": (500, "application/json; charset=utf-8", fault.body),
        "reply_after": (500, "application/json; charset=utf-8", fault.body),
        "html": (
            502,
            "text/html; charset=utf-8",
            fault.body or _BAD_GATEWAY,
        ),
        "text": (200, "text/plain; charset=utf-8", fault.body or "Come back later."),
        "empty": (200, "application/json; charset=utf-8", ""),
    }[fault.kind]
    if body is None:
        body = ""
    sent = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = MutableHeaders({"content-type": kind, **fault.headers})
    headers["content-length"] = str(len(sent))
    status = fault.status or status
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": sent})


def _spoil(fault: Fault, start: Message, body: bytes, here: str) -> bytes:
    """A real answer's body gone wrong; its `Link` header is changed in place."""
    match fault.kind:
        case "truncated":
            return body[: len(body) // 2]
        case "wrong_object":
            given = fault.body
            if given is None:
                given = {"unexpected": "object"} if body.lstrip()[:1] == b"[" else []
            return json.dumps(given).encode()
        case "foreign_next":
            host = fault.host
            return _redirect_next(start, body, lambda url: host + url.removeprefix(_origin(url)))
        case "repeated_page":
            return _redirect_next(start, body, lambda _: here)
        case _:
            return _without_rows(body)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _redirect_next(start: Message, body: bytes, change: Callable[[str], str]) -> bytes:
    """Change the next page's address: in `Link` (Canvas) or in `links.next` (Schoology)."""
    headers = MutableHeaders(raw=start["headers"])
    if link := headers.get("link"):
        headers["link"] = _NEXT.sub(lambda found: f'<{change(found[1])}>; rel="next"', link)
    told = _read(body)
    if isinstance(told, dict) and isinstance(links := told.get("links"), dict) and "next" in links:
        links["next"] = change(links["next"])
        return json.dumps(told).encode()
    return body


def _without_rows(body: bytes) -> bytes:
    told = _read(body)
    if isinstance(told, list):
        return b"[]"
    if isinstance(told, dict):
        return json.dumps(
            {key: [] if isinstance(value, list) else value for key, value in told.items()}
        ).encode()
    return body


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
