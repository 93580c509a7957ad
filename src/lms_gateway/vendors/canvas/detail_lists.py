"""Lists that Canvas tells page by page beside the objects of facets, by their names.

Rows are records where they are people or accounts, and plain otherwise. One of the lists is wrapped
in an object by newer Canvas, and bare in its documents.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lms_gateway.domain.asks import Details, Plain, Wants
from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.records import Key, Kind
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.calls import is_report_name
from lms_gateway.vendors.canvas.detail_values import (
    read_activity,
    read_calendar,
    read_report,
    read_student,
    read_todo,
)
from lms_gateway.vendors.canvas.details import (
    NO_PROGRESS,
    Given,
    Untold,
    calendar_key,
    owner_of,
    query_of,
    report_key,
)
from lms_gateway.vendors.canvas.includes import (
    ACCOUNT_LIST,
    BRIEF_ACCOUNT,
    RECENT_STUDENTS,
    SHARE_USERS,
    TEACHER,
    Source,
    request,
)
from lms_gateway.vendors.canvas.paging import Listing, resume
from lms_gateway.vendors.canvas.plans import Plan, plain, read_plan, search_params
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps

_FILTERS = ("visible", "hidden")


@dataclass(frozen=True, slots=True)
class Rows:
    """One operation: where it is asked, and what its rows are."""

    endpoint: str
    of: Kind | None = None  # what it belongs to; None: the site as a whole
    rows: Source | None = None  # of records
    read: Callable[[Any], dict[str, Any]] | None = None  # of plain rows
    key: Callable[[str, Given, Mapping[str, Any]], Key | None] | None = None
    wrapped: str = ""


def read_details(wave: Wave, ask: Details, wants: Wants) -> Steps[Sequence[Read]]:
    """Read the ask's page and settle it.

    Raises Unsupported for a list that Canvas has not, BadInput for arguments that it cannot take.
    """
    told = _LISTS.get(ask.name)
    if told is None:
        raise Unsupported("Canvas has no such operation")
    given = dict(ask.arguments)
    ids = [] if told.of is None else [owner_of(ask.of, told.of)]
    if ask.name == "reports":
        if not is_report_name(given.get("report")):
            raise BadInput("report: not the name of a report")
        ids.append(given["report"])
    listing = Listing(
        (ask.name,), told.endpoint, tuple(ids), _params(ask, given), wrapped=told.wrapped
    )
    if told.rows is not None:
        return (
            yield from read_plan(
                wave, ask, ask.page, plain(wave, listing, request(told.rows, wants.facets))
            )
        )
    plan = _plain_rows(wave, ask, told, listing, ids[0] if ids else "")
    if ask.name != "student_progress":
        return (yield from read_plan(wave, ask, ask.page, plan))
    resume(ask.page, plan.listings, plan.page_size(ask.page))  # so that a wrong cursor says so
    try:
        return (yield from read_plan(wave, ask, ask.page, plan))
    except BadInput:
        raise Untold(NO_PROGRESS) from None


def _plain_rows(wave: Wave, ask: Details, told: Rows, listing: Listing, owner: str) -> Plan[Plain]:
    read, key, given = told.read, told.key, dict(ask.arguments)
    assert read is not None

    def absorb(rows: Sequence[Any]) -> list[Plain]:
        values = [read(row) for row in rows]
        if ask.name == "student_progress":
            wave.learn(_STUDENT, rows)  # whoever asks for their names next needs no call
        return [Plain(one, None if key is None else key(owner, given, one)) for one in values]

    return Plan((listing,), absorb, None)


def _params(ask: Details, given: Given) -> Params:
    search = given.get("search")
    if ask.name == "content_share_users":
        if not isinstance(search, str) or not search.strip():
            raise BadInput("search: Canvas lists nobody without a search here")
        return (("search_term", search),)
    if given.get("filter") not in (None, *_FILTERS):
        raise BadInput("filter: Canvas lists visible or hidden calendars")
    return (*search_params(search), *query_of(given, {"filter": "filter"}))


_STUDENT = replace(request(TEACHER), carried=frozenset())
_COURSE, _ACCOUNT = Kind.COURSE, Kind.ACCOUNT
_LISTS: Mapping[str, Rows] = {
    "student_progress": Rows("/courses/:course_id/bulk_user_progress", _COURSE, read=read_student),
    "recent_students": Rows("/courses/:course_id/recent_students", _COURSE, RECENT_STUDENTS),
    "content_share_users": Rows("/courses/:course_id/content_share_users", _COURSE, SHARE_USERS),
    "activity_stream": Rows("/courses/:course_id/activity_stream", _COURSE, read=read_activity),
    "todo_items": Rows("/courses/:course_id/todo", _COURSE, read=read_todo),
    "manageable_accounts": Rows("/manageable_accounts", rows=ACCOUNT_LIST),
    "course_creation_accounts": Rows("/course_creation_accounts", rows=ACCOUNT_LIST),
    "course_accounts": Rows("/course_accounts", rows=BRIEF_ACCOUNT),
    "account_calendars": Rows(
        "/account_calendars", read=read_calendar, key=calendar_key, wrapped="account_calendars"
    ),
    "calendars": Rows(
        "/accounts/:account_id/account_calendars",
        _ACCOUNT,
        read=read_calendar,
        key=calendar_key,
        wrapped="account_calendars",
    ),
    "reports": Rows(
        "/accounts/:account_id/reports/:report", _ACCOUNT, read=read_report, key=report_key
    ),
}
