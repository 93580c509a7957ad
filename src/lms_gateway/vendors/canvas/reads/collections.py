"""Lists of courses, sections, users and accounts: nested in an object, or of the whole tenant.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from lms_gateway.domain.errors import Forbidden, Unsupported
from lms_gateway.domain.loads import (
    AccountFilter,
    Children,
    CourseFilter,
    MemberFilter,
    Search,
    SectionFilter,
    UserFilter,
)
from lms_gateway.domain.models import CourseState, Enrollment, EnrollmentState, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.pagination import ListEndpoint, cursor_tag
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.enrollment_filter import (
    CURRENT_STATES,
    SHORT_ENROLLMENT_TYPES,
    EnrollmentFilter,
)
from lms_gateway.vendors.canvas.reads.filters import (
    account_course_params,
    reject_canvas_filters,
    user_course_params,
)
from lms_gateway.vendors.canvas.reads.list_query import (
    ListQuery,
    record_list,
    run_list_query,
    search_params,
    source_list,
)
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.shared.steps import Steps

F = TypeVar("F", CourseFilter, SectionFilter, UserFilter, AccountFilter)

_EMPTY_FILTERS = {kind: kind() for kind in (CourseFilter, SectionFilter, UserFilter, AccountFilter)}
_USER_COURSE_STATES = {
    CourseState.UNPUBLISHED: ("unpublished",),
    CourseState.AVAILABLE: ("available",),
    CourseState.COMPLETED: ("completed",),
    CourseState.DELETED: ("deleted",),
}
# An account distinguishes courses that were never published from those that were withdrawn.
_ACCOUNT_COURSE_STATES = _USER_COURSE_STATES | {CourseState.UNPUBLISHED: ("created", "claimed")}

_ACCOUNT_COURSES = "/accounts/:id/courses"


def read_list(batch: LoadBatch, load: Children | Search, projection: Projection) -> Steps[None]:
    """Read a page of the list nested in an object, or of a list of the tenant.

    Raises Unsupported for a list or filter that Canvas does not have.
    """
    if isinstance(load, Search):
        if load.kind is Kind.COURSE:
            return _read_courses(batch, load, projection)
        search_query = _SEARCHES.get(load.kind)
        if search_query is None:
            raise Unsupported(f"Canvas has no list of all {load.kind}s")
        return run_list_query(batch, load, load.page, search_query(batch, load, projection))
    child_query = _CHILDREN.get((load.parent.kind, load.kind))
    if child_query is None:
        raise Unsupported(f"Canvas lists no {load.kind}s below a {load.parent.kind}")
    query = child_query(batch, load, projection, load.parent.id)
    return run_list_query(batch, load, load.page, query)


def _read_courses(batch: LoadBatch, load: Search, projection: Projection) -> Steps[None]:
    """Read the root account's courses, or the viewer's own if the account's are refused.

    Raises Forbidden if they are refused and only the account has the filter.
    """
    cache = batch.instance.negative_cache
    error = Forbidden("this credential may list its own courses only, and not search them")
    if cursor_tag(load.page) != ("own-courses",) and not cache.contains(_ACCOUNT_COURSES):
        try:
            query = _account_courses(batch, load, projection, "self")
            yield from run_list_query(batch, load, load.page, query)
            return
        except Forbidden as refusal:
            cache.add(_ACCOUNT_COURSES)
            error = refusal
    criteria = _filter_of(load, CourseFilter)
    if criteria.canvas or (criteria.search, criteria.term_id, criteria.teacher_ids) != (None,) * 3:
        raise error
    query = _user_courses(batch, load, projection, "self")
    yield from run_list_query(batch, load, load.page, query)


def _account_courses(
    batch: LoadBatch, load: Children | Search, projection: Projection, account: str
) -> ListQuery[Record]:
    """An account's courses, including those of the accounts below it."""
    criteria = _filter_of(load, CourseFilter)
    params = [*search_params(criteria.search)]
    params += _states(criteria, _ACCOUNT_COURSE_STATES)
    if criteria.term_id is not None:
        params.append(("enrollment_term_id", criteria.term_id))
    params += [("by_teachers[]", teacher_id) for teacher_id in criteria.teacher_ids or ()]
    params += account_course_params(criteria.canvas)
    list_endpoint = ListEndpoint(("courses",), _ACCOUNT_COURSES, (account,), tuple(params))
    keys = sources.course_keys(sources.ACCOUNT_COURSES, projection.children)
    return record_list(
        batch, list_endpoint, sources.build_row_request(sources.ACCOUNT_COURSES, projection.fields, *keys)
    )


