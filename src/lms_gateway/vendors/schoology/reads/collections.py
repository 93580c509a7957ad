"""Reads of the lists of a course, user or account, and of the school's own lists.

Loads that differ only in their page size share one read.
https://developers.schoology.com/api-documentation/rest-api-v1/ (course, course-section, user, role, school)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace

from lms_gateway.domain.errors import Forbidden, Unsupported
from lms_gateway.domain.loads import (
    Children,
    CourseFilter,
    MemberFilter,
    Page,
    Position,
    Search,
    SectionFilter,
    UserFilter,
)
from lms_gateway.domain.models import AccountKind, EnrollmentState, Role
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api import endpoints
from lms_gateway.vendors.schoology.api.endpoints import ListEndpoint, endpoint
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    PagePosition,
    collect_pages,
    parse_rows,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.objects import parse_object, read_viewer_id
from lms_gateway.vendors.schoology.reads.rosters import matches_nothing
from lms_gateway.vendors.schoology.reads.rosters import validate_filter as validate_member_filter
from lms_gateway.vendors.schoology.reads.schools import add_account, read_account_kind
from lms_gateway.vendors.schoology.reads.user_collections import (
    CollectionLoad,
    LoadGroup,
    read_user_courses,
    read_user_enrollments,
    row_adder,
)
from lms_gateway.vendors.schoology.rows.converters import parse_id, to_bool, to_text
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps, get

_LISTS: Mapping[Kind | None, Set[Kind]] = {
    Kind.COURSE: {Kind.SECTION},
    Kind.USER: {Kind.SECTION, Kind.COURSE, Kind.ENROLLMENT},
    Kind.ACCOUNT: {Kind.COURSE, Kind.ACCOUNT},
    None: {Kind.COURSE, Kind.USER, Kind.ACCOUNT},
}
"""The lists that Schoology has: the kinds of items by the kind of the parent (None: the school)."""


def group_loads(batch: LoadBatch, loads: Iterable[CollectionLoad]) -> list[list[CollectionLoad]]:
    """Return groups of loads that one read can settle.

    Settles loads that Schoology does not support or that need no call.
    """
    groups: dict[CollectionLoad, list[CollectionLoad]] = {}
    for load in loads:
        error = _validate(load)
        if error is not None:
            batch.settle(load, error)
        elif load.page.first == 0 or matches_nothing(_member_filter(load)):
            batch.settle(load, Page((), (), has_next=False))
        else:
            group_key = replace(load, page=replace(load.page, first=0))
            groups.setdefault(group_key, []).append(load)
    return list(groups.values())


def _validate(load: CollectionLoad) -> Unsupported | None:
    """Return why Schoology does not support a load; None if it does."""
    parent_kind = load.parent.kind if isinstance(load, Children) else None
    if load.kind not in _LISTS.get(parent_kind, ()):
        return Unsupported("Schoology has no such list")
    match load.filter:
        case SectionFilter(search=str()):
            return Unsupported("filter.search: Schoology has no search among sections")
        case CourseFilter() as course_filter if course_filter != CourseFilter():
            return Unsupported("filter: Schoology cannot filter courses by search, state, term or teacher")
        case UserFilter(search=str()):
            return Unsupported("filter.search: Schoology has no search among users")
        case UserFilter(roles=tuple() as roles) if not {Role.TEACHER, Role.STUDENT} >= set(roles):
            return Unsupported("filter.roles: Schoology has only the roles TEACHER and STUDENT")
        case UserFilter(states=tuple() as states) if states != (EnrollmentState.ACTIVE,):
            return Unsupported("filter.states: Schoology lists active users only")
        case MemberFilter(ids=tuple()):
            return Unsupported("filter.ids is not supported for User.enrollments")
        case MemberFilter() as member_filter:
            return validate_member_filter(member_filter)
    return None


def _member_filter(load: CollectionLoad) -> MemberFilter:
    """Return the filter of a user's enrollments; an empty one for other lists."""
    return load.filter if isinstance(load.filter, MemberFilter) else MemberFilter()


def read_list(batch: LoadBatch, loads: LoadGroup) -> Steps[None]:
    """Read pages of one list. `loads` is a group of `group_loads`."""
    load = loads[0]
    after = load.page.after
    if isinstance(load, Search):
        match load.kind:
            case Kind.COURSE:
                return _search_courses(batch, loads, after)
            case Kind.USER:
                return _search_users(batch, loads, load.filter, after)
            case _:
                return _collect(batch, loads, endpoints.SCHOOLS, _school_adder(batch), after)
    parent = load.parent
    includes_past = isinstance(load.filter, SectionFilter) and bool(load.filter.include_past)
    params = endpoints.INCLUDE_PAST if includes_past else ()
    match parent.kind, load.kind:
        case Kind.COURSE, _:
            sections = endpoints.COURSE_SECTIONS.of(parent.id, params=params)
            return _collect(batch, loads, sections, _section_adder(batch, parent), after)
        case Kind.USER, Kind.SECTION:
            sections = endpoints.USER_SECTIONS.of(parent.id, params=params)
            return _collect(batch, loads, sections, row_adder(batch, Kind.SECTION), after)
        case Kind.USER, Kind.COURSE:
            return read_user_courses(batch, loads, parent.id, after)
        case Kind.USER, _:
            return read_user_enrollments(batch, loads, parent, _member_filter(load), after)
        case _, Kind.COURSE:
            return _account_courses(batch, loads, parent.id, after)
        case _:
            return _account_buildings(batch, loads, parent, after)


