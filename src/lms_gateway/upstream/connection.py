"""One connection to a vendor: HTTP/1.1, one exchange at a time, read by llhttp."""

import asyncio
import select
import ssl
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.failures import Interrupted, NotSent

MOST_HEAD = 256 * 1024
"""The largest status line and headers, in bytes. Vendors' links and cookies take some kilobytes."""

_NO_BODY = (204, 304)

Head = tuple[int, dict[str, str], bytes]
"""A status, headers with lower-case names, and the body as it came."""


class Connection(asyncio.Protocol):
    """An open connection, which whoever asks has for itself until the reply is whole.

    After a reply that ended as it should, `usable` says that the next request may follow. In all
    other cases the connection is cut: no caller ever reads the rest of another one's reply.
    """

    __slots__ = (
        "_body",
        "_head_size",
        "_headed",
        "_headers",
        "_keep_alive",
        "_lost",
        "_most",
        "_no_body",
        "_parser",
        "_size",
        "_status",
        "_till_end",
        "_transport",
        "_unread",
        "_waiter",
        "_whole",
        "idle_since",
        "usable",
    )

    usable: bool
    idle_since: float  # on the loop's clock; the pool's to set

    _no_body: bool
    _status: int
    _headers: dict[str, str]
    _head_size: int
    _headed: bool  # the final status and its headers are known
    _whole: bool  # and the body is, too
    _till_end: bool  # the body ends where the connection does
    _keep_alive: bool
    _body: list[bytes]
    _size: int

    def __init__(self, most: int, lost: Callable[["Connection"], None]) -> None:
        """`most` bytes may a body have as it is sent; `lost` hears of the connection's end."""
        self.usable = False
        self.idle_since = 0.0
        self._most = most
        self._lost = lost
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[Head] | None = None
        self._transport: asyncio.Transport | None = None
        self._unread = select.poll()
        self._begin(no_body=False)

    async def exchange(self, request: bytes, *, due: float, seconds: float, no_body: bool) -> Head:
        """Send a whole request and wait for the reply until `due`, on the loop's clock.

        `no_body` tells that the reply has none, whatever its headers say (HEAD); `seconds` is what
        the caller allowed, for the message. Raises UpstreamTimeout, Interrupted, UpstreamInvalid,
        and NotSent where the connection is closed already.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise NotSent("the connection to the vendor was closed")
        loop = asyncio.get_running_loop()
        self._begin(no_body)
        self.usable = False
        waiter: asyncio.Future[Head] = loop.create_future()
        self._waiter = waiter
        timer = loop.call_at(due, self._time_out, seconds)
        try:
            transport.write(request)
            return await waiter
        finally:
            timer.cancel()
            if not self.usable:
                self._waiter = None
                self.cut()
                if waiter.done() and not waiter.cancelled():
                    waiter.exception()  # the loop complains of one that a cancelled caller leaves

    def is_fresh(self) -> bool:
        """Whether a request may be sent: the vendor neither hung up nor sent what nobody wanted.

        Asks the system, too: what has arrived may wait there until the loop's next round.
        """
        return self.usable and not self._unread.poll(0)

    def cut(self) -> None:
        """Close at once. An exchange under way is interrupted."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()
        self._fail(Interrupted("the connection to the vendor was closed"))

    async def begin_tls(self, trust: ssl.SSLContext, host: str) -> None:
        """Go on over TLS, with a host whose certificate holds. Raises OSError."""
        plain = self._transport
        if plain is None:
            raise ConnectionResetError("the connection was lost")
        try:
            self._transport = await asyncio.get_running_loop().start_tls(
                plain, self, trust, server_hostname=host
            )
        except BaseException:
            plain.abort()
            raise
        if self._transport is None:
            raise ConnectionResetError("the connection was lost")

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._unread.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nobody asked: whatever this is, it belongs to no request
            self.cut()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._whole:
                # As with a connection that closes: what answers is not the vendor's API.
                self._fail(Interrupted("the vendor's reply is not HTTP"))
            self._keep_alive = False
        if self._whole:
            self._succeed()
        elif not self._headed:
            self._head_size += len(data)
            if self._head_size > MOST_HEAD:
                self._fail(UpstreamInvalid("the vendor's headers are too large"))

    def eof_received(self) -> None:
        self.usable = False

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        self._transport = None
        if error is None and self._headed and self._till_end:
            self._keep_alive = False
            self._succeed()
        else:
            self._fail(Interrupted("the connection to the vendor broke off"))
        self._lost(self)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._whole:  # a second reply to one request
            self._keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headed:  # a trailer, or a second reply's
            return
        key = name.decode("latin-1").lower()
        try:
            text = value.decode().rstrip()
        except UnicodeDecodeError:
            text = value.decode("latin-1").rstrip()
        before = self._headers.get(key)
        self._headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        if self._whole:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:  # not the answer yet
            self._headers.clear()
            return
        self._headed = True
        self._keep_alive = self._parser.should_keep_alive()
        if self._no_body:
            self._keep_alive = False  # the parser waits for a body that never comes
            self._whole = True
        elif "content-length" not in self._headers and self._status not in _NO_BODY:
            # Cut off, a body that only the connection's end ends looks whole. One that names a
            # transfer coding has an end of its own.
            self._till_end = "transfer-encoding" not in self._headers

    def on_body(self, data: bytes) -> None:
        if self._whole:
            return
        self._size += len(data)
        if self._size > self._most:
            self._body.clear()
            self._fail(UpstreamInvalid(f"the vendor's reply is larger than {self._most} bytes"))
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._headed:
            self._whole = True

    def _begin(self, no_body: bool) -> None:
        self._no_body = no_body
        self._status = 0
        self._headers = {}
        self._head_size = 0
        self._headed = False
        self._whole = False
        self._till_end = False
        self._keep_alive = False
        self._body = []
        self._size = 0

    def _succeed(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None or waiter.done():
            return
        transport = self._transport
        self.usable = self._keep_alive and transport is not None and not transport.is_closing()
        body = self._body
        whole = body[0] if len(body) == 1 else b"".join(body)
        self._body = []
        waiter.set_result((self._status, self._headers, whole))

    def _fail(self, error: LmsError) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)

    def _time_out(self, seconds: float) -> None:
        self._fail(UpstreamTimeout(f"the vendor did not answer within {seconds:.3g} s"))
