"""Paged lists that only Canvas has, by the name of their operation.

Rows are records if they are users or accounts, and documents otherwise. Newer versions of Canvas
wrap account calendars in an object; the documentation has a plain list.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.loads import Document, OperationListLoad
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.pagination import ListEndpoint, start_position
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.list_query import ListQuery, run_list_query, search_params, source_list
from lms_gateway.vendors.canvas.reads.operations import (
    NO_PROGRESS,
    ArgumentMap,
    DocumentKey,
    OperationUnavailable,
    calendar_key,
    owner_id,
    query_params,
    report_key,
)
from lms_gateway.vendors.canvas.rows import documents as docs
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.canvas.rows.ids import is_report_name
from lms_gateway.vendors.shared.steps import Steps

_CALENDAR_FILTERS = ("visible", "hidden")


@dataclass(frozen=True, slots=True)
class ListOperationSpec:
    """One list operation: its address, and its rows, which are records or documents."""

    template: str
    owner: Kind | None = None  # the kind of object that it belongs to, first in the path
    row_source: sources.RowSource | None = None  # of records
    read: Callable[[Any], dict[str, Any]] | None = None  # of documents
    key: DocumentKey | None = None
    rows_key: str = ""


def read_operation_list(batch: LoadBatch, load: OperationListLoad, projection: Projection) -> Steps[None]:
    """Read the page of a load and settle it.

    Raises Unsupported for a list that Canvas does not have, BadInput for invalid arguments.
    """
    spec = _LIST_OPERATIONS.get(load.name)
    if spec is None:
        raise Unsupported("Canvas has no such operation")
    arguments = dict(load.arguments)
    ids = [] if spec.owner is None else [owner_id(load.parent, spec.owner)]
    if load.name == "reports":
        if not is_report_name(arguments.get("report")):
            raise BadInput("report: not the name of a report")
        ids.append(arguments["report"])
    params = _params(load, arguments)
    list_endpoint = ListEndpoint((load.name,), spec.template, tuple(ids), params, rows_key=spec.rows_key)
    if spec.row_source is not None:
        records = source_list(batch, list_endpoint, spec.row_source, projection.fields)
        yield from run_list_query(batch, load, load.page, records)
        return
    documents = _document_query(batch, load, spec, list_endpoint, ids[0] if ids else "")
    if load.name == "student_progress":
        # Canvas answers 400 for a course without modules. Report an invalid cursor before that.
        start_position(load.page, documents.endpoints, documents.page_size(load.page))
    try:
        yield from run_list_query(batch, load, load.page, documents)
    except BadInput:
        if load.name != "student_progress":
            raise
        raise OperationUnavailable(NO_PROGRESS) from None


def _document_query(
    batch: LoadBatch,
    load: OperationListLoad,
    spec: ListOperationSpec,
    list_endpoint: ListEndpoint,
    owner: str,
) -> ListQuery[Document]:
    read, key, arguments = spec.read, spec.key, dict(load.arguments)
    assert read is not None

    def add_rows(rows: Sequence[Any]) -> list[Document]:
        values = [read(row) for row in rows]
        if load.name == "student_progress":
            batch.add_rows(_STUDENT_REQUEST, rows)  # the next load of their names needs no call
        keys = [None if key is None else key(owner, arguments, value) for value in values]
        return list(map(Document, values, keys))

    return ListQuery((list_endpoint,), add_rows)


def _params(load: OperationListLoad, arguments: ArgumentMap) -> Params:
    search = arguments.get("search")
    if load.name == "content_share_users":
        if not isinstance(search, str) or not search.strip():
            raise BadInput("search: must not be empty; Canvas requires it on this list")
        return (("search_term", search),)
    if arguments.get("filter") not in (None, *_CALENDAR_FILTERS):
        raise BadInput("filter: must be visible or hidden")
    return (*search_params(search), *query_params(arguments, {"filter": "filter"}))


_STUDENT_REQUEST = replace(sources.build_row_request(sources.TEACHER), expected_keys=frozenset())
_Spec = ListOperationSpec
_CALENDARS = partial(_Spec, read=docs.read_calendar, key=calendar_key, rows_key="account_calendars")
_LIST_OPERATIONS: Mapping[str, ListOperationSpec] = {
    "student_progress": _Spec("/courses/:course_id/bulk_user_progress", Kind.COURSE, read=docs.read_student),
    "recent_students": _Spec("/courses/:course_id/recent_students", Kind.COURSE, sources.RECENT_STUDENTS),
    "content_share_users": _Spec("/courses/:course_id/content_share_users", Kind.COURSE, sources.SHARE_USERS),
    "activity_stream": _Spec("/courses/:course_id/activity_stream", Kind.COURSE, read=docs.read_activity),
    "todo_items": _Spec("/courses/:course_id/todo", Kind.COURSE, read=docs.read_todo_item),
    "manageable_accounts": _Spec("/manageable_accounts", row_source=sources.ACCOUNT_LIST),
    "course_creation_accounts": _Spec("/course_creation_accounts", row_source=sources.ACCOUNT_LIST),
    "course_accounts": _Spec("/course_accounts", row_source=sources.BRIEF_ACCOUNT),
    "account_calendars": _CALENDARS("/account_calendars"),
    "calendars": _CALENDARS("/accounts/:account_id/account_calendars", Kind.ACCOUNT),
    "reports": _Spec(
        "/accounts/:account_id/reports/:report", Kind.ACCOUNT, read=docs.read_report, key=report_key
    ),
}
