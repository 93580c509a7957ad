"""Lists of courses, sections, users and accounts: what hangs below an object, and searches.

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
)
from lms_gateway.vendors.canvas.rows.sources import (
    ACCOUNT_COURSES,
    ACCOUNT_LIST,
    ACCOUNT_USERS,
    SECTION_ROW,
    SUB_ACCOUNTS,
    USER_COURSES,
    build_enrollment_request,
    build_row_request,
    child_fields,
    course_keys,
)
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.steps import Steps

F = TypeVar("F", CourseFilter, SectionFilter, UserFilter, AccountFilter)

_EMPTY_FILTERS = {kind: kind() for kind in (CourseFilter, SectionFilter, UserFilter, AccountFilter)}
_USER_COURSE_STATES = {
    CourseState.UNPUBLISHED: ("unpublished",),
    CourseState.AVAILABLE: ("available",),
    CourseState.COMPLETED: ("completed",),
    CourseState.DELETED: ("deleted",),
}
# An account's list tells courses that were never published from those that were withdrawn.
_ACCOUNT_COURSE_STATES = _USER_COURSE_STATES | {CourseState.UNPUBLISHED: ("created", "claimed")}

_ACCOUNT_COURSES = "/accounts/:id/courses"


def read_list(
    batch: LoadBatch, load: Children | Search, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """Read what hangs below an object, or a list of the tenant's own.

    Raises Unsupported for a list or filter that Canvas has not.
    """
    if isinstance(load, Search):
        if load.kind is Kind.COURSE:
            return read_courses(batch, load, projection)
        build_query = _SEARCHES.get(load.kind)
        if build_query is None:
            raise Unsupported(f"Canvas has no list of all {load.kind}s")
        return run_list_query(batch, load, load.page, build_query(batch, load, projection))
    build_child_query = _CHILDREN.get((load.parent.kind, load.kind))
    if build_child_query is None:
        raise Unsupported(f"Canvas lists no {load.kind}s below a {load.parent.kind}")
    return run_list_query(
        batch, load, load.page, build_child_query(batch, load, projection, load.parent.id)
    )


def read_courses(
    batch: LoadBatch, load: Search, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """The tenant's courses: the root account's, or the caller's own where that is refused.

    Raises Forbidden where it is refused and the filter is one that only the account can do.
    """
    course_filter = _filter_of(load, CourseFilter)
    negative_cache = batch.instance.negative_cache
    rejection = Forbidden("this credential may list its own courses only, and not search them")
    if cursor_tag(load.page) != ("own-courses",) and not negative_cache.contains(_ACCOUNT_COURSES):
        try:
            return (
                yield from run_list_query(
                    batch, load, load.page, account_courses(batch, load, projection, "self")
                )
            )
        except Forbidden as error:
            negative_cache.add(_ACCOUNT_COURSES)
            rejection = error
    if _needs_account_list(course_filter):
        raise rejection
    return (
        yield from run_list_query(
            batch, load, load.page, user_courses(batch, load, projection, "self")
        )
    )


def account_courses(
    batch: LoadBatch, load: Children | Search, projection: Projection, account: str
) -> ListQuery[Record]:
    """An account's courses, those of accounts below it among them."""
    course_filter = _filter_of(load, CourseFilter)
    params: list[tuple[str, str]] = [*search_params(course_filter.search)]
    params += [
        ("state[]", state_word)
        for state in course_filter.states or ()
        for state_word in _ACCOUNT_COURSE_STATES[state]
    ]
    if course_filter.term_id is not None:
        params.append(("enrollment_term_id", course_filter.term_id))
    params += [("by_teachers[]", teacher_id) for teacher_id in course_filter.teacher_ids or ()]
    params += account_course_params(course_filter.canvas)
    list_endpoint = ListEndpoint(("courses",), _ACCOUNT_COURSES, (account,), tuple(params))
    keys = course_keys(ACCOUNT_COURSES, projection.children)
    return record_list(
        batch, list_endpoint, build_row_request(ACCOUNT_COURSES, projection.fields, *keys)
    )


