"""Delays of the tests, in turns of the event loop."""

import asyncio
from zlib import crc32


async def pause(key: str, pace: int) -> None:
    """Wait for some turns, depending on pace and key.

    At most paces some delays are longer than everything else: graphql-core itself needs turns to
    propagate an error, during which other values arrive.
    """
    number = crc32(key.encode(), pace)
    await take_turns(number % 4 if pace < 6 else (0, 1, 3, 40)[number % 4])


async def take_turns(count: int) -> None:
    """Yield to the event loop that many times."""
    for _ in range(count):
        await asyncio.sleep(0)
