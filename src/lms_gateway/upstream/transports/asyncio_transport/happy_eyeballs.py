"""Opening a TCP connection to the first of a host's addresses that answers."""

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest

HEAD_START = 0.25
"""Seconds that an address has to itself before the next one is tried beside it (RFC 8305)."""

Address = tuple[socket.AddressFamily, tuple[object, ...]]


async def connect_tcp(host: str, port: int) -> socket.socket:
    """A connected socket. Raises OSError, the first address's, where none answers."""
    addresses = _interleave_families(await _resolve(host, port))
    attempts: list[asyncio.Task[socket.socket]] = []
    try:
        for address in addresses:
            attempts.append(asyncio.create_task(_connect(*address)))
            is_last = len(attempts) == len(addresses)
            if winner := await _first_connected(attempts, None if is_last else HEAD_START):
                attempts.remove(winner)
                return winner.result()
    finally:
        for attempt in attempts:
            attempt.cancel()
        for result in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(result, socket.socket):
                result.close()
    raise next(
        (error for failed in attempts if (error := failed.exception())),
        OSError(f"{host} has no address"),
    )


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in infos]


def _interleave_families(addresses: Iterable[Address]) -> list[Address]:
    """The addresses with their families taking turns, the first one's first."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [item for item in chain(*zip_longest(*families.values())) if item is not None]


async def _connect(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _first_connected(
    attempts: Iterable[asyncio.Task[socket.socket]], max_wait: float | None
) -> asyncio.Task[socket.socket] | None:
    """An attempt that came through; None once all have failed, or none did for some seconds."""
    pending = {attempt for attempt in attempts if not attempt.done()}
    while pending:
        done, pending = await asyncio.wait(
            pending, timeout=max_wait, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            return None
        for attempt in done:
            if attempt.exception() is None:
                return attempt
    return None