def _user_courses(
    batch: LoadBatch, load: Children | Search, projection: Projection, user: str
) -> ListQuery[Record]:
    """The courses that a user is enrolled in; `self` is the viewer."""
    criteria = _filter_of(load, CourseFilter)
    if (criteria.search, criteria.term_id, criteria.teacher_ids) != (None,) * 3:
        raise Unsupported("Canvas narrows a user's courses by state only")
    params = (*_states(criteria, _USER_COURSE_STATES), *user_course_params(criteria.canvas))
    if user in ("self", batch.instance.viewer_id):
        list_endpoint = ListEndpoint(("own-courses",), "/courses", (), params)
    else:
        list_endpoint = ListEndpoint(("user-courses",), "/users/:id/courses", (user,), params)
    keys = sources.course_keys(sources.USER_COURSES, projection.children)
    return record_list(
        batch, list_endpoint, sources.build_row_request(sources.USER_COURSES, projection.fields, *keys)
    )


def _states(criteria: CourseFilter, words: Mapping[CourseState, Sequence[str]]) -> Params:
    return tuple(("state[]", word) for state in criteria.states or () for word in words[state])


def _course_sections(
    batch: LoadBatch, load: Children, projection: Projection, course: str
) -> ListQuery[Record]:
    """A course's sections; Canvas also lists those whose dates are in the past."""
    criteria = _filter_of(load, SectionFilter)
    if criteria.include_past is False:
        raise Unsupported("includePast: Canvas always lists past sections as well")
    params = search_params(criteria.search)
    list_endpoint = ListEndpoint(("sections",), "/courses/:id/sections", (course,), params)
    return source_list(batch, list_endpoint, sources.SECTION_ROW, projection.fields)


def _account_users(batch: LoadBatch, load: Search, projection: Projection) -> ListQuery[Record]:
    """The root account's users."""
    criteria = _filter_of(load, UserFilter)
    params = search_params(criteria.search)
    if criteria.states is not None:
        raise Unsupported("states: Canvas does not narrow an account's users by state")
    if criteria.roles is not None:
        params = (*params, ("enrollment_type", _single_role(criteria.roles)))
    list_endpoint = ListEndpoint(("users",), "/accounts/:id/users", ("self",), params)
    return source_list(batch, list_endpoint, sources.ACCOUNT_USERS, projection.fields)


def _accounts(batch: LoadBatch, load: Search, projection: Projection) -> ListQuery[Record]:
    """The accounts that the viewer may view or manage."""
    if _filter_of(load, AccountFilter).recursive:
        raise Unsupported("recursive: Canvas lists the caller's own accounts")
    list_endpoint = ListEndpoint(("accounts",), "/accounts")
    return source_list(batch, list_endpoint, sources.ACCOUNT_LIST, projection.fields)


def _sub_accounts(
    batch: LoadBatch, load: Children, projection: Projection, account: str
) -> ListQuery[Record]:
    """The accounts directly below an account, or all descendants."""
    params: Params = (("recursive", "true"),) if _filter_of(load, AccountFilter).recursive else ()
    list_endpoint = ListEndpoint(("sub-accounts",), "/accounts/:id/sub_accounts", (account,), params)
    return source_list(batch, list_endpoint, sources.SUB_ACCOUNTS, projection.fields)


