"""The people of one section or course, and their enrollments.

A course's `/users` knows most of people and can be searched; `/enrollments` can be narrowed by any
state; a section's own `/users` (2025) is the shortest way to one section's people. Which of them
serves an ask exactly is decided here; what none can do is refused. Several sections of one course
are read together, in `rosters`.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lms_gateway.domain.errors import LmsError, NotFound, Unsupported, UpstreamInvalid
from lms_gateway.domain.loads import Members, Page
from lms_gateway.domain.models import Enrollment, Role, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.canvas.api.endpoints import endpoint
from lms_gateway.vendors.canvas.api.pagination import (
    MAX_PAGE_SIZE,
    ListEndpoint,
    PageIterator,
    PageToken,
    cursor_tag,
    parse_position,
)
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.enrollment_filter import (
    SHORT_ENROLLMENT_TYPES,
    EnrollmentFilter,
)
from lms_gateway.vendors.canvas.reads.filters import course_user_params, reject_canvas_filters
from lms_gateway.vendors.canvas.reads.list_query import (
    ListQuery,
    record_list,
    record_lists,
    run_list_query,
    search_params,
)
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.canvas.rows.sources import (
    COURSE_ROSTER,
    SECTION_ROW,
    SECTION_USERS,
    SUPPORTED_FIELDS,
    RowRequest,
    build_enrollment_request,
    build_row_request,
    child_fields,
)
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import batched
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

_SECTION_USERS = "/sections/:id/users"
_COURSE_USERS = "/courses/:id/users"
_ENROLLMENTS = {
    Kind.SECTION: "/sections/:id/enrollments",
    Kind.COURSE: "/courses/:id/enrollments",
}


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A row of a course's roster."""

    user: Record
    enrollments: Sequence[Enrollment]


def enrollment_filter(load: Members) -> EnrollmentFilter:
    """Whom the ask means. Raises Unsupported for a state that Canvas has not."""
    return EnrollmentFilter.of(load.filter.roles, load.filter.states)


