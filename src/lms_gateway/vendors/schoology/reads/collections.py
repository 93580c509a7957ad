"""What hangs below an object, and the school's own lists.

Asks that differ only in how many rows they want share one reading.
https://developers.schoology.com/api-documentation/rest-api-v1/ (course, course-section, user,
role, school)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lms_gateway.domain.errors import BadInput, Forbidden, Unsupported
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
from lms_gateway.upstream.messages import Call, Params
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    ListEndpoint,
    PageCollector,
    PagePosition,
    collect_pages,
    parse_rows,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.course_rosters import course_sections_endpoint
from lms_gateway.vendors.schoology.reads.objects import parse_object, read_viewer_id
from lms_gateway.vendors.schoology.reads.rosters import matches_nothing
from lms_gateway.vendors.schoology.reads.rosters import validate_filter as refuse_members
from lms_gateway.vendors.schoology.reads.schools import (
    SCHOOLS_ENDPOINT,
    add_school,
    buildings_endpoint,
    read_account_kind,
)
from lms_gateway.vendors.schoology.reads.user_collections import (
    CollectionLoad,
    read_user_courses,
    read_user_enrollments,
    section_adder,
    user_sections_endpoint,
)
from lms_gateway.vendors.schoology.rows.converters import parse_id, to_bool, to_text
from lms_gateway.vendors.schoology.rows.decoding import add_course, add_user
from lms_gateway.vendors.schoology.rows.field_maps import Row, RowSource, decode_account
from lms_gateway.vendors.shared.steps import Steps, get

COURSES_ENDPOINT = ListEndpoint(
    "/courses", "/courses", "course", (("fetch_district_course_name", "1"),)
)


def group_loads(batch: LoadBatch, loads: Iterable[CollectionLoad]) -> list[list[CollectionLoad]]:
    """The asks that one reading can answer.

    Settles what Schoology cannot do and what needs no call.
    """
    groups: dict[CollectionLoad, list[CollectionLoad]] = {}
    for load in loads:
        error = validate_load(load)
        if error is not None:
            batch.settle(load, error)
        elif load.page.first == 0 or matches_nothing(member_filter_of(load)):
            batch.settle(load, Page((), (), has_next=False))
        else:
            group_key = replace(load, page=replace(load.page, first=0))
            groups.setdefault(group_key, []).append(load)
    return list(groups.values())


def validate_load(load: CollectionLoad) -> Unsupported | None:
    """Why Schoology has no such list; None where it has."""
    parent_kind = load.parent.kind if isinstance(load, Children) else None
    match parent_kind, load.kind:
        case (Kind.COURSE | Kind.USER, Kind.SECTION):
            pass
        case (Kind.USER, Kind.COURSE | Kind.ENROLLMENT) | (
            Kind.ACCOUNT,
            Kind.COURSE | Kind.ACCOUNT,
        ):
            pass
        case (None, Kind.COURSE | Kind.USER | Kind.ACCOUNT):
            pass
        case _:
            return Unsupported("Schoology has no such list")
    match load.filter:
        case SectionFilter(search=str()):
            return Unsupported("Schoology has no search among sections")
        case CourseFilter() as load_filter if load_filter != CourseFilter():
            return Unsupported("Schoology cannot filter courses by search, state, term or teacher")
        case UserFilter() as load_filter:
            return _validate_user_filter(load_filter)
        case MemberFilter(ids=tuple()):
            return Unsupported("a user's enrollments are nobody else's")
        case MemberFilter() as member_filter:
            return refuse_members(member_filter)
    return None


def member_filter_of(load: CollectionLoad) -> MemberFilter:
    """Which of a user's enrollments are asked for; of other lists, the usual ones."""
    return load.filter if isinstance(load.filter, MemberFilter) else MemberFilter()


def read_list(batch: LoadBatch, loads: Sequence[CollectionLoad]) -> Steps[None]:
    """Pages of one list."""
    first_load = loads[0]
    after = first_load.page.after
    if isinstance(first_load, Search):
        match first_load.kind:
            case Kind.COURSE:
                return _search_courses(batch, loads, after)
            case Kind.USER:
                return _search_users(batch, loads, first_load.filter, after)
            case _:
                return _collect(
                    batch, loads, SCHOOLS_ENDPOINT, lambda row: add_school(batch, row), after
                )
    include_past = isinstance(first_load.filter, SectionFilter) and bool(
        first_load.filter.include_past
    )
    match first_load.parent.kind, first_load.kind:
        case Kind.COURSE, _:
            sections = course_sections_endpoint(first_load.parent.id, include_past=include_past)
            return _collect(batch, loads, sections, section_adder(batch, first_load.parent), after)
        case Kind.USER, Kind.SECTION:
            sections = user_sections_endpoint(first_load.parent.id, include_past=include_past)
            return _collect(batch, loads, sections, section_adder(batch, first_load.parent), after)
        case Kind.USER, Kind.COURSE:
            return read_user_courses(batch, loads, first_load.parent.id, after)
        case Kind.USER, _:
            return read_user_enrollments(
                batch, loads, first_load.parent, member_filter_of(first_load), after
            )
        case _, Kind.COURSE:
            return _courses_of_account(batch, loads, first_load.parent.id, after)
        case _:
            return _accounts_of_account(batch, loads, first_load.parent, after)


def _collect(
    batch: LoadBatch,
    loads: Sequence[CollectionLoad],
    list_endpoint: ListEndpoint,
    add_row: Callable[[Row], Record],
    after: Position | None,
    prefix: Position = (),
) -> Steps[None]:
    """Pages that are cut out of one of the vendor's listings as it is."""
    collectors = [PageCollector(load.page.first, lambda record: record) for load in loads]
    page_position = LIST_START if after is None else PagePosition.from_cursor(after)
    yield from collect_pages(
        list_endpoint, batch.instance.origin, row_by_row(add_row), collectors, page_position, prefix
    )
    for load, collector in zip(loads, collectors, strict=True):
        batch.settle(load, collector.page())