def _user_enrollments(
    batch: LoadBatch, load: Children, projection: Projection, user: str
) -> ListQuery[Record]:
    """A user's enrollments in all courses."""
    criteria, members = load.filter, EnrollmentFilter.of(None, None)
    if isinstance(criteria, MemberFilter | UserFilter):
        if criteria.search is not None:
            raise Unsupported("search: Canvas does not search a user's enrollments")
        if isinstance(criteria, MemberFilter):
            if criteria.ids is not None:
                raise Unsupported("ids: not supported for the enrollments of one user")
            reject_canvas_filters(criteria.canvas, "a user's enrollments")
        members = EnrollmentFilter.of(criteria.roles, criteria.states)
    elif criteria is not None:
        raise Unsupported("Canvas narrows a user's enrollments by role and state only")
    request = sources.build_enrollment_request(projection.fields, sources.child_fields(projection, "user"))
    return record_list(batch, _enrollments_endpoint("enrollments", user, members), request)


def _user_sections(batch: LoadBatch, load: Children, projection: Projection, user: str) -> ListQuery[Record]:
    """The sections of a user's enrollments: Canvas has no list of a user's sections.

    An enrollment has few fields of its section; other fields are read section by section.
    """
    criteria = _filter_of(load, SectionFilter)
    if criteria.search is not None:
        raise Unsupported("search: Canvas does not search a user's sections")
    past_states = (EnrollmentState.COMPLETED,) if criteria.include_past else ()
    members = EnrollmentFilter.of(None, (*CURRENT_STATES, *past_states))
    request = sources.build_enrollment_request()

    def add_rows(rows: Sequence[Any]) -> list[Record]:
        records = batch.add_rows(request, rows)
        section_ids = [item.section_id for item in records if isinstance(item, Enrollment)]
        sections = [
            batch.store.merge(Kind.SECTION, section_id, {})
            for section_id in section_ids
            if section_id is not None
        ]
        if records and not sections:
            raise Forbidden("Canvas does not show this credential the sections of enrollments")
        return sections

    # Filtered: a section with two enrollments is an item once.
    endpoints = (_enrollments_endpoint("user-sections", user, members),)
    return ListQuery(endpoints, add_rows, is_filtered=True, full_pages=True)


def _enrollments_endpoint(tag: str, user: str, members: EnrollmentFilter) -> ListEndpoint:
    return ListEndpoint((tag,), "/users/:id/enrollments", (user,), members.enrollment_params())


def _filter_of(load: Children | Search, filter_type: type[F]) -> F:
    """Return the load's filter, or an empty one. Raises Unsupported for another list's filter."""
    if load.filter is None:
        return cast(F, _EMPTY_FILTERS[filter_type])
    if not isinstance(load.filter, filter_type):
        raise Unsupported("Canvas has no such filter on this list")
    return load.filter


def _single_role(roles: Sequence[Role]) -> str:
    """Return the only role that an endpoint accepts. Raises Unsupported for several roles."""
    if len(set(roles)) != 1 or roles[0] is Role.STUDENT_VIEW:
        raise Unsupported("roles: Canvas narrows this list to one role, and not to STUDENT_VIEW")
    return SHORT_ENROLLMENT_TYPES[roles[0]]


_SEARCHES: Mapping[Kind, Callable[[LoadBatch, Search, Projection], ListQuery[Record]]] = {
    Kind.USER: _account_users,
    Kind.ACCOUNT: _accounts,
}
_CHILDREN: Mapping[tuple[Kind, Kind], Callable[[LoadBatch, Children, Projection, str], ListQuery[Record]]] = {
    (Kind.ACCOUNT, Kind.COURSE): _account_courses,
    (Kind.ACCOUNT, Kind.ACCOUNT): _sub_accounts,
    (Kind.COURSE, Kind.SECTION): _course_sections,
    (Kind.USER, Kind.COURSE): _user_courses,
    (Kind.USER, Kind.ENROLLMENT): _user_enrollments,
    (Kind.USER, Kind.SECTION): _user_sections,
}