def user_courses(
    batch: LoadBatch, load: Children | Search, projection: Projection, user: str
) -> ListQuery[Record]:
    """The courses that a user is enrolled in; `self` is the viewer."""
    course_filter = _filter_of(load, CourseFilter)
    if (
        course_filter.search is not None
        or course_filter.term_id is not None
        or course_filter.teacher_ids is not None
    ):
        raise Unsupported("Canvas narrows a user's courses by state only")
    states = tuple(
        ("state[]", state_word)
        for state in course_filter.states or ()
        for state_word in _USER_COURSE_STATES[state]
    )
    params = (*states, *user_course_params(course_filter.canvas))
    if user in ("self", batch.instance.viewer_id):
        list_endpoint = ListEndpoint(("own-courses",), "/courses", (), params)
    else:
        list_endpoint = ListEndpoint(("user-courses",), "/users/:id/courses", (user,), params)
    keys = course_keys(USER_COURSES, projection.children)
    return record_list(
        batch, list_endpoint, build_row_request(USER_COURSES, projection.fields, *keys)
    )


def _needs_account_list(course_filter: CourseFilter) -> bool:
    """Whether a filter is one that only an account's list of courses can do."""
    criteria = (course_filter.search, course_filter.term_id, course_filter.teacher_ids)
    return any(criterion is not None for criterion in criteria) or bool(course_filter.canvas)


def course_sections(
    batch: LoadBatch, load: Children, projection: Projection, course: str
) -> ListQuery[Record]:
    """A course's sections, whose dates never keep them out of the list."""
    section_filter = _filter_of(load, SectionFilter)
    if section_filter.include_past is False:
        raise Unsupported("includePast: Canvas always lists past sections as well")
    list_endpoint = ListEndpoint(
        ("sections",), "/courses/:id/sections", (course,), search_params(section_filter.search)
    )
    return record_list(batch, list_endpoint, build_row_request(SECTION_ROW, projection.fields))


def account_users(batch: LoadBatch, load: Search, projection: Projection) -> ListQuery[Record]:
    """The root account's users."""
    user_filter = _filter_of(load, UserFilter)
    params = search_params(user_filter.search)
    if user_filter.states is not None:
        raise Unsupported("states: Canvas does not narrow an account's users by state")
    if user_filter.roles is not None:
        params = (*params, ("enrollment_type", _single_role(user_filter.roles)))
    list_endpoint = ListEndpoint(("users",), "/accounts/:id/users", ("self",), params)
    return record_list(batch, list_endpoint, build_row_request(ACCOUNT_USERS, projection.fields))


def accounts(batch: LoadBatch, load: Search, projection: Projection) -> ListQuery[Record]:
    """The accounts that the caller may view or manage."""
    if _filter_of(load, AccountFilter).recursive:
        raise Unsupported("recursive: Canvas lists the caller's own accounts")
    return record_list(
        batch,
        ListEndpoint(("accounts",), "/accounts"),
        build_row_request(ACCOUNT_LIST, projection.fields),
    )


def sub_accounts(
    batch: LoadBatch, load: Children, projection: Projection, account: str
) -> ListQuery[Record]:
    """The accounts directly below one, or all of them."""
    params: Params = (("recursive", "true"),) if _filter_of(load, AccountFilter).recursive else ()
    list_endpoint = ListEndpoint(
        ("sub-accounts",), "/accounts/:id/sub_accounts", (account,), params
    )
    return record_list(batch, list_endpoint, build_row_request(SUB_ACCOUNTS, projection.fields))


