"""Waits for copied sections: the vendor's job has no id, so the result is found by its school code.

The reply to `POST /sections/copy` contains a page for people (`transfer_url`) and neither an id nor
a job. Only a copy with a school code can be found.

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
"""Seconds between look-ups, each of which costs one credit for up to fifty codes."""
DEADLINE_MARGIN = 1.0
"""Seconds before the request's deadline that are left to answer it."""

FindSections = Callable[[Sequence[str]], Awaitable[Mapping[str, Record]]]
"""Returns sections by their school codes, without those that could not be read."""
Sleep = Callable[[float], Awaitable[None]]


def accepted_result(row: Row, record: Record | None) -> CommandResult:
    """Return the result of a copy that the vendor accepted as a job."""
    url = row.get("transfer_url")
    is_link = isinstance(url, str) and url.startswith(("https://", "http://"))
    detail = {"transfer_url": url} if is_link else {}
    return CommandResult(CommandStatus.ACCEPTED, record, detail=detail)


async def wait_for_copies(
    commands: Sequence[Command], results: Sequence[CommandResult], find_sections: FindSections, sleep: Sleep
) -> list[CommandResult]:
    """Return the results with the new sections that were found in time.

    Each copy is waited for up to its `wait_timeout`, and never until the deadline.
    """
    updated = list(results)
    waited, delay = 0.0, MIN_LOOKUP_DELAY
    while True:
        pending = {
            index: command
            for index, command in enumerate(commands)
            if isinstance(command, CopySection)
            and command.section_sis_id
            and command.wait_timeout > waited
            and updated[index].status is CommandStatus.ACCEPTED
            and updated[index].record is None
        }
        if not pending:
            return updated
        delay = min(delay, max(copy.wait_timeout for copy in pending.values()) - waited)
        expires_at = request_deadline.get()
        now = asyncio.get_running_loop().time()
        if expires_at is not None and now + delay + DEADLINE_MARGIN > expires_at:
            return updated
        await sleep(delay)
        waited += delay
        delay = min(delay * 2, MAX_LOOKUP_DELAY)
        codes = {index: copy.section_sis_id or "" for index, copy in pending.items()}
        sections = await find_sections(list(dict.fromkeys(codes.values())))
        for index, code in codes.items():
            if code in sections:
                updated[index] = replace(updated[index], record=sections[code])
