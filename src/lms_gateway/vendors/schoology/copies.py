"""Copies of sections: a job of the vendor's that has no handle, and whose result is found by code.

The reply to `POST /sections/copy` names a page for people (`transfer_url`) and neither an id nor a
job. A copy that was given a school code can be looked up by it later; any other cannot be found.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (copy)
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from lms_gateway.domain.changes import Change, CopySection, Result, Status
from lms_gateway.domain.deadline import deadline
from lms_gateway.domain.records import Record
from lms_gateway.vendors.schoology.rows import Row

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 8.0
"""Seconds between look-ups, each of which costs a credit for up to fifty codes."""
MARGIN = 1.0
"""Seconds before the request's deadline in which nothing more is waited for."""

Find = Callable[[Sequence[str]], Awaitable[Mapping[str, Record]]]
"""Sections by their school codes; those that are not there, or could not be read, are left out."""
Sleep = Callable[[float], Awaitable[None]]


def accepted(row: Row, record: Record | None) -> Result:
    """A copy that the vendor took as a job."""
    url = row.get("transfer_url")
    is_link = isinstance(url, str) and url.startswith(("https://", "http://"))
    return Result(Status.ACCEPTED, record, detail={"transfer_url": url} if is_link else {})


async def follow(
    changes: Sequence[Change], results: Sequence[Result], find: Find, sleep: Sleep
) -> list[Result]:
    """The results with the new sections in them, as far as these turn up while it is waited.

    Each copy is waited for as long as it asks, counted in pauses, and never into the deadline.
    """
    found = list(results)
    waited, pause = 0.0, FIRST_PAUSE
    while True:
        open_codes = {
            at: change.section_sis_id
            for at, change in enumerate(changes)
            if isinstance(change, CopySection)
            and change.section_sis_id
            and change.wait > waited
            and found[at].status is Status.ACCEPTED
            and found[at].record is None
        }
        if not open_codes:
            return found
        longest = max(_wait_of(changes[at]) for at in open_codes)
        pause = min(pause, longest - waited)
        due = deadline.get()
        if due is not None and asyncio.get_running_loop().time() + pause + MARGIN > due:
            return found
        await sleep(pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE)
        records = await find(list(dict.fromkeys(open_codes.values())))
        for at, code in open_codes.items():
            if code in records:
                found[at] = replace(found[at], record=records[code])


def _wait_of(change: Change) -> float:
    return change.wait if isinstance(change, CopySection) else 0.0