def user_enrollments(
    batch: LoadBatch, load: Children, projection: Projection, user: str
) -> ListQuery[Record]:
    """A user's enrollments in all courses."""
    load_filter = load.filter
    criteria = EnrollmentFilter.of(None, None)
    if isinstance(load_filter, MemberFilter | UserFilter):
        if load_filter.search is not None:
            raise Unsupported("search: Canvas does not search a user's enrollments")
        if isinstance(load_filter, MemberFilter):
            if load_filter.ids is not None:
                raise Unsupported("ids: a user's enrollments are nobody else's")
            reject_canvas_filters(load_filter.canvas, "a user's enrollments")
        criteria = EnrollmentFilter.of(load_filter.roles, load_filter.states)
    elif load_filter is not None:
        raise Unsupported("Canvas narrows a user's enrollments by role and state only")
    list_endpoint = ListEndpoint(
        ("enrollments",), "/users/:id/enrollments", (user,), criteria.enrollment_params()
    )
    return record_list(
        batch,
        list_endpoint,
        build_enrollment_request(projection.fields, child_fields(projection, "user")),
    )


def user_sections(
    batch: LoadBatch, load: Children, projection: Projection, user: str
) -> ListQuery[Record]:
    """The sections that a user is enrolled in, told by the enrollments: Canvas has no list of them.

    An enrollment knows little of its section; what else is wanted is read section by section.
    """
    section_filter = _filter_of(load, SectionFilter)
    if section_filter.search is not None:
        raise Unsupported("search: Canvas does not search a user's sections")
    past_states = (EnrollmentState.COMPLETED,) if section_filter.include_past else ()
    criteria = EnrollmentFilter.of(None, (*CURRENT_STATES, *past_states))
    list_endpoint = ListEndpoint(
        ("user-sections",), "/users/:id/enrollments", (user,), criteria.enrollment_params()
    )
    row_request = build_enrollment_request()

    def add_rows(rows: Sequence[Any]) -> list[Record]:
        enrollments = [
            enrollment
            for enrollment in batch.add_rows(row_request, rows)
            if isinstance(enrollment, Enrollment)
        ]
        sections = [
            batch.store.merge(Kind.SECTION, enrollment.section_id, {})
            for enrollment in enrollments
            if enrollment.section_id is not None
        ]
        if enrollments and not sections:
            raise Forbidden("Canvas does not tell this credential who is in which section")
        return sections

    # Sifted, because a section that was met before is not taken again.
    return ListQuery((list_endpoint,), add_rows, None, is_filtered=True, full_pages=True)


def _filter_of(load: Children | Search, filter_type: type[F]) -> F:
    """The ask's filter; one without limits where it has none. Raises Unsupported for another's."""
    if load.filter is None:
        return cast(F, _EMPTY_FILTERS[filter_type])
    if not isinstance(load.filter, filter_type):
        raise Unsupported("Canvas has no such filter on this list")
    return load.filter


def _single_role(roles: Sequence[Role]) -> str:
    """The one role that an endpoint can be narrowed to. Raises Unsupported for more."""
    if len(set(roles)) != 1 or roles[0] is Role.STUDENT_VIEW:
        raise Unsupported("roles: Canvas narrows this list to one role, and not to STUDENT_VIEW")
    return SHORT_ENROLLMENT_TYPES[roles[0]]


_SEARCHES: Mapping[Kind, Callable[[LoadBatch, Search, Projection], ListQuery[Record]]] = {
    Kind.USER: account_users,
    Kind.ACCOUNT: accounts,
}
_CHILDREN: Mapping[
    tuple[Kind, Kind], Callable[[LoadBatch, Children, Projection, str], ListQuery[Record]]
] = {
    (Kind.ACCOUNT, Kind.COURSE): account_courses,
    (Kind.ACCOUNT, Kind.ACCOUNT): sub_accounts,
    (Kind.COURSE, Kind.SECTION): course_sections,
    (Kind.USER, Kind.COURSE): user_courses,
    (Kind.USER, Kind.ENROLLMENT): user_enrollments,
    (Kind.USER, Kind.SECTION): user_sections,
}
