"""Runs steps that change things: writes as they come, and reads packed where they are many."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.schoology.api.multiget import (
    MULTIGET_THRESHOLD,
    distribute_outcome,
    is_packable,
    multiget_call,
    pack,
)
from lms_gateway.vendors.schoology.reads.runner import Send, send_isolated
from lms_gateway.vendors.shared.steps import Outcome, Steps

T = TypeVar("T")


async def run_steps(steps: Steps[T], send: Send, *, tenant: str) -> T:
    """The steps' result. Each call goes out as often as it is asked for: two alike are two."""
    try:
        calls = next(steps)
        while True:
            calls = steps.send(await _send_all(calls, send, tenant))
    except StopIteration as stop:
        result: T = stop.value
        return result


async def _send_all(calls: Sequence[Call], send: Send, tenant: str) -> tuple[Outcome, ...]:
    packable = [index for index, call in enumerate(calls) if is_packable(call)]
    groups = (
        [group for group in pack(packable) if len(group) > 1]
        if len(packable) > MULTIGET_THRESHOLD
        else []
    )
    packed = {index for group in groups for index in group}
    single = [index for index in range(len(calls)) if index not in packed]
    outcomes = await asyncio.gather(
        *(_send(calls[index], send, tenant) for index in single),
        *(
            _send(multiget_call([calls[index] for index in group]), send, tenant)
            for group in groups
        ),
    )
    results = dict(zip(single, outcomes, strict=False))
    for group, reply in zip(groups, outcomes[len(single) :], strict=True):
        results |= dict(zip(group, distribute_outcome(reply, len(group)), strict=True))
    return tuple(results[index] for index in range(len(calls)))


async def _send(call: Call, send: Send, tenant: str) -> Outcome:
    return await send_isolated(call, send, tenant=tenant, event="change_failed")
