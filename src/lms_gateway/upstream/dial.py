"""Opening a TCP connection to the first of a host's addresses that answers."""

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest

HEAD_START = 0.25
"""Seconds that an address has to itself before the next one is tried beside it (RFC 8305)."""

Address = tuple[socket.AddressFamily, tuple[object, ...]]


async def dial(host: str, port: int) -> socket.socket:
    """A connected socket. Raises OSError, the first address's, where none answers."""
    addresses = _in_turns(await _resolve(host, port))
    attempts: list[asyncio.Task[socket.socket]] = []
    try:
        for address in addresses:
            attempts.append(asyncio.create_task(_connect(*address)))
            last = len(attempts) == len(addresses)
            if winner := await _first(attempts, None if last else HEAD_START):
                attempts.remove(winner)
                return winner.result()
    finally:
        for attempt in attempts:
            attempt.cancel()
        for late in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(late, socket.socket):
                late.close()
    raise next((e for a in attempts if (e := a.exception())), OSError(f"{host} has no address"))


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _in_turns(addresses: Iterable[Address]) -> list[Address]:
    """The addresses with their families taking turns, the first one's first."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [a for a in chain(*zip_longest(*families.values())) if a is not None]


async def _connect(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened


async def _first(
    attempts: Iterable[asyncio.Task[socket.socket]], seconds: float | None
) -> asyncio.Task[socket.socket] | None:
    """An attempt that came through; None once all have failed, or none did for some seconds."""
    pending = {attempt for attempt in attempts if not attempt.done()}
    while pending:
        done, pending = await asyncio.wait(
            pending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            return None
        for attempt in done:
            if attempt.exception() is None:
                return attempt
    return None
