"""Runs steps that change things: writes as they come, and reads packed where they are many."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from lms_gateway.upstream.call import Call
from lms_gateway.vendors.reads import Outcome, Steps
from lms_gateway.vendors.schoology.drive import Send, outcome_of
from lms_gateway.vendors.schoology.multiget import FEW, is_packable, multiget, pack, share_out

T = TypeVar("T")


async def carry_out(steps: Steps[T], send: Send, *, tenant: str) -> T:
    """The steps' result. Each call goes out as often as it is asked for: two alike are two."""
    try:
        calls = next(steps)
        while True:
            calls = steps.send(await _send_all(calls, send, tenant))
    except StopIteration as end:
        found: T = end.value
        return found


async def _send_all(calls: Sequence[Call], send: Send, tenant: str) -> tuple[Outcome, ...]:
    packable = [at for at, call in enumerate(calls) if is_packable(call)]
    groups = [group for group in pack(packable) if len(group) > 1] if len(packable) > FEW else []
    packed = {at for group in groups for at in group}
    alone = [at for at in range(len(calls)) if at not in packed]
    several = await asyncio.gather(
        *(_send(calls[at], send, tenant) for at in alone),
        *(_send(multiget([calls[at] for at in group]), send, tenant) for group in groups),
    )
    found = dict(zip(alone, several, strict=False))
    for group, reply in zip(groups, several[len(alone) :], strict=True):
        found |= dict(zip(group, share_out(reply, len(group)), strict=True))
    return tuple(found[at] for at in range(len(calls)))


async def _send(call: Call, send: Send, tenant: str) -> Outcome:
    return await outcome_of(call, send, tenant=tenant, event="change_failed")
