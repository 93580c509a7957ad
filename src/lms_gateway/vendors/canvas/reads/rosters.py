"""The roster of a course: `/courses/:id/users` with the enrollments of each person.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lms_gateway.domain.loads import Members
from lms_gateway.domain.models import Enrollment
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.pagination import MAX_PAGE_SIZE, ListEndpoint
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.enrollment_filter import EnrollmentFilter
from lms_gateway.vendors.canvas.reads.filters import course_user_params
from lms_gateway.vendors.canvas.reads.list_query import ListQuery, search_params
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.canvas.rows.sources import (
    COURSE_ROSTER,
    RowRequest,
    build_enrollment_request,
    build_row_request,
    child_fields,
)
from lms_gateway.vendors.shared.pagination import batched

_COURSE_USERS = "/courses/:id/users"
_ENROLLMENT_REQUEST = build_enrollment_request()


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A row of a course's roster."""

    user: Record
    enrollments: Sequence[Enrollment]


def roster_query(
    batch: LoadBatch,
    endpoints: Sequence[ListEndpoint],
    fields: Set[str],
    pick: Callable[[RosterEntry], Iterable[Record]],
) -> ListQuery[RosterEntry]:
    """Return the query of a roster with all enrollments; `pick` selects the load's records."""
    request = build_row_request(COURSE_ROSTER, fields)
    params = (("include[]", "enrollments"), *request.params)
    return ListQuery(
        [list_endpoint.with_params(params) for list_endpoint in endpoints],
        lambda rows: _add_rows(batch, request, rows),
        pick,
        is_filtered=True,
        full_pages=True,
    )


def row_picker(load: Members, criteria: EnrollmentFilter) -> Callable[[RosterEntry], Iterable[Record]]:
    """Return a function that selects the load's records of a row, by group, role and state."""
    group = load.group

    def pick(entry: RosterEntry) -> Iterable[Record]:
        matching = [
            enrollment
            for enrollment in entry.enrollments
            if criteria.matches(enrollment)
            and (group.kind is Kind.COURSE or enrollment.section_id == group.id)
        ]
        return matching if load.kind is Kind.ENROLLMENT else (entry.user,) if matching else ()

    return pick


def user_endpoints(load: Members, criteria: EnrollmentFilter, course: str) -> list[ListEndpoint]:
    """Return the lists of a course's users, one for each hundred ids if the filter has ids."""
    canvas_params, first_page_params = course_user_params(load.filter.canvas)
    params = (*search_params(load.filter.search), *criteria.user_params(), *canvas_params)
    if load.filter.ids is None:
        return [ListEndpoint(("users",), _COURSE_USERS, (course,), params, first_page_params)]
    return users_by_id(course, load.filter.ids, params)


def users_by_id(course: str, ids: Iterable[str], params: Params) -> list[ListEndpoint]:
    """Return lists of these users of a course, as many as fit a page each."""
    chunks = batched(dict.fromkeys(ids), MAX_PAGE_SIZE)
    return [
        ListEndpoint(
            ("users", str(index)),
            _COURSE_USERS,
            (course,),
            (*params, *(("user_ids[]", user_id) for user_id in chunk)),
        )
        for index, chunk in enumerate(chunks)
    ]


def user_fields(load: Members, projection: Projection) -> Set[str]:
    """Return the fields requested of the users themselves."""
    return projection.fields if load.kind is Kind.USER else child_fields(projection, "user")


def _add_rows(batch: LoadBatch, request: RowRequest, rows: Sequence[Any]) -> list[RosterEntry]:
    """Store the users, and then the enrollments of all of them at once."""
    users = batch.add_rows(request, rows)
    nested: list[dict[str, Any]] = []
    counts = []
    for row, user in zip(rows, users, strict=True):
        values = row.get("enrollments")
        enrollment_rows = [
            {"user_id": user.key.id, **value}
            for value in (values if isinstance(values, list) else ())
            if isinstance(value, dict) and parse_id(value.get("id"))
        ]
        nested += enrollment_rows
        counts.append(len(enrollment_rows))
    records = iter(batch.add_rows(_ENROLLMENT_REQUEST, nested))
    return [
        RosterEntry(user, [record for record in islice(records, count) if isinstance(record, Enrollment)])
        for user, count in zip(users, counts, strict=True)
    ]
