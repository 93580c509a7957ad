"""A server that answers as both vendors with little CPU: an asyncio protocol with cached replies.

    python -m bench.fake_vendor --port 9100 --latency 80

Canvas is below `/api/v1`, Schoology below `/v1`. Credentials are ignored. `GET /calls` returns the
number of calls, without calls of `/calls`.
"""

import argparse
import asyncio
import re
import ssl
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar, cast

import uvloop

from bench.vendor_data import (
    UnknownPath,
    VendorReply,
    canvas_reply,
    multiget_reply,
    schoology_reply,
)

HOST = "127.0.0.1"

T = TypeVar("T")

_CANVAS = "/api/v1"
_SCHOOLOGY = "/v1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADERS = (
    "Content-Type: application/json; charset=utf-8\r\n"
    "Cache-Control: max-age=0, private, must-revalidate\r\n"
    'ETag: W/"5d3b1c0f9a7e2468"\r\n'
    "X-Request-Cost: 0.01\r\n"
    # Above every vendor's limit, so that no server waits for its rate limit.
    "X-Rate-Limit-Remaining: 60000.0\r\n"
)


class FakeVendor:
    """The state of all connections: cached replies and the number of calls."""

    def __init__(self, origin: str, latency: float = 0.0) -> None:
        """Answer as `origin` (scheme, host and port), `latency` seconds after a request."""
        self.calls = 0
        self.latency = latency
        self._origin = origin
        self._cached_reply = lru_cache(maxsize=100_000)(self._build_reply)

    def reply(self, method: bytes, target: str, body: bytes) -> bytes:
        """Return the encoded response to a request."""
        if target == "/calls":
            return self._encode(VendorReply(200, b'{"calls":%d}' % self.calls))
        self.calls += 1
        if method == b"POST":
            return self._encode(_reply_or_404(multiget_reply, body))
        return self._cached_reply(target)

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return _Connection(self)

    def _build_reply(self, target: str) -> bytes:
        return self._encode(_reply_or_404(_get_reply, target), _base_path(target))

    def _encode(self, reply: VendorReply, base: str = "") -> bytes:
        link = ""
        if reply.next_path is not None:
            link = f'Link: <{self._origin}{base}{reply.next_path}>; rel="next"\r\n'
        head = (
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
            f"{_HEADERS}{link}Content-Length: {len(reply.body)}\r\n\r\n"
        )
        return head.encode() + reply.body


class _Connection(asyncio.Protocol):
    """Answers the requests of one connection in order."""

    def __init__(self, upstream: FakeVendor) -> None:
        self._upstream = upstream
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The class of uvloop does not inherit from asyncio.Transport.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            end += 4
            method, target, _ = buffer[: buffer.index(b"\r\n")].split(b" ", 2)
            body = b""
            if method != b"GET" and (length := _LENGTH.search(buffer, 0, end)):
                start, end = end, end + int(length[1])
                if len(buffer) < end:
                    break
                body = buffer[start:end]
            buffer = buffer[end:]
            self._send(self._upstream.reply(method, target.decode(), body))
        self._buffer = buffer

    def _send(self, reply: bytes) -> None:
        if not self._upstream.latency:
            self._transport.write(reply)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(self._upstream.latency, self._transport.write, reply)


async def serve(
    port: int, *, latency: float = 0.0, certificate: tuple[Path, Path] | None = None
) -> tuple[asyncio.Server, int]:
    """Listen on a loopback port (0: a free one); return the server and the port.

    `latency` is in seconds; `certificate` contains the files of a chain and its key.
    """
    secured = None
    if certificate is not None:
        secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secured.load_cert_chain(*certificate)
    upstream: FakeVendor

    def connect() -> asyncio.Protocol:
        return upstream.protocol()

    server = await asyncio.get_running_loop().create_server(connect, HOST, port, ssl=secured, backlog=512)
    port = server.sockets[0].getsockname()[1]
    upstream = FakeVendor(f"{'https' if secured else 'http'}://{HOST}:{port}", latency)
    return server, port


def _get_reply(target: str) -> VendorReply:
    if target.startswith(f"{_CANVAS}/"):
        return canvas_reply(target.removeprefix(_CANVAS))
    return schoology_reply(target.removeprefix(_SCHOOLOGY))


def _base_path(target: str) -> str:
    return _CANVAS if target.startswith(f"{_CANVAS}/") else _SCHOOLOGY


def _reply_or_404(handler: Callable[[T], VendorReply], argument: T) -> VendorReply:
    """Return the reply of `handler`, or Canvas's 404."""
    try:
        return handler(argument)
    except UnknownPath:
        return VendorReply(404, b'{"errors":[{"message":"The specified resource does not exist."}]}')


async def _run(port: int, latency: float, certificate: tuple[Path, Path] | None) -> None:
    server, _ = await serve(port, latency=latency, certificate=certificate)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until the process is terminated."""
    parser = argparse.ArgumentParser(prog="python -m bench.fake_vendor")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="delay of each response")
    parser.add_argument("--certificate", type=Path, nargs=2, metavar=("CHAIN", "KEY"))
    arguments = parser.parse_args()
    certificate = tuple(arguments.certificate) if arguments.certificate else None
    uvloop.run(_run(arguments.port, arguments.latency / 1000, certificate))


if __name__ == "__main__":
    main()
