"""Time as these tests have it: turns of the event loop."""

import asyncio
from zlib import crc32


async def pause(key: str, pace: int) -> None:
    """Take some turns: how many, the pace and the key tell. The longer paces have longer ones."""
    await take_turns(crc32(key.encode(), pace) % (4 if pace < 6 else 20))


async def take_turns(count: int) -> None:
    """Let whatever else is ready go first, so many times."""
    for _ in range(count):
        await asyncio.sleep(0)
