"""Users of one section or course, and their enrollments.

Four endpoints can list them. The cases, in the order in which they are tried:

group    load          filter                     endpoint
section  any           ids                        roster of the course, with ids
section  users         current states, one role   /sections/:id/users (Canvas of 2025)
section  any           other                      /sections/:id/enrollments
course   users         no deleted enrollments     /courses/:id/users
course   enrollments   search or ids              roster of the course, current states only
course   any           other                      /courses/:id/enrollments

What none of them can filter is refused. Several sections of one course are read together, in
`course_rosters`.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Callable, Iterable, Sequence, Set
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
from lms_gateway.vendors.canvas.reads.enrollment_filter import SHORT_ENROLLMENT_TYPES, EnrollmentFilter
from lms_gateway.vendors.canvas.reads.filters import reject_canvas_filters
from lms_gateway.vendors.canvas.reads.list_query import (
    ListQuery,
    record_list,
    record_lists,
    run_list_query,
    search_params,
    source_list,
)
from lms_gateway.vendors.canvas.reads.rosters import (
    roster_query,
    row_picker,
    user_endpoints,
    user_fields,
    users_by_id,
)
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

_SECTION_USERS = "/sections/:id/users"
_ENROLLMENTS = {Kind.SECTION: "/sections/:id/enrollments", Kind.COURSE: "/courses/:id/enrollments"}


def enrollment_filter(load: Members) -> EnrollmentFilter:
    """Return the roles and states of a load. Raises Unsupported for a state unknown to Canvas."""
    return EnrollmentFilter.of(load.filter.roles, load.filter.states)


def read_members(batch: LoadBatch, load: Members, projection: Projection) -> Steps[None]:
    """Read a page of users or enrollments of one section or course.

    Raises Unsupported and BadInput for a filter that Canvas does not have, before any call.
    """
    search_params(load.filter.search)
    is_course = load.group.kind is Kind.COURSE
    if load.kind is not Kind.USER or not is_course or enrollment_filter(load).has_deleted:
        reject_canvas_filters(load.filter.canvas, "sections and enrollments")
    if load.group.kind is Kind.SECTION:
        return _read_section(batch, load, projection)
    if not is_course:
        raise Unsupported(f"Canvas lists no members of a {load.group.kind}")
    return run_list_query(batch, load, load.page, _course_query(batch, load, projection))


def read_teachers(batch: LoadBatch, load: Members, projection: Projection) -> Steps[None]:
    """Read a course's teachers, from the course's own row if that has all requested fields."""
    teachers = batch.store.cached_list(load.group, "teachers")
    fields = projection.fields & sources.SUPPORTED_FIELDS[Kind.USER]
    if load.page.after is not None:
        if teachers is None:
            raise UpstreamInvalid("the vendor no longer lists the course's teachers")
    elif teachers is None or not all(fields <= user.known_fields for user in teachers):
        if teachers is None and batch.store.is_absent(load.group):
            batch.settle(load, None)
        else:
            yield from read_members(batch, load, projection)
        return
    batch.settle(load, _teachers_page(load, teachers))


def are_teachers(load: Members) -> bool:
    """Return whether a load can be resolved from the `teachers` of a course's row."""
    criteria = load.filter
    return (
        load.group.kind is Kind.COURSE
        and load.kind is Kind.USER
        and criteria.roles == (Role.TEACHER,)
        and (criteria.search, criteria.states, criteria.ids, criteria.canvas) == (None, None, None, ())
        and cursor_tag(load.page) in ((), ("teachers",))
    )


def _course_query(batch: LoadBatch, load: Members, projection: Projection) -> ListQuery[Any]:
    criteria, course = enrollment_filter(load), load.group.id
    is_narrowed = load.filter.search is not None or load.filter.ids is not None
    if load.kind is Kind.ENROLLMENT and is_narrowed:
        return _roster_query(batch, load, projection, _require_current(criteria), course)
    if load.kind is Kind.ENROLLMENT or criteria.has_deleted:
        return _enrollments_query(batch, load, projection, criteria)
    request = sources.build_row_request(sources.COURSE_ROSTER, projection.fields)
    endpoints = [
        list_endpoint.with_params(request.params) for list_endpoint in user_endpoints(load, criteria, course)
    ]
    return record_lists(batch, endpoints, request, full_pages=load.filter.ids is not None)


def _roster_query(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter, course: str
) -> ListQuery[Any]:
    endpoints = user_endpoints(load, criteria, course)
    return roster_query(batch, endpoints, user_fields(load, projection), row_picker(load, criteria))


