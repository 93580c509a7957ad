"""How answers reach the wire: head and body together.

uvicorn writes a response's head by itself. That costs a second system call, and wakes the client
for half an answer.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FLUSH_THRESHOLD = 65_536
"""Bytes, as many as transports buffer before they ask to wait."""


class CoalescedWritesProtocol(HttpToolsProtocol):
    """uvicorn's protocol, over a transport that writes once for each turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(cast(asyncio.Transport, _CoalescingTransport(transport, self.loop)))


class _CoalescingTransport:
    """A transport. What it is asked to write it writes before the loop waits again."""

    __slots__ = ("_buffer", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._buffer: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._buffer:
            self._loop.call_soon(self._flush)
        self._buffer.append(data)
        if len(data) > _FLUSH_THRESHOLD:
            self._flush()  # so that the transport can say that it has enough

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        chunks, self._buffer = self._buffer, []
        if chunks and not self._transport.is_closing():  # the client may have gone since
            self._transport.writelines(chunks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
