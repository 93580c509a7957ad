"""What hangs below an object, and the school's own lists.

Asks that differ only in how many rows they want share one reading.
https://developers.schoology.com/api-documentation/rest-api-v1/ (course, course-section, user,
role, school)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lms_gateway.domain.asks import (
    Children,
    CourseFilter,
    MemberFilter,
    Page,
    Position,
    Search,
    SectionFilter,
    UserFilter,
)
from lms_gateway.domain.errors import BadInput, Forbidden, Unsupported
from lms_gateway.domain.records import (
    AccountKind,
    EnrollmentState,
    Key,
    Kind,
    Record,
    Role,
)
from lms_gateway.upstream.call import Call, Params
from lms_gateway.vendors.reads import Steps, get
from lms_gateway.vendors.schoology.accounts import (
    SCHOOLS,
    buildings_of,
    learn_school,
    read_kind,
)
from lms_gateway.vendors.schoology.course_rosters import sections_of_course
from lms_gateway.vendors.schoology.listings import (
    START,
    Cut,
    Listing,
    Spot,
    each,
    parse_rows,
    read_listing,
)
from lms_gateway.vendors.schoology.objects import parse_object, viewer_id
from lms_gateway.vendors.schoology.rosters import is_nobody
from lms_gateway.vendors.schoology.rosters import refuse as refuse_members
from lms_gateway.vendors.schoology.rows import (
    Row,
    Source,
    account_facts,
)
from lms_gateway.vendors.schoology.tellings import hear_course, hear_user
from lms_gateway.vendors.schoology.user_lists import (
    ListAsk,
    courses_of_user,
    enrollments_of_user,
    section_learner,
    sections_of_user,
)
from lms_gateway.vendors.schoology.values import flag, ident, text
from lms_gateway.vendors.schoology.wave import Wave

COURSES = Listing("/courses", "/courses", "course", (("fetch_district_course_name", "1"),))


def group(wave: Wave, asks: Iterable[ListAsk]) -> list[list[ListAsk]]:
    """The asks that one reading can answer.

    Settles what Schoology cannot do and what needs no call.
    """
    groups: dict[ListAsk, list[ListAsk]] = {}
    for ask in asks:
        refusal = refuse(ask)
        if refusal is not None:
            wave.settle(ask, refusal)
        elif ask.page.first == 0 or is_nobody(members_of(ask)):
            wave.settle(ask, Page((), (), has_next=False))
        else:
            alike = replace(ask, page=replace(ask.page, first=0))
            groups.setdefault(alike, []).append(ask)
    return list(groups.values())


def refuse(ask: ListAsk) -> Unsupported | None:
    """Why Schoology has no such list; None where it has."""
    where = ask.parent.kind if isinstance(ask, Children) else None
    match where, ask.kind:
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
    match ask.filter:
        case SectionFilter(search=str()):
            return Unsupported("Schoology has no search among sections")
        case CourseFilter() as wanted if wanted != CourseFilter():
            return Unsupported("Schoology cannot filter courses by search, state, term or teacher")
        case UserFilter() as wanted:
            return _refuse_users(wanted)
        case MemberFilter(ids=tuple()):
            return Unsupported("a user's enrollments are nobody else's")
        case MemberFilter() as members:
            return refuse_members(members)
    return None


def members_of(ask: ListAsk) -> MemberFilter:
    """Which of a user's enrollments are asked for; of other lists, the usual ones."""
    return ask.filter if isinstance(ask.filter, MemberFilter) else MemberFilter()


def read_list(wave: Wave, asks: Sequence[ListAsk]) -> Steps[None]:
    """Pages of one list."""
    one = asks[0]
    after = one.page.after
    if isinstance(one, Search):
        match one.kind:
            case Kind.COURSE:
                return _search_courses(wave, asks, after)
            case Kind.USER:
                return _search_users(wave, asks, one.filter, after)
            case _:
                return _cut(wave, asks, SCHOOLS, lambda row: learn_school(wave, row), after)
    past = isinstance(one.filter, SectionFilter) and bool(one.filter.include_past)
    match one.parent.kind, one.kind:
        case Kind.COURSE, _:
            sections = sections_of_course(one.parent.id, include_past=past)
            return _cut(wave, asks, sections, section_learner(wave, one.parent), after)
        case Kind.USER, Kind.SECTION:
            sections = sections_of_user(one.parent.id, include_past=past)
            return _cut(wave, asks, sections, section_learner(wave, one.parent), after)
        case Kind.USER, Kind.COURSE:
            return courses_of_user(wave, asks, one.parent.id, after)
        case Kind.USER, _:
            return enrollments_of_user(wave, asks, one.parent, members_of(one), after)
        case _, Kind.COURSE:
            return _courses_of_account(wave, asks, one.parent.id, after)
        case _:
            return _accounts_of_account(wave, asks, one.parent, after)


