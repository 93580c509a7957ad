"""Copies of sections: a job of the vendor's that has no handle, and whose result is found by code.

The reply to `POST /sections/copy` names a page for people (`transfer_url`) and neither an id nor a
job. A copy that was given a school code can be looked up by it later; any other cannot be found.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (copy)
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from lms_gateway.domain.commands import Command, CommandResult, CommandStatus, CopySection
from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.record import Record
from lms_gateway.vendors.shared.json_values import Row

MIN_LOOKUP_DELAY = 1.0
MAX_LOOKUP_DELAY = 8.0
"""Seconds between look-ups, each of which costs a credit for up to fifty codes."""
DEADLINE_MARGIN = 1.0
"""Seconds before the request's deadline in which nothing more is waited for."""

FindSections = Callable[[Sequence[str]], Awaitable[Mapping[str, Record]]]
"""Sections by their school codes; those that are not there, or could not be read, are left out."""
Sleep = Callable[[float], Awaitable[None]]


def accepted_result(row: Row, record: Record | None) -> CommandResult:
    """A copy that the vendor took as a job."""
    url = row.get("transfer_url")
    is_link = isinstance(url, str) and url.startswith(("https://", "http://"))
    return CommandResult(
        CommandStatus.ACCEPTED, record, detail={"transfer_url": url} if is_link else {}
    )


async def wait_for_copies(
    commands: Sequence[Command], results: Sequence[CommandResult], find: FindSections, sleep: Sleep
) -> list[CommandResult]:
    """The results with the new sections in them, as far as these turn up while it is waited.

    Each copy is waited for as long as it asks, counted in pauses, and never into the deadline.
    """
    updated = list(results)
    waited, delay = 0.0, MIN_LOOKUP_DELAY
    while True:
        open_codes = {
            index: command.section_sis_id
            for index, command in enumerate(commands)
            if isinstance(command, CopySection)
            and command.section_sis_id
            and command.wait_timeout > waited
            and updated[index].status is CommandStatus.ACCEPTED
            and updated[index].record is None
        }
        if not open_codes:
            return updated
        max_wait = max(_max_wait(commands[index]) for index in open_codes)
        delay = min(delay, max_wait - waited)
        expires_at = request_deadline.get()
        if (
            expires_at is not None
            and asyncio.get_running_loop().time() + delay + DEADLINE_MARGIN > expires_at
        ):
            return updated
        await sleep(delay)
        waited += delay
        delay = min(delay * 2, MAX_LOOKUP_DELAY)
        records = await find(list(dict.fromkeys(open_codes.values())))
        for index, code in open_codes.items():
            if code in records:
                updated[index] = replace(updated[index], record=records[code])


def _max_wait(command: Command) -> float:
    return command.wait_timeout if isinstance(command, CopySection) else 0.0
