"""Node programs that check the gateway from outside."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SCRIPTS = HERE.parent.parent / "scripts"

Node = Callable[..., Awaitable[Any]]


@pytest.fixture
async def node() -> Node:
    """Return a function that runs a script of this directory under Node and returns its JSON.

    Asynchronous, so that a gateway in this process can answer meanwhile.
    """
    await _run(SCRIPTS / "node-modules", HERE)

    async def run(script: str, *arguments: str) -> Any:
        return json.loads(await _run(SCRIPTS / "with-node", "node", HERE / script, *arguments))

    return run


async def _run(*command: str | Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return output