def _cut(
    wave: Wave,
    asks: Sequence[ListAsk],
    listing: Listing,
    learn: Callable[[Row], Record],
    after: Position | None,
    prefix: Position = (),
) -> Steps[None]:
    """Pages that are cut out of one of the vendor's listings as it is."""
    cuts = [Cut(ask.page.first, lambda record: record) for ask in asks]
    spot = START if after is None else Spot.at(after)
    yield from read_listing(listing, wave.site.origin, each(learn), cuts, spot, prefix)
    for ask, cut in zip(asks, cuts, strict=True):
        wave.settle(ask, cut.page())


def _search_courses(wave: Wave, asks: Sequence[ListAsk], after: Position | None) -> Steps[None]:
    """The school's courses; where they may not be listed, those of whom the credential belongs to.

    Calls: GET /courses (administrators only), else /app-user-info and /users/:id/sections
    """
    refusals = wave.site.refusals
    match after:
        case None:
            if not refusals.stands(COURSES.path):
                try:
                    return (
                        yield from _cut(wave, asks, COURSES, _course_learner(wave), None, ("all",))
                    )
                except Forbidden:
                    refusals.note(COURSES.path)
        case ("all", *rest):
            return (
                yield from _cut(wave, asks, COURSES, _course_learner(wave), tuple(rest), ("all",))
            )
        case ("own", str(user_id), *rest):
            prefix = ("own", _digits(user_id))
            return (yield from courses_of_user(wave, asks, user_id, tuple(rest), prefix))
        case _:
            raise BadInput("the cursor does not belong to this list")
    own = yield from viewer_id()
    yield from courses_of_user(wave, asks, own, None, ("own", own))


def _courses_of_account(
    wave: Wave, asks: Sequence[ListAsk], account_id: str, after: Position | None
) -> Steps[None]:
    """The courses of a building, or all of a school, whatever building they are in.

    Calls: GET /courses, with building_id for a building
    """
    match after:
        case None:
            kind: str = yield from read_kind(wave, account_id)
            spot = None
        case (str(kind), *rest):
            spot = tuple(rest)
        case _:
            raise BadInput("the cursor does not belong to this list")
    listing = COURSES
    if kind != AccountKind.SCHOOL:
        listing = replace(COURSES, params=(*COURSES.params, ("building_id", account_id)))
    yield from _cut(wave, asks, listing, _course_learner(wave), spot, (str(kind),))


def _course_learner(wave: Wave) -> Callable[[Row], Record]:
    return lambda row: hear_course(wave.store, row, Source.LISTED)


def _search_users(
    wave: Wave, asks: Sequence[ListAsk], wanted: object, after: Position | None
) -> Steps[None]:
    """The school's users, maybe of some roles.

    Calls: GET /users; before it /roles, where roles are asked for
    """
    roles = wanted.roles if isinstance(wanted, UserFilter) else None
    match after:
        case None:
            ids = "" if roles is None else (yield from _role_ids(roles))
            spot = None
            if roles is not None and not ids:
                for ask in asks:
                    wave.settle(ask, Page((), (), has_next=False, total=0))
                return
        case (str(ids), *rest) if not ids or all(map(str.isdigit, ids.split(","))):
            spot = tuple(rest)
        case _:
            raise BadInput("the cursor does not belong to this list")
    params: Params = (("role_ids", ids),) if ids else ()

    def learn(row: Row) -> Record:
        return hear_user(wave.store, row, Source.LISTED)

    yield from _cut(wave, asks, Listing("/users", "/users", "user", params), learn, spot, (ids,))


def _refuse_users(wanted: UserFilter) -> Unsupported | None:
    if wanted.search is not None:
        return Unsupported("Schoology has no search among users")
    if wanted.roles is not None and not {Role.TEACHER, Role.STUDENT} >= set(wanted.roles):
        return Unsupported("Schoology tells only the roles TEACHER and STUDENT")
    if wanted.states not in (None, (EnrollmentState.ACTIVE,)):
        return Unsupported("Schoology lists active users only")
    return None


def _role_ids(roles: Sequence[Role]) -> Steps[str]:
    """The school's roles that are teachers' or students', as `role_ids` takes them.

    A school names its roles as it likes and marks those of its faculty; the parents' is the one
    among the others that is no student's.
    """
    reply = yield from get(Call("/roles", "/roles"))
    rows = parse_rows(parse_object(reply).get("role"))
    found = []
    for row in rows:
        role_id = ident(row.get("id"))
        is_parent = "parent" in (text(row.get("title")) or "").lower()
        role = Role.TEACHER if flag(row.get("faculty")) else None if is_parent else Role.STUDENT
        if role_id is not None and role in roles:
            found.append(role_id)
    return ",".join(found)


def _accounts_of_account(
    wave: Wave, asks: Sequence[ListAsk], account: Key, after: Position | None
) -> Steps[None]:
    """A school's buildings, which have nothing below them (so that `recursive` changes nothing).

    Calls: GET /schools/:id/buildings
    """

    def learn(row: Row) -> Record:
        return wave.learn(account_facts(row, AccountKind.BUILDING, account.id))

    yield from _cut(wave, asks, buildings_of(account.id), learn, after)


def _digits(user_id: str) -> str:
    if not (user_id.isascii() and user_id.isdigit()):
        raise BadInput("the cursor does not belong to this list")
    return user_id
