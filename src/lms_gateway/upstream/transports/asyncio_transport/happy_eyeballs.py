"""Happy Eyeballs (RFC 8305): connect to the first of a host's addresses that accepts.

Example: a host has two IPv6 addresses, of which none answers, and one IPv4 address.

    0.00 s   connect to the first IPv6 address
    0.25 s   no answer yet: connect to the IPv4 address as well
    0.27 s   the IPv4 address accepts: return its socket, cancel the other attempt
"""

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest

CONNECTION_ATTEMPT_DELAY = 0.25
"""Seconds between the start of two attempts, unless the earlier one fails before (RFC 8305)."""

Address = tuple[socket.AddressFamily, tuple[object, ...]]


async def connect_tcp(host: str, port: int) -> socket.socket:
    """Return a connected socket. Raises the first address's OSError if no address accepts."""
    addresses = _interleave_families(await _resolve(host, port))
    attempts: list[asyncio.Task[socket.socket]] = []
    try:
        for address in addresses:
            attempts.append(asyncio.create_task(_connect(*address)))
            is_last = len(attempts) == len(addresses)
            if winner := await _first_connected(attempts, None if is_last else CONNECTION_ATTEMPT_DELAY):
                attempts.remove(winner)
                return winner.result()
    finally:
        for attempt in attempts:
            attempt.cancel()
        for result in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(result, socket.socket):
                result.close()
    raise next(
        (error for failed in attempts if (error := failed.exception())), OSError(f"{host} has no address")
    )


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in infos]


def _interleave_families(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses with alternating families, beginning with the family of the first."""
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
    """Return a successful attempt; None if all failed, or if none finished within `max_wait`."""
    pending = {attempt for attempt in attempts if not attempt.done()}
    while pending:
        done, pending = await asyncio.wait(pending, timeout=max_wait, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return None
        for attempt in done:
            if attempt.exception() is None:
                return attempt
    return None
