"""The connections to one host: how many there may be, and which of them are free."""

import asyncio
import ssl
from collections import deque

from lms_gateway.upstream.errors import NotSent
from lms_gateway.upstream.transports.asyncio_transport.happy_eyeballs import connect_tcp
from lms_gateway.upstream.transports.asyncio_transport.http11 import HTTP11Connection


class ConnectionPool:
    """At most so many connections to one host, lent to one caller at a time.

    A place is held by a connection that lies idle or by a caller, from before it dials until it
    gives back. Whoever finds no place waits for one; first come, first served.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None,
        max_connections: int,
        keepalive_expiry: float,
        connect_timeout: float,
        max_body_bytes: int,
    ) -> None:
        """Open nothing yet. Without `trust` the connections are in the clear."""
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._free_slots = max_connections
        self._keepalive_expiry = keepalive_expiry
        self._connect_timeout = connect_timeout
        self._max_body_bytes = max_body_bytes
        self._idle: list[
            HTTP11Connection
        ] = []  # the one used last is lent first, so that others expire
        self._open: set[HTTP11Connection] = set()
        self._waiters: deque[asyncio.Future[HTTP11Connection | None]] = deque()
        self._connect_timers: set[asyncio.Timeout] = set()
        self._expiry_timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._all_closed: asyncio.Future[None] | None = None

    def acquire_idle(self) -> HTTP11Connection | None:
        """A connection that is open and free; None where there is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable():
                return connection
            connection.abort()
            self._free_slots += 1
        return None

    async def acquire(self, deadline: float) -> HTTP11Connection:
        """A connection, new or free by then, until `due` on the loop's clock. Raises NotSent."""
        if self._closed:
            raise _closed_error()
        connection = self.acquire_idle()
        if connection is None:
            if self._free_slots:
                self._free_slots -= 1
            else:
                connection = await self._wait_for_slot(deadline)
        if connection is not None:
            if connection.is_reusable():
                return connection
            connection.abort()
        return await self._connect(deadline)

    def release(self, connection: HTTP11Connection) -> None:
        """End a loan. A connection that cannot be used again leaves its place to the next one."""
        if not connection.usable or self._closed:
            connection.abort()
            self._release_slot()
        elif waiter := self._next_waiter():
            waiter.set_result(connection)
        else:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
            if self._expiry_timer is None:
                self._schedule_expiry(self._keepalive_expiry)

    async def aclose(self) -> None:
        """Cut every connection, with what is under way on it."""
        self._closed = True
        if self._expiry_timer is not None:
            self._expiry_timer.cancel()
        self._idle.clear()
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(_closed_error())
        for connect_timer in self._connect_timers:
            connect_timer.reschedule(asyncio.get_running_loop().time())
        if self._open:
            self._all_closed = asyncio.get_running_loop().create_future()
            for connection in list(self._open):
                connection.abort()
            await self._all_closed  # the event loop closes sockets in a later round

    async def _wait_for_slot(self, deadline: float) -> HTTP11Connection | None:
        """A connection that somebody gave back, or None: only its place."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout_at(deadline):
                connection: HTTP11Connection | None = await waiter
                return connection
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                unclaimed = waiter.result()
                if unclaimed is None:
                    self._release_slot()
                else:
                    self.release(unclaimed)
            if isinstance(error, TimeoutError):
                raise NotSent("no connection to the vendor became free in time") from None
            raise

    async def _connect(self, deadline: float) -> HTTP11Connection:
        """A new connection, over a place that the caller holds. Raises NotSent."""
        loop = asyncio.get_running_loop()
        connect_timer = asyncio.timeout_at(min(deadline, loop.time() + self._connect_timeout))
        self._connect_timers.add(connect_timer)
        try:
            async with connect_timer:
                _, connection = await loop.create_connection(
                    lambda: HTTP11Connection(self._max_body_bytes, self._connection_lost),
                    sock=await connect_tcp(self._host, self._port),
                )
                # Cancelled, asyncio's own way to TLS may leave the socket open; this one does not.
                if self._ssl_context is not None:
                    await connection.start_tls(self._ssl_context, self._host)
        except OSError as error:  # ssl.SSLError is one, as is TimeoutError
            self._release_slot()
            raise NotSent("no connection to the vendor could be opened") from error
        except BaseException:
            self._release_slot()
            raise
        finally:
            self._connect_timers.discard(connect_timer)
        if connection.usable:  # it may have been lost again before this task went on
            self._open.add(connection)
        if self._closed:
            connection.abort()
        return connection

    def _release_slot(self) -> None:
        """Give up a place that no connection holds."""
        if waiter := self._next_waiter():
            waiter.set_result(None)
        else:
            self._free_slots += 1

    def _next_waiter(self) -> asyncio.Future[HTTP11Connection | None] | None:
        """Whoever waited longest, of those who still do."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    def _connection_lost(self, connection: HTTP11Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
            self._free_slots += 1
        if self._all_closed and not self._open and not self._all_closed.done():
            self._all_closed.set_result(None)

    def _schedule_expiry(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        self._expiry_timer = loop.call_later(delay, self._close_expired)

    def _close_expired(self) -> None:
        """Close what lay idle for too long, and look again when the next one will have."""
        self._expiry_timer = None
        now = asyncio.get_running_loop().time()
        for connection in list(self._idle):
            if connection.idle_since + self._keepalive_expiry <= now:
                connection.abort()
        idle_times = [
            idle_connection.idle_since for idle_connection in self._idle if idle_connection.usable
        ]
        if idle_times:
            self._schedule_expiry(max(min(idle_times) + self._keepalive_expiry - now, 0.0))


def _closed_error() -> NotSent:
    return NotSent("the gateway is closing its connections")
