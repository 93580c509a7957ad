"""Time as these tests have it: turns of the event loop."""

import asyncio
from zlib import crc32


async def pause(key: str, pace: int) -> None:
    """Take some turns: how many, the pace and the key tell.

    At most paces some things take so long that all others are over by then: graphql-core itself
    needs turns to pass a failure on, in which what is nearly there still arrives.
    """
    number = crc32(key.encode(), pace)
    await take_turns(number % 4 if pace < 6 else (0, 1, 3, 40)[number % 4])


async def take_turns(count: int) -> None:
    """Let whatever else is ready go first, so many times."""
    for _ in range(count):
        await asyncio.sleep(0)