def read_members(
    batch: LoadBatch, load: Members, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """Read a page of one section's or course's people.

    Raises Unsupported for what Canvas cannot tell, BadInput for what it cannot search.
    """
    search_params(load.filter.search)  # refuses a short term before anything is sent
    if (
        load.kind is not Kind.USER
        or load.group.kind is not Kind.COURSE
        or enrollment_filter(load).has_deleted
    ):
        reject_canvas_filters(load.filter.canvas, "sections and enrollments")
    if load.group.kind is Kind.SECTION:
        return _read_section_members(batch, load, projection)
    if load.group.kind is not Kind.COURSE:
        raise Unsupported(f"Canvas lists no members of a {load.group.kind}")
    return run_list_query(batch, load, load.page, _course_query(batch, load, projection))


def read_teachers(
    batch: LoadBatch, load: Members, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """Read a course's teachers, from the list that came with the course where that tells enough."""
    teachers = batch.store.cached_list(load.group, "teachers")
    if load.page.after is not None:
        if teachers is None:
            raise UpstreamInvalid("the vendor no longer lists the course's teachers")
    elif teachers is None or not all(
        _knows_fields(teacher, projection.fields) for teacher in teachers
    ):
        if teachers is None and batch.store.is_absent(load.group):
            batch.settle(load, None)
            return ()
        return (yield from read_members(batch, load, projection))
    batch.settle(load, _teachers_page(load, teachers))
    return ()


def are_teachers(load: Members) -> bool:
    """Whether the ask is for what a course's `teachers` include lists."""
    member_filter = load.filter
    return (
        load.group.kind is Kind.COURSE
        and load.kind is Kind.USER
        and member_filter.roles == (Role.TEACHER,)
        and (member_filter.search, member_filter.states, member_filter.ids, member_filter.canvas)
        == (None, None, None, ())
        and cursor_tag(load.page) in ((), ("teachers",))
    )


def roster_query(
    batch: LoadBatch,
    endpoints: Sequence[ListEndpoint],
    requested_fields: Set[str],
    pick: Callable[[RosterEntry], Iterable[Record]],
) -> ListQuery[RosterEntry]:
    """A course's roster with everyone's enrollments, of which `pick` says what is the ask's."""
    row_request = build_row_request(COURSE_ROSTER, requested_fields)
    params = (("include[]", "enrollments"), *row_request.params)
    return ListQuery(
        [
            list_endpoint._replace(params=(*list_endpoint.params, *params))
            for list_endpoint in endpoints
        ],
        lambda rows: add_roster_rows(batch, row_request, rows),
        pick,
        is_filtered=True,
        full_pages=True,
    )


def add_roster_rows(
    batch: LoadBatch, row_request: RowRequest, rows: Sequence[Any]
) -> list[RosterEntry]:
    """Take in rows of a course's roster, and the enrollments within."""
    enrollment_rows: list[dict[str, Any]] = []
    counts = []
    users = batch.add_rows(row_request, rows)
    for row, user in zip(rows, users, strict=True):
        nested = row.get("enrollments")
        user_rows = [
            {"user_id": user.key.id, **row_or_record}
            for row_or_record in (nested if isinstance(nested, list) else ())
            if isinstance(row_or_record, dict) and parse_id(row_or_record.get("id"))
        ]
        enrollment_rows += user_rows
        counts.append(len(user_rows))
    enrollments = iter(batch.add_rows(_ROSTER_ENROLLMENT_REQUEST, enrollment_rows))
    return [
        RosterEntry(
            user,
            [
                row_or_record
                for row_or_record in islice(enrollments, count)
                if isinstance(row_or_record, Enrollment)
            ],
        )
        for user, count in zip(users, counts, strict=True)
    ]


def row_picker(
    load: Members, criteria: EnrollmentFilter
) -> Callable[[RosterEntry], Iterable[Record]]:
    """What of a roster's row belongs to an ask, by the group and role of each enrollment."""
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


def user_fields(load: Members, projection: Projection) -> Set[str]:
    """What is wanted of the people themselves."""
    return projection.fields if load.kind is Kind.USER else child_fields(projection, "user")


def _course_query(batch: LoadBatch, load: Members, projection: Projection) -> ListQuery[Any]:
    criteria, member_filter, course = enrollment_filter(load), load.filter, load.group.id
    is_narrowed = member_filter.search is not None or member_filter.ids is not None
    if load.kind is Kind.ENROLLMENT and is_narrowed:
        endpoints = _user_endpoints(load, criteria, course)
        return roster_query(
            batch,
            endpoints,
            child_fields(projection, "user"),
            row_picker(load, _require_current(criteria)),
        )
    if load.kind is Kind.ENROLLMENT or criteria.has_deleted:
        return _enrollments_query(batch, load, projection, criteria)
    row_request = build_row_request(COURSE_ROSTER, projection.fields)
    endpoints = [
        list_endpoint._replace(params=(*list_endpoint.params, *row_request.params))
        for list_endpoint in _user_endpoints(load, criteria, course)
    ]
    return record_lists(batch, endpoints, row_request, full_pages=member_filter.ids is not None)


def _user_endpoints(load: Members, criteria: EnrollmentFilter, course: str) -> list[ListEndpoint]:
    """A course's `/users`; one listing for each hundred of the ids that it is narrowed to."""
    canvas_params, first_page_params = course_user_params(load.filter.canvas)
    params = (*search_params(load.filter.search), *criteria.user_params(), *canvas_params)
    if load.filter.ids is None:
        return [ListEndpoint(("users",), _COURSE_USERS, (course,), params, first_page_params)]
    return [
        ListEndpoint(
            ("users", str(index)),
            _COURSE_USERS,
            (course,),
            (*params, *(("user_ids[]", user_id) for user_id in id_chunk)),
        )
        for index, id_chunk in enumerate(batched(dict.fromkeys(load.filter.ids), MAX_PAGE_SIZE))
    ]


def _enrollments_query(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> ListQuery[Record]:
    """People by their enrollments: any state, several roles."""
    if load.filter.search is not None or load.filter.ids is not None:
        raise Unsupported(
            "search, ids: Canvas does not narrow enrollments by these together with such states"
            " or several roles"
        )
    kind = load.group.kind
    list_endpoint = ListEndpoint(
        (f"{kind}-enrollments",), _ENROLLMENTS[kind], (load.group.id,), criteria.enrollment_params()
    )
    if load.kind is Kind.ENROLLMENT:
        row_request = build_enrollment_request(projection.fields, child_fields(projection, "user"))
        query = record_list(batch, list_endpoint, row_request)
        return query._replace(finish=_completer(batch, load, projection, criteria))
    row_request = build_enrollment_request(user_fields=projection.fields)
    list_endpoint = ListEndpoint(
        list_endpoint.tag,
        list_endpoint.template,
        list_endpoint.ids,
        (*list_endpoint.params, *row_request.params),
    )
    # Sifted, because somebody who was met before is not taken again.
    return ListQuery(
        (list_endpoint,),
        lambda rows: batch.add_rows(row_request, rows),
        lambda enrollment: _enrolled_users(batch, (enrollment,)),
        is_filtered=True,
        full_pages=True,
        row_request=row_request,
        finish=_completer(batch, load, projection, criteria),
    )


def _read_section_members(
    batch: LoadBatch, load: Members, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    criteria, member_filter, tag = enrollment_filter(load), load.filter, cursor_tag(load.page)
    if member_filter.ids is not None:
        return (
            yield from _read_section_by_ids(batch, load, projection, _require_current(criteria))
        )
    negative_cache, is_missing = batch.instance.negative_cache, False
    is_simple = load.kind is Kind.USER and criteria.is_current and _is_single_role(criteria.roles)
    if (
        is_simple
        and tag in ((), ("section-users",))
        and not negative_cache.contains(_SECTION_USERS)
    ):
        try:
            query = _section_users_query(batch, load, projection, criteria)
            return (yield from run_list_query(batch, load, load.page, query))
        except NotFound:
            if member_filter.search is not None:
                raise NotFound("no such section, or a Canvas too old to search one") from None
            is_missing = True
    query = _enrollments_query(batch, load, projection, criteria)
    further_tasks = yield from run_list_query(batch, load, load.page, query)
    if is_missing:  # and the section is there: the endpoint is what this Canvas lacks
        negative_cache.add(_SECTION_USERS)
    return further_tasks


def _section_users_query(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> ListQuery[Record]:
    params = (*search_params(load.filter.search), ("exclude_inactive", "true"))
    if criteria.roles:
        params = (*params, ("enrollment_type", SHORT_ENROLLMENT_TYPES[criteria.roles[0]]))
    list_endpoint = ListEndpoint(("section-users",), _SECTION_USERS, (load.group.id,), params)
    query = record_list(batch, list_endpoint, build_row_request(SECTION_USERS, projection.fields))
    return query._replace(finish=_completer(batch, load, projection, criteria))


def _completer(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> Callable[[Sequence[Record]], Steps[None]]:
    """What a page still takes before it is settled, where its endpoint tells little of people."""

    def finish(items: Sequence[Record]) -> Steps[None]:
        users = items if load.kind is Kind.USER else _enrolled_users(batch, items)
        yield from _complete_users(
            batch, _course_id(batch, load.group), users, user_fields(load, projection), criteria
        )

    return finish


def _complete_users(
    batch: LoadBatch,
    course: str | None,
    users: Sequence[Record],
    fields: Set[str],
    criteria: EnrollmentFilter,
) -> Steps[None]:
    """Ask the course's roster for what sections and enrollments leave out (`email`).

    That is one call for a page of people, not one for each. Where it fails they stay as they are,
    and are asked for by id.
    """
    wanted_fields = fields & COURSE_ROSTER.fields & SUPPORTED_FIELDS[Kind.USER]
    user_ids = [user.key.id for user in users if not wanted_fields <= user.known_fields]
    if course is None or len(user_ids) < 2 or criteria.has_deleted:
        return
    row_request = build_row_request(COURSE_ROSTER, wanted_fields)
    params = (*EnrollmentFilter(None, criteria.states).user_params(), *row_request.params)
    endpoints = [
        ListEndpoint(
            (),
            _COURSE_USERS,
            (course,),
            (*params, *(("user_ids[]", user_id) for user_id in id_chunk)),
        )
        for id_chunk in batched(dict.fromkeys(user_ids), MAX_PAGE_SIZE)
    ]
    page_iterator = PageIterator(endpoints, batch.instance.resolve_link, PageToken(), MAX_PAGE_SIZE)
    try:
        while page_iterator.next_token is not None:
            vendor_page = yield from page_iterator.read_page()
            batch.add_rows(row_request, vendor_page.rows)
    except LmsError:
        return


def _read_section_by_ids(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> Steps[Sequence[ReadTask]]:
    """Those of a section's people who have these ids: its course's roster can tell."""
    course = _course_id(batch, load.group)
    if course is None:
        reply = yield from fetch(endpoint("/sections/:id", load.group.id))
        batch.add_rows(build_row_request(SECTION_ROW), [reply.decode()])
        course = _course_id(batch, load.group)
    if course is None:
        raise UpstreamInvalid("the vendor did not tell the section's course")
    endpoints = _user_endpoints(load, criteria, course)
    query = roster_query(
        batch, endpoints, user_fields(load, projection), row_picker(load, criteria)
    )
    return (yield from run_list_query(batch, load, load.page, query))


def _course_id(batch: LoadBatch, group: Key) -> str | None:
    """The course of a group, which may be one itself; None where no row has told it."""
    if group.kind is Kind.COURSE:
        return group.id
    section = batch.store.get(Section, group.id)
    return None if section is None else section.course_id


def _enrolled_users(batch: LoadBatch, enrollments: Iterable[Record]) -> list[Record]:
    user_ids = [record.user_id for record in enrollments if isinstance(record, Enrollment)]
    users = [
        batch.store.find(Key(Kind.USER, user_id)) for user_id in user_ids if user_id is not None
    ]
    return [record for record in users if record is not None]


def _require_current(criteria: EnrollmentFilter) -> EnrollmentFilter:
    """Raises Unsupported for other states: a roster's rows tell current enrollments only."""
    if not criteria.is_current:
        raise Unsupported("states: Canvas cannot combine these states with search or ids here")
    return criteria


def _is_single_role(roles: tuple[Role, ...] | None) -> bool:
    return roles is None or (len(roles) == 1 and roles[0] is not Role.STUDENT_VIEW)


def _knows_fields(user: Record, fields: Set[str]) -> bool:
    return fields & SUPPORTED_FIELDS[Kind.USER] <= user.known_fields


def _teachers_page(load: Members, teachers: Sequence[Record]) -> Page:
    after = load.page.after
    begin = 0 if after is None else parse_position(after)[2]
    items = teachers[begin : begin + load.page.first]
    positions = [("teachers", "", 0, index + 1) for index in range(begin, begin + len(items))]
    return Page(items, positions, begin + len(items) < len(teachers), len(teachers))


_ROSTER_ENROLLMENT_REQUEST = build_enrollment_request()
