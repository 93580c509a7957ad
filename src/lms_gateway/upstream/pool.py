"""The connections to one host: how many there may be, and which of them are free."""

import asyncio
import ssl
from collections import deque

from lms_gateway.upstream.connection import Connection
from lms_gateway.upstream.dial import dial
from lms_gateway.upstream.failures import NotSent


class Pool:
    """At most so many connections to one host, lent to one caller at a time.

    A place is held by a connection that lies idle or by a caller, from before it dials until it
    gives back. Whoever finds no place waits for one; first come, first served.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        trust: ssl.SSLContext | None,
        connections: int,
        keep_for: float,
        connect_within: float,
        most_bytes: int,
    ) -> None:
        """Open nothing yet. Without `trust` the connections are in the clear."""
        self._host = host
        self._port = port
        self._trust = trust
        self._free = connections
        self._keep_for = keep_for
        self._connect_within = connect_within
        self._most_bytes = most_bytes
        self._idle: list[Connection] = []  # the one used last is lent first, so that others expire
        self._open: set[Connection] = set()
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._dialling: set[asyncio.Timeout] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False
        self._all_lost: asyncio.Future[None] | None = None

    def take_idle(self) -> Connection | None:
        """A connection that is open and free; None where there is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.cut()
            self._free += 1
        return None

    async def take(self, due: float) -> Connection:
        """A connection, new or free by then, until `due` on the loop's clock. Raises NotSent."""
        if self._closed:
            raise _closed()
        connection = self.take_idle()
        if connection is None:
            if self._free:
                self._free -= 1
            else:
                connection = await self._wait(due)
        if connection is not None:
            if connection.is_fresh():
                return connection
            connection.cut()
        return await self._dial(due)

    def give_back(self, connection: Connection) -> None:
        """End a loan. A connection that cannot be used again leaves its place to the next one."""
        if not connection.usable or self._closed:
            connection.cut()
            self._leave_place()
        elif waiter := self._next_waiting():
            waiter.set_result(connection)
        else:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
            if self._sweep is None:
                self._sweep_after(self._keep_for)

    async def aclose(self) -> None:
        """Cut every connection, with what is under way on it."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        self._idle.clear()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(_closed())
        for dialling in self._dialling:
            dialling.reschedule(asyncio.get_running_loop().time())
        if self._open:
            self._all_lost = asyncio.get_running_loop().create_future()
            for connection in list(self._open):
                connection.cut()
            await self._all_lost  # the event loop closes sockets in a later round

    async def _wait(self, due: float) -> Connection | None:
        """A connection that somebody gave back, or None: only its place."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout_at(due):
                given: Connection | None = await waiter
                return given
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                unclaimed = waiter.result()
                if unclaimed is None:
                    self._leave_place()
                else:
                    self.give_back(unclaimed)
            if isinstance(error, TimeoutError):
                raise NotSent("no connection to the vendor became free in time") from None
            raise

    async def _dial(self, due: float) -> Connection:
        """A new connection, over a place that the caller holds. Raises NotSent."""
        loop = asyncio.get_running_loop()
        within = asyncio.timeout_at(min(due, loop.time() + self._connect_within))
        self._dialling.add(within)
        try:
            async with within:
                _, connection = await loop.create_connection(
                    lambda: Connection(self._most_bytes, self._lost),
                    sock=await dial(self._host, self._port),
                )
                # Cancelled, asyncio's own way to TLS may leave the socket open; this one does not.
                if self._trust is not None:
                    await connection.begin_tls(self._trust, self._host)
        except OSError as error:  # ssl.SSLError is one, as is TimeoutError
            self._leave_place()
            raise NotSent("no connection to the vendor could be opened") from error
        except BaseException:
            self._leave_place()
            raise
        finally:
            self._dialling.discard(within)
        if connection.usable:  # it may have been lost again before this task went on
            self._open.add(connection)
        if self._closed:
            connection.cut()
        return connection

    def _leave_place(self) -> None:
        """Give up a place that no connection holds."""
        if waiter := self._next_waiting():
            waiter.set_result(None)
        else:
            self._free += 1

    def _next_waiting(self) -> asyncio.Future[Connection | None] | None:
        """Whoever waited longest, of those who still do."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
            self._free += 1
        if self._all_lost and not self._open and not self._all_lost.done():
            self._all_lost.set_result(None)

    def _sweep_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(seconds, self._close_expired)

    def _close_expired(self) -> None:
        """Close what lay idle for too long, and look again when the next one will have."""
        self._sweep = None
        now = asyncio.get_running_loop().time()
        for connection in list(self._idle):
            if connection.idle_since + self._keep_for <= now:
                connection.cut()
        left = [one.idle_since for one in self._idle if one.usable]
        if left:
            self._sweep_after(max(min(left) + self._keep_for - now, 0.0))


def _closed() -> NotSent:
    return NotSent("the gateway is closing its connections")
