"""One HTTP/1.1 connection to a vendor: one request at a time, parsed by llhttp (httptools).

How the end of a body is found, and when the connection can be reused:

    reply                                   body ends                  reusable
    204, 304, reply to HEAD                 there is none              yes, but not after HEAD
    Content-Length: n                       after n bytes              unless `Connection: close`
    Transfer-Encoding: chunked              after the last chunk       unless `Connection: close`
    none of these                           when the vendor closes     no
    anything that is not HTTP, a timeout,   the call fails             no: the connection is aborted
    a cancelled caller, an extra byte
"""

import asyncio
import select
import ssl
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent

MAX_HEAD_BYTES = 256 * 1024
"""Maximum size of a status line with headers. Links and cookies of vendors take some kilobytes."""

_NO_BODY = (204, 304)

RawReply = tuple[int, dict[str, str], bytes]
"""Status, headers with lower-case names, and the body before decompression."""


class HTTP11Connection(asyncio.Protocol):
    """An open connection, used by one caller at a time.

    `usable` is true after a complete reply, if another request may follow. In all other cases the
    connection is aborted, so that no caller can receive the rest of another caller's reply.
    """

    _head_size: int
    _has_head: bool  # the final status and all headers were received
    _is_complete: bool  # the body was received as well
    _body_until_close: bool  # the body ends when the vendor closes

    def __init__(self, max_body_bytes: int, on_lost: Callable[["HTTP11Connection"], None]) -> None:
        """Limit bodies (before decompression); `on_lost` is called when the connection closes."""
        self.usable = False
        self.idle_since = 0.0  # time of the event loop, set by the pool
        self._max_body_bytes = max_body_bytes
        self._on_lost = on_lost
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[RawReply] | None = None
        self._transport: asyncio.Transport | None = None
        self._readable = select.poll()
        self._reset(no_body=False)

    async def exchange(
        self, request: bytes, *, deadline: float, reply_timeout: float, no_body: bool
    ) -> RawReply:
        """Send a complete request; return the reply.

        `deadline` is a time of the event loop, `reply_timeout` the same limit in seconds, for the message.
        `no_body`: the reply has no body, even if its headers announce one (HEAD). Raises UpstreamTimeout,
        ConnectionInterrupted, UpstreamInvalid, and NotSent if the connection is closed already.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise NotSent("the connection to the vendor was closed")
        loop = asyncio.get_running_loop()
        self._reset(no_body)
        self.usable = False
        waiter: asyncio.Future[RawReply] = loop.create_future()
        self._waiter = waiter
        timer = loop.call_at(deadline, self._time_out, reply_timeout)
        try:
            transport.write(request)
            return await waiter
        finally:
            timer.cancel()
            if not self.usable:
                self._waiter = None
                self.abort()
                if waiter.done() and not waiter.cancelled():
                    waiter.exception()  # retrieved, or asyncio logs it after a cancellation

    def is_reusable(self) -> bool:
        """Return whether a request can be sent: the vendor neither closed nor sent extra bytes.

        Polls the socket: data may have arrived that the event loop has not read yet.
        """
        return self.usable and not self._readable.poll(0)

    def abort(self) -> None:
        """Close at once. A call in flight fails with ConnectionInterrupted."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()
        self._fail(ConnectionInterrupted("the connection to the vendor was closed"))

    async def start_tls(self, ssl_context: ssl.SSLContext, host: str) -> None:
        """Upgrade to TLS and verify the host's certificate. Raises OSError."""
        plain_transport = self._transport
        if plain_transport is None:
            raise ConnectionResetError("the connection was lost")
        try:
            self._transport = await asyncio.get_running_loop().start_tls(
                plain_transport, self, ssl_context, server_hostname=host
            )
        except BaseException:
            plain_transport.abort()
            raise
        if self._transport is None:
            raise ConnectionResetError("the connection was lost")

    # Callbacks of the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # no request was sent: the data belongs to no reply
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:
                # The request may have been executed, as with a connection that is closed early.
                self._fail(ConnectionInterrupted("the vendor's reply is not HTTP"))
            self._keep_alive = False
        if self._is_complete:
            self._complete()
        elif not self._has_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD_BYTES:
                self._fail(UpstreamInvalid("the vendor's headers are too large"))

    def eof_received(self) -> None:
        self.usable = False

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        self._transport = None
        if error is None and self._has_head and self._body_until_close:
            self._keep_alive = False
            self._complete()
        else:
            self._fail(ConnectionInterrupted("the connection to the vendor was interrupted"))
        self._on_lost(self)

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        if self._is_complete:  # a second reply to the same request
            self._keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:  # a trailer, or a header of a second reply
            return
        key = name.decode("latin-1").lower()
        try:
            text = value.decode().rstrip()
        except UnicodeDecodeError:
            text = value.decode("latin-1").rstrip()
        previous = self._headers.get(key)
        self._headers[key] = text if previous is None else f"{previous}, {text}"

    def on_headers_complete(self) -> None:
        if self._is_complete:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:  # an interim reply
            self._headers.clear()
            return
        self._has_head = True
        self._keep_alive = self._parser.should_keep_alive()
        if self._no_body:
            self._keep_alive = False  # the parser would wait for a body
            self._is_complete = True
        elif "content-length" not in self._headers and self._status not in _NO_BODY:
            # The body ends when the vendor closes. With a transfer coding it has an end of its own.
            self._body_until_close = "transfer-encoding" not in self._headers

    def on_body(self, data: bytes) -> None:
        if self._is_complete:
            return
        self._size += len(data)
        if self._size > self._max_body_bytes:
            self._body.clear()
            self._fail(UpstreamInvalid(f"the vendor's reply is larger than {self._max_body_bytes} bytes"))
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._has_head:
            self._is_complete = True

    def _reset(self, no_body: bool) -> None:
        self._no_body = no_body
        self._status = 0
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._has_head = False
        self._is_complete = False
        self._body_until_close = False
        self._keep_alive = False
        self._body: list[bytes] = []
        self._size = 0

    def _complete(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None or waiter.done():
            return
        transport = self._transport
        self.usable = self._keep_alive and transport is not None and not transport.is_closing()
        chunks = self._body
        content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._body = []
        waiter.set_result((self._status, self._headers, content))

    def _fail(self, error: LmsError) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)

    def _time_out(self, timeout: float) -> None:
        self._fail(UpstreamTimeout(f"the vendor did not answer within {timeout:.3g} s"))