def _enrollments_query(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> ListQuery[Record]:
    """Return the query of a group's enrollments, which can have any state and several roles."""
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
        request = sources.build_enrollment_request(
            projection.fields, sources.child_fields(projection, "user")
        )
        query = record_list(batch, list_endpoint, request)
    else:
        request = sources.build_enrollment_request(user_fields=projection.fields)
        # Filtered: a user with two enrollments is an item once.
        query = record_list(batch, list_endpoint, request)._replace(
            pick=lambda enrollment: _enrolled_users(batch, (enrollment,)), is_filtered=True, full_pages=True
        )
    return query._replace(finish=_completer(batch, load, projection, criteria))


def _read_section(batch: LoadBatch, load: Members, projection: Projection) -> Steps[None]:
    criteria, tag = enrollment_filter(load), cursor_tag(load.page)
    if load.filter.ids is not None:
        criteria = _require_current(criteria)
        course = yield from _read_course_id(batch, load.group)
        query = _roster_query(batch, load, projection, criteria, course)
        yield from run_list_query(batch, load, load.page, query)
        return
    cache, is_missing = batch.instance.negative_cache, False
    is_simple = load.kind is Kind.USER and criteria.is_current and _is_single_role(criteria.roles)
    if is_simple and tag in ((), ("section-users",)) and not cache.contains(_SECTION_USERS):
        try:
            query = _section_users_query(batch, load, projection, criteria)
            yield from run_list_query(batch, load, load.page, query)
            return
        except NotFound:
            if load.filter.search is not None:
                message = "section not found, or this Canvas is too old to search in a section"
                raise NotFound(message) from None
            is_missing = True
    query = _enrollments_query(batch, load, projection, criteria)
    yield from run_list_query(batch, load, load.page, query)
    if is_missing:  # The section exists, so this Canvas lacks the endpoint.
        cache.add(_SECTION_USERS)


def _section_users_query(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> ListQuery[Record]:
    params = (*search_params(load.filter.search), ("exclude_inactive", "true"))
    if criteria.roles:
        params = (*params, ("enrollment_type", SHORT_ENROLLMENT_TYPES[criteria.roles[0]]))
    list_endpoint = ListEndpoint(("section-users",), _SECTION_USERS, (load.group.id,), params)
    query = source_list(batch, list_endpoint, sources.SECTION_USERS, projection.fields)
    return query._replace(finish=_completer(batch, load, projection, criteria))


def _completer(
    batch: LoadBatch, load: Members, projection: Projection, criteria: EnrollmentFilter
) -> Callable[[Sequence[Record]], Steps[None]]:
    """Return the last step of a page whose endpoint returns few fields of a user."""

    def finish(items: Sequence[Record]) -> Steps[None]:
        users = items if load.kind is Kind.USER else _enrolled_users(batch, items)
        fields = user_fields(load, projection)
        yield from _complete_users(batch, _course_id(batch, load.group), users, fields, criteria)

    return finish


def _complete_users(
    batch: LoadBatch,
    course: str | None,
    users: Sequence[Record],
    fields: Set[str],
    criteria: EnrollmentFilter,
) -> Steps[None]:
    """Read from the course's roster what sections and enrollments omit (`email`).

    That is one call for a page of users instead of one for each. If it fails, the fields stay
    unknown, and each user is read by id.
    """
    fields = fields & sources.COURSE_ROSTER.fields & sources.SUPPORTED_FIELDS[Kind.USER]
    ids = [user.key.id for user in users if not fields <= user.known_fields]
    if course is None or len(ids) < 2 or criteria.has_deleted:
        return
    request = sources.build_row_request(sources.COURSE_ROSTER, fields)
    params = (*EnrollmentFilter(None, criteria.states).user_params(), *request.params)
    endpoints = users_by_id(course, ids, params)
    pages = PageIterator(endpoints, batch.instance.resolve_link, PageToken(), MAX_PAGE_SIZE)
    try:
        while pages.next_token is not None:
            page = yield from pages.read_page()
            batch.add_rows(request, page.rows)
    except LmsError:
        return


def _read_course_id(batch: LoadBatch, section: Key) -> Steps[str]:
    course = _course_id(batch, section)
    if course is None:
        reply = yield from fetch(endpoint("/sections/:id", section.id))
        batch.add_rows(sources.build_row_request(sources.SECTION_ROW), [reply.decode()])
        course = _course_id(batch, section)
    if course is None:
        raise UpstreamInvalid("the vendor's reply does not name the section's course")
    return course


def _course_id(batch: LoadBatch, group: Key) -> str | None:
    """Return the course of a section or course; None if no row has named it."""
    if group.kind is Kind.COURSE:
        return group.id
    section = batch.store.get(Section, group.id)
    return None if section is None else section.course_id


def _enrolled_users(batch: LoadBatch, enrollments: Iterable[Record]) -> list[Record]:
    ids = [record.user_id for record in enrollments if isinstance(record, Enrollment)]
    users = [batch.store.find(Key(Kind.USER, user_id)) for user_id in ids if user_id is not None]
    return [user for user in users if user is not None]


def _require_current(criteria: EnrollmentFilter) -> EnrollmentFilter:
    """Raise Unsupported for other states: a roster contains current enrollments only."""
    if not criteria.is_current:
        raise Unsupported("states: Canvas cannot combine these states with search or ids here")
    return criteria


def _is_single_role(roles: tuple[Role, ...] | None) -> bool:
    return roles is None or (len(roles) == 1 and roles[0] is not Role.STUDENT_VIEW)


def _teachers_page(load: Members, teachers: Sequence[Record]) -> Page:
    after = load.page.after
    begin = 0 if after is None else parse_position(after)[2]
    items = teachers[begin : begin + load.page.first]
    positions = [("teachers", "", 0, begin + index + 1) for index in range(len(items))]
    return Page(items, positions, begin + len(items) < len(teachers), len(teachers))
