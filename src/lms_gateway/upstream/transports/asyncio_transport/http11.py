"""One connection to a vendor: HTTP/1.1, one exchange at a time, read by llhttp."""

import asyncio
import select
import ssl
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent

MAX_HEAD_BYTES = 256 * 1024
"""The largest status line and headers, in bytes. Vendors' links and cookies take some kilobytes."""

_NO_BODY = (204, 304)

RawReply = tuple[int, dict[str, str], bytes]
"""A status, headers with lower-case names, and the body as it came."""


class HTTP11Connection(asyncio.Protocol):
    """An open connection, which whoever asks has for itself until the reply is whole.

    After a reply that ended as it should, `usable` says that the next request may follow. In all
    other cases the connection is cut: no caller ever reads the rest of another one's reply.
    """

    __slots__ = (
        "_body",
        "_body_until_close",
        "_has_head",
        "_head_size",
        "_headers",
        "_is_complete",
        "_keep_alive",
        "_max_body_bytes",
        "_no_body",
        "_on_lost",
        "_parser",
        "_readable",
        "_size",
        "_status",
        "_transport",
        "_waiter",
        "idle_since",
        "usable",
    )

    usable: bool
    idle_since: float  # on the loop's clock; the pool's to set

    _no_body: bool
    _status: int
    _headers: dict[str, str]
    _head_size: int
    _has_head: bool  # the final status and its headers are known
    _is_complete: bool  # and the body is, too
    _body_until_close: bool  # the body ends where the connection does
    _keep_alive: bool
    _body: list[bytes]
    _size: int

    def __init__(self, max_body_bytes: int, on_lost: Callable[["HTTP11Connection"], None]) -> None:
        """`most` bytes may a body have as it is sent; `lost` hears of the connection's end."""
        self.usable = False
        self.idle_since = 0.0
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
        """Send a whole request and wait for the reply until `due`, on the loop's clock.

        `no_body` tells that the reply has none, whatever its headers say (HEAD); `seconds` is what
        the caller allowed, for the message. Raises UpstreamTimeout, Interrupted, UpstreamInvalid,
        and NotSent where the connection is closed already.
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
                    waiter.exception()  # the loop complains of one that a cancelled caller leaves

    def is_reusable(self) -> bool:
        """Whether a request may be sent: the vendor neither hung up nor sent what nobody wanted.

        Asks the system, too: what has arrived may wait there until the loop's next round.
        """
        return self.usable and not self._readable.poll(0)

    def abort(self) -> None:
        """Close at once. An exchange under way is interrupted."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()
        self._fail(ConnectionInterrupted("the connection to the vendor was closed"))

    async def start_tls(self, ssl_context: ssl.SSLContext, host: str) -> None:
        """Go on over TLS, with a host whose certificate holds. Raises OSError."""
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

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nobody asked: whatever this is, it belongs to no request
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:
                # As with a connection that closes: what answers is not the vendor's API.
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
            self._fail(ConnectionInterrupted("the connection to the vendor broke off"))
        self._on_lost(self)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._is_complete:  # a second reply to one request
            self._keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:  # a trailer, or a second reply's
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
        if self._status < 200:  # not the answer yet
            self._headers.clear()
            return
        self._has_head = True
        self._keep_alive = self._parser.should_keep_alive()
        if self._no_body:
            self._keep_alive = False  # the parser waits for a body that never comes
            self._is_complete = True
        elif "content-length" not in self._headers and self._status not in _NO_BODY:
            # Cut off, a body that only the connection's end ends looks whole. One that names a
            # transfer coding has an end of its own.
            self._body_until_close = "transfer-encoding" not in self._headers

    def on_body(self, data: bytes) -> None:
        if self._is_complete:
            return
        self._size += len(data)
        if self._size > self._max_body_bytes:
            self._body.clear()
            self._fail(
                UpstreamInvalid(f"the vendor's reply is larger than {self._max_body_bytes} bytes")
            )
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._has_head:
            self._is_complete = True

    def _reset(self, no_body: bool) -> None:
        self._no_body = no_body
        self._status = 0
        self._headers = {}
        self._head_size = 0
        self._has_head = False
        self._is_complete = False
        self._body_until_close = False
        self._keep_alive = False
        self._body = []
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