def _search_courses(
    batch: LoadBatch, loads: Sequence[CollectionLoad], after: Position | None
) -> Steps[None]:
    """The school's courses; where they may not be listed, those of whom the credential belongs to.

    Calls: GET /courses (administrators only), else /app-user-info and /users/:id/sections
    """
    negative_cache = batch.instance.negative_cache
    match after:
        case None:
            if not negative_cache.contains(COURSES_ENDPOINT.path):
                try:
                    return (
                        yield from _collect(
                            batch, loads, COURSES_ENDPOINT, _course_adder(batch), None, ("all",)
                        )
                    )
                except Forbidden:
                    negative_cache.add(COURSES_ENDPOINT.path)
        case ("all", *rest):
            return (
                yield from _collect(
                    batch, loads, COURSES_ENDPOINT, _course_adder(batch), tuple(rest), ("all",)
                )
            )
        case ("own", str(user_id), *rest):
            prefix = ("own", _validate_user_id(user_id))
            return (yield from read_user_courses(batch, loads, user_id, tuple(rest), prefix))
        case _:
            raise BadInput("the cursor does not belong to this list")
    user_of_credential = yield from read_viewer_id()
    yield from read_user_courses(
        batch, loads, user_of_credential, None, ("own", user_of_credential)
    )


def _courses_of_account(
    batch: LoadBatch, loads: Sequence[CollectionLoad], account_id: str, after: Position | None
) -> Steps[None]:
    """The courses of a building, or all of a school, whatever building they are in.

    Calls: GET /courses, with building_id for a building
    """
    match after:
        case None:
            kind: str = yield from read_account_kind(batch, account_id)
            page_position = None
        case (str(kind), *rest):
            page_position = tuple(rest)
        case _:
            raise BadInput("the cursor does not belong to this list")
    list_endpoint = COURSES_ENDPOINT
    if kind != AccountKind.SCHOOL:
        list_endpoint = replace(
            COURSES_ENDPOINT, params=(*COURSES_ENDPOINT.params, ("building_id", account_id))
        )
    yield from _collect(
        batch, loads, list_endpoint, _course_adder(batch), page_position, (str(kind),)
    )


def _course_adder(batch: LoadBatch) -> Callable[[Row], Record]:
    return lambda row: add_course(batch.store, row, RowSource.LIST_ROW)


def _search_users(
    batch: LoadBatch, loads: Sequence[CollectionLoad], load_filter: object, after: Position | None
) -> Steps[None]:
    """The school's users, maybe of some roles.

    Calls: GET /users; before it /roles, where roles are asked for
    """
    roles = load_filter.roles if isinstance(load_filter, UserFilter) else None
    match after:
        case None:
            role_ids = "" if roles is None else (yield from _role_ids(roles))
            page_position = None
            if roles is not None and not role_ids:
                for load in loads:
                    batch.settle(load, Page((), (), has_next=False, total=0))
                return
        case (str(role_ids), *rest) if not role_ids or all(map(str.isdigit, role_ids.split(","))):
            page_position = tuple(rest)
        case _:
            raise BadInput("the cursor does not belong to this list")
    params: Params = (("role_ids", role_ids),) if role_ids else ()

    def add_row(row: Row) -> Record:
        return add_user(batch.store, row, RowSource.LIST_ROW)

    yield from _collect(
        batch,
        loads,
        ListEndpoint("/users", "/users", "user", params),
        add_row,
        page_position,
        (role_ids,),
    )


def _validate_user_filter(user_filter: UserFilter) -> Unsupported | None:
    if user_filter.search is not None:
        return Unsupported("Schoology has no search among users")
    if user_filter.roles is not None and not {Role.TEACHER, Role.STUDENT} >= set(user_filter.roles):
        return Unsupported("Schoology tells only the roles TEACHER and STUDENT")
    if user_filter.states not in (None, (EnrollmentState.ACTIVE,)):
        return Unsupported("Schoology lists active users only")
    return None


def _role_ids(roles: Sequence[Role]) -> Steps[str]:
    """The school's roles that are teachers' or students', as `role_ids` takes them.

    A school names its roles as it likes and marks those of its faculty; the parents' is the one
    among the others that is no student's.
    """
    reply = yield from get(Call("/roles", "/roles"))
    rows = parse_rows(parse_object(reply).get("role"))
    role_ids = []
    for row in rows:
        role_id = parse_id(row.get("id"))
        is_parent = "parent" in (to_text(row.get("title")) or "").lower()
        role = Role.TEACHER if to_bool(row.get("faculty")) else None if is_parent else Role.STUDENT
        if role_id is not None and role in roles:
            role_ids.append(role_id)
    return ",".join(role_ids)


def _accounts_of_account(
    batch: LoadBatch, loads: Sequence[CollectionLoad], account: Key, after: Position | None
) -> Steps[None]:
    """A school's buildings, which have nothing below them (so that `recursive` changes nothing).

    Calls: GET /schools/:id/buildings
    """

    def add_row(row: Row) -> Record:
        return batch.merge(decode_account(row, AccountKind.BUILDING, account.id))

    yield from _collect(batch, loads, buildings_endpoint(account.id), add_row, after)


def _validate_user_id(user_id: str) -> str:
    if not (user_id.isascii() and user_id.isdigit()):
        raise BadInput("the cursor does not belong to this list")
    return user_id