def _collect(
    batch: LoadBatch,
    loads: LoadGroup,
    list_endpoint: ListEndpoint,
    add_row: Callable[[Row], Record],
    after: Position | None,
    prefix: Position = (),
) -> Steps[None]:
    """Read pages of a vendor's list, all of whose rows are items."""
    position = LIST_START if after is None else PagePosition.from_cursor(after)
    collectors = [PageCollector[Record](load.page.first, from_start=position == LIST_START) for load in loads]
    yield from collect_pages(
        list_endpoint, batch.instance.origin, row_by_row(add_row), collectors, position, prefix
    )
    for load, collector in zip(loads, collectors, strict=True):
        batch.settle(load, collector.page())


def _section_adder(batch: LoadBatch, course: Key) -> Callable[[Row], Record]:
    """Return a function that adds sections of a course, even if their rows do not contain it."""
    add_row = row_adder(batch, Kind.SECTION)
    return lambda row: batch.store.merge(*add_row(row).key, {"course_id": course.id})


def _school_adder(batch: LoadBatch) -> Callable[[Row], Record]:
    return lambda row: add_account(batch, row, AccountKind.SCHOOL, None)


def _search_courses(batch: LoadBatch, loads: LoadGroup, after: Position | None) -> Steps[None]:
    """Read the school's courses, or those of the credential's user if the list is refused.

    A cursor begins with the list that was read: "all" or "own".
    Calls: GET /courses (administrators only), else /app-user-info and /users/:id/sections
    """
    negative_cache, name = batch.instance.negative_cache, endpoints.COURSES.template
    read_all = (batch, loads, endpoints.COURSES, row_adder(batch, Kind.COURSE))
    match after:
        case None:
            if not negative_cache.contains(name):
                try:
                    return (yield from _collect(*read_all, None, ("all",)))
                except Forbidden:
                    negative_cache.add(name)
            user_id = yield from read_viewer_id()
            yield from read_user_courses(batch, loads, user_id, None, ("own", user_id))
        case ("all", *rest):
            yield from _collect(*read_all, tuple(rest), ("all",))
        case ("own", str(user_id), *rest) if user_id.isascii() and user_id.isdigit():
            yield from read_user_courses(batch, loads, user_id, tuple(rest), ("own", user_id))
        case _:
            raise foreign_cursor()


def _account_courses(
    batch: LoadBatch, loads: LoadGroup, account_id: str, after: Position | None
) -> Steps[None]:
    """Read the courses of a building, or all courses of a school.

    Calls: GET /courses, with building_id for a building
    """
    position: Position | None
    match after:
        case None:
            kind: str = yield from read_account_kind(batch, account_id)
            position = None
        case (str(kind), *rest):
            position = tuple(rest)
        case _:
            raise foreign_cursor()
    courses = endpoints.COURSES
    if kind != AccountKind.SCHOOL:
        courses = courses.of(params=(("building_id", account_id),))
    add_row = row_adder(batch, Kind.COURSE)
    yield from _collect(batch, loads, courses, add_row, position, (str(kind),))


def _account_buildings(
    batch: LoadBatch, loads: LoadGroup, account: Key, after: Position | None
) -> Steps[None]:
    """Read a school's buildings. Buildings have none, so `recursive` makes no difference.

    Calls: GET /schools/:id/buildings
    """

    def add_row(row: Row) -> Record:
        return add_account(batch, row, AccountKind.BUILDING, account.id)

    yield from _collect(batch, loads, endpoints.BUILDINGS.of(account.id), add_row, after)


def _search_users(
    batch: LoadBatch, loads: LoadGroup, load_filter: object, after: Position | None
) -> Steps[None]:
    """Read the school's users, or those of some roles. A cursor begins with the ids of the roles.

    Calls: GET /users; before it /roles if the filter has roles
    """
    roles = load_filter.roles if isinstance(load_filter, UserFilter) else None
    position: Position | None
    match after:
        case None:
            role_ids = "" if roles is None else (yield from _role_ids(roles))
            position = None
            if roles is not None and not role_ids:
                for load in loads:
                    batch.settle(load, Page((), (), has_next=False, total=0))
                return
        case (str(role_ids), *rest) if not role_ids or all(map(str.isdigit, role_ids.split(","))):
            position = tuple(rest)
        case _:
            raise foreign_cursor()
    params: Params = (("role_ids", role_ids),) if role_ids else ()
    users = endpoints.USERS.of(params=params)
    yield from _collect(batch, loads, users, row_adder(batch, Kind.USER), position, (role_ids,))


def _role_ids(roles: Sequence[Role]) -> Steps[str]:
    """Return the ids of the school's own roles that are teachers or students, as `role_ids`.

    A school chooses the names of its roles and marks those of its faculty. Of the other roles, the
    one whose name contains "parent" is not of students.
    """
    reply = yield from get(endpoint(endpoints.ROLES.template))
    rows = parse_rows(parse_object(reply).get(endpoints.ROLES.rows_key))
    role_ids = []
    for row in rows:
        role_id = parse_id(row.get("id"))
        is_parent = "parent" in (to_text(row.get("title")) or "").lower()
        role = Role.TEACHER if to_bool(row.get("faculty")) else None if is_parent else Role.STUDENT
        if role_id is not None and role in roles:
            role_ids.append(role_id)
    return ",".join(role_ids)
