"""Connection pool of one host."""

import asyncio
import ssl
from collections import deque

from lms_gateway.upstream.errors import NotSent
from lms_gateway.upstream.transports.asyncio_transport.happy_eyeballs import connect_tcp
from lms_gateway.upstream.transports.asyncio_transport.http11 import HTTP11Connection


class ConnectionPool:
    """At most `max_connections` connections to one host, each used by one caller at a time.

    A slot is taken by an idle connection, or by a caller from before it connects until it releases
    the connection. Callers without a slot wait in the order of arrival.

    Example with one slot: A acquires it and connects. B waits. A is cancelled: its connection is
    aborted and the slot is handed to B, which connects. B releases: the connection becomes idle and
    keeps the slot until it is acquired again or expires.
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
        """Open no connection yet. Without `ssl_context` connections are not encrypted."""
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._free_slots = max_connections
        self._keepalive_expiry = keepalive_expiry
        self._connect_timeout = connect_timeout
        self._max_body_bytes = max_body_bytes
        self._idle: list[HTTP11Connection] = []  # the last used one is reused first, so that others expire
        self._open: set[HTTP11Connection] = set()
        self._waiters: deque[asyncio.Future[HTTP11Connection | None]] = deque()
        self._connect_timers: set[asyncio.Timeout] = set()
        self._expiry_timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._all_closed: asyncio.Future[None] | None = None

    def acquire_idle(self) -> HTTP11Connection | None:
        """Return an open idle connection; None if there is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable():
                return connection
            connection.abort()
            self._free_slots += 1
        return None

    async def acquire(self, deadline: float) -> HTTP11Connection:
        """Return an idle or new connection by `deadline`, an event loop time. Raises NotSent."""
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
        """Return a connection to the pool. The next waiter gets it, or its slot if not usable."""
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
        """Abort all connections; calls in flight fail."""
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
            await self._all_closed  # the event loop closes sockets in a later iteration

    async def _wait_for_slot(self, deadline: float) -> HTTP11Connection | None:
        """Return a connection that was released; None if only its slot was."""
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
                raise NotSent("timed out waiting for a pooled connection to the vendor") from None
            raise

    async def _connect(self, deadline: float) -> HTTP11Connection:
        """Return a new connection in a slot that the caller has. Raises NotSent."""
        loop = asyncio.get_running_loop()
        connect_timer = asyncio.timeout_at(min(deadline, loop.time() + self._connect_timeout))
        self._connect_timers.add(connect_timer)
        try:
            async with connect_timer:
                _, connection = await loop.create_connection(
                    lambda: HTTP11Connection(self._max_body_bytes, self._connection_lost),
                    sock=await connect_tcp(self._host, self._port),
                )
                # `create_connection(ssl=…)` may leave the socket open if it is cancelled; this does not.
                if self._ssl_context is not None:
                    await connection.start_tls(self._ssl_context, self._host)
        except OSError as error:  # its subclasses: ssl.SSLError, TimeoutError
            self._release_slot()
            raise NotSent("no connection to the vendor could be opened") from error
        except BaseException:
            self._release_slot()
            raise
        finally:
            self._connect_timers.discard(connect_timer)
        if connection.usable:  # it may have been closed before this task continues
            self._open.add(connection)
        if self._closed:
            connection.abort()
        return connection

    def _release_slot(self) -> None:
        """Free a slot that has no connection."""
        if waiter := self._next_waiter():
            waiter.set_result(None)
        else:
            self._free_slots += 1

    def _next_waiter(self) -> asyncio.Future[HTTP11Connection | None] | None:
        """Return the first waiter that was not cancelled; None if there is none."""
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
        """Close expired idle connections, and schedule the next check."""
        self._expiry_timer = None
        now = asyncio.get_running_loop().time()
        for connection in list(self._idle):
            if connection.idle_since + self._keepalive_expiry <= now:
                connection.abort()
        idle_times = [idle_connection.idle_since for idle_connection in self._idle if idle_connection.usable]
        if idle_times:
            self._schedule_expiry(max(min(idle_times) + self._keepalive_expiry - now, 0.0))


def _closed_error() -> NotSent:
    return NotSent("the gateway is closing its connections")
