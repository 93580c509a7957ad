"""Lists of courses, sections, users and accounts: what hangs below an object, and searches.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from lms_gateway.domain.asks import (
    AccountFilter,
    Children,
    CourseFilter,
    MemberFilter,
    Search,
    SectionFilter,
    UserFilter,
    Wants,
)
from lms_gateway.domain.errors import Forbidden, Unsupported
from lms_gateway.domain.records import (
    CourseState,
    Enrollment,
    EnrollmentState,
    Kind,
    Record,
    Role,
)
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.includes import (
    ACCOUNT_COURSES,
    ACCOUNT_LIST,
    ACCOUNT_USERS,
    OWN_COURSES,
    SECTION_ROW,
    SUB_ACCOUNTS,
    course_keys,
    enrollment_request,
    facets_of,
    request,
)
from lms_gateway.vendors.canvas.native_filters import (
    account_course_params,
    own_course_params,
    refuse_native,
)
from lms_gateway.vendors.canvas.paging import Listing, tag_of
from lms_gateway.vendors.canvas.people import CURRENT, SHORT_TYPES, Who
from lms_gateway.vendors.canvas.plans import Plan, plain, read_plan, search_params
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps

F = TypeVar("F", CourseFilter, SectionFilter, UserFilter, AccountFilter)

_NO_FILTER = {kind: kind() for kind in (CourseFilter, SectionFilter, UserFilter, AccountFilter)}
_OWN_STATES = {
    CourseState.UNPUBLISHED: ("unpublished",),
    CourseState.AVAILABLE: ("available",),
    CourseState.COMPLETED: ("completed",),
    CourseState.DELETED: ("deleted",),
}
# An account's list tells courses that were never published from those that were withdrawn.
_ACCOUNT_STATES = _OWN_STATES | {CourseState.UNPUBLISHED: ("created", "claimed")}

_ACCOUNT_COURSES = "/accounts/:id/courses"


def read_list(wave: Wave, ask: Children | Search, wants: Wants) -> Steps[Sequence[Read]]:
    """Read what hangs below an object, or a list of the tenant's own.

    Raises Unsupported for a list or filter that Canvas has not.
    """
    if isinstance(ask, Search):
        if ask.kind is Kind.COURSE:
            return read_courses(wave, ask, wants)
        search = _SEARCHES.get(ask.kind)
        if search is None:
            raise Unsupported(f"Canvas has no list of all {ask.kind}s")
        return read_plan(wave, ask, ask.page, search(wave, ask, wants))
    children = _CHILDREN.get((ask.parent.kind, ask.kind))
    if children is None:
        raise Unsupported(f"Canvas lists no {ask.kind}s below a {ask.parent.kind}")
    return read_plan(wave, ask, ask.page, children(wave, ask, wants, ask.parent.id))


def read_courses(wave: Wave, ask: Search, wants: Wants) -> Steps[Sequence[Read]]:
    """The tenant's courses: the root account's, or the caller's own where that is refused.

    Raises Forbidden where it is refused and the filter is one that only the account can do.
    """
    wanted = _filter(ask, CourseFilter)
    refusals = wave.site.refusals
    refusal = Forbidden("this credential may list its own courses only, and not search them")
    if tag_of(ask.page) != ("own-courses",) and not refusals.stands(_ACCOUNT_COURSES):
        try:
            return (
                yield from read_plan(wave, ask, ask.page, account_courses(wave, ask, wants, "self"))
            )
        except Forbidden as error:
            refusals.note(_ACCOUNT_COURSES)
            refusal = error
    if _needs_account(wanted):
        raise refusal
    return (yield from read_plan(wave, ask, ask.page, own_courses(wave, ask, wants, "self")))


def account_courses(wave: Wave, ask: Children | Search, wants: Wants, account: str) -> Plan[Record]:
    """An account's courses, those of accounts below it among them."""
    wanted = _filter(ask, CourseFilter)
    params: list[tuple[str, str]] = [*search_params(wanted.search)]
    params += [("state[]", word) for one in wanted.states or () for word in _ACCOUNT_STATES[one]]
    if wanted.term_id is not None:
        params.append(("enrollment_term_id", wanted.term_id))
    params += [("by_teachers[]", id) for id in wanted.teacher_ids or ()]
    params += account_course_params(wanted.canvas)
    listing = Listing(("courses",), _ACCOUNT_COURSES, (account,), tuple(params))
    keys = course_keys(ACCOUNT_COURSES, wants.children)
    return plain(wave, listing, request(ACCOUNT_COURSES, wants.facets, *keys))


def own_courses(wave: Wave, ask: Children | Search, wants: Wants, user: str) -> Plan[Record]:
    """The courses that a user is enrolled in; `self` is the viewer."""
    wanted = _filter(ask, CourseFilter)
    if wanted.search is not None or wanted.term_id is not None or wanted.teacher_ids is not None:
        raise Unsupported("Canvas narrows a user's courses by state only")
    states = tuple(("state[]", word) for one in wanted.states or () for word in _OWN_STATES[one])
    params = (*states, *own_course_params(wanted.canvas))
    if user in ("self", wave.site.viewer_id):
        listing = Listing(("own-courses",), "/courses", (), params)
    else:
        listing = Listing(("user-courses",), "/users/:id/courses", (user,), params)
    keys = course_keys(OWN_COURSES, wants.children)
    return plain(wave, listing, request(OWN_COURSES, wants.facets, *keys))


def _needs_account(wanted: CourseFilter) -> bool:
    """Whether a filter is one that only an account's list of courses can do."""
    narrowed = (wanted.search, wanted.term_id, wanted.teacher_ids)
    return any(one is not None for one in narrowed) or bool(wanted.canvas)


def course_sections(wave: Wave, ask: Children, wants: Wants, course: str) -> Plan[Record]:
    """A course's sections, whose dates never keep them out of the list."""
    wanted = _filter(ask, SectionFilter)
    if wanted.include_past is False:
        raise Unsupported("includePast: Canvas always lists past sections as well")
    listing = Listing(
        ("sections",), "/courses/:id/sections", (course,), search_params(wanted.search)
    )
    return plain(wave, listing, request(SECTION_ROW, wants.facets))


def account_users(wave: Wave, ask: Search, wants: Wants) -> Plan[Record]:
    """The root account's users."""
    wanted = _filter(ask, UserFilter)
    params = search_params(wanted.search)
    if wanted.states is not None:
        raise Unsupported("states: Canvas does not narrow an account's users by state")
    if wanted.roles is not None:
        params = (*params, ("enrollment_type", _single_role(wanted.roles)))
    listing = Listing(("users",), "/accounts/:id/users", ("self",), params)
    return plain(wave, listing, request(ACCOUNT_USERS, wants.facets))


def accounts(wave: Wave, ask: Search, wants: Wants) -> Plan[Record]:
    """The accounts that the caller may view or manage."""
    if _filter(ask, AccountFilter).recursive:
        raise Unsupported("recursive: Canvas lists the caller's own accounts")
    return plain(wave, Listing(("accounts",), "/accounts"), request(ACCOUNT_LIST, wants.facets))


def sub_accounts(wave: Wave, ask: Children, wants: Wants, account: str) -> Plan[Record]:
    """The accounts directly below one, or all of them."""
    params: Params = (("recursive", "true"),) if _filter(ask, AccountFilter).recursive else ()
    listing = Listing(("sub-accounts",), "/accounts/:id/sub_accounts", (account,), params)
    return plain(wave, listing, request(SUB_ACCOUNTS, wants.facets))


def user_enrollments(wave: Wave, ask: Children, wants: Wants, user: str) -> Plan[Record]:
    """A user's enrollments in all courses."""
    wanted = ask.filter
    who = Who.of(None, None)
    if isinstance(wanted, MemberFilter | UserFilter):
        if wanted.search is not None:
            raise Unsupported("search: Canvas does not search a user's enrollments")
        if isinstance(wanted, MemberFilter):
            if wanted.ids is not None:
                raise Unsupported("ids: a user's enrollments are nobody else's")
            refuse_native(wanted.canvas, "a user's enrollments")
        who = Who.of(wanted.roles, wanted.states)
    elif wanted is not None:
        raise Unsupported("Canvas narrows a user's enrollments by role and state only")
    listing = Listing(("enrollments",), "/users/:id/enrollments", (user,), who.enrollment_params())
    return plain(wave, listing, enrollment_request(wants.facets, facets_of(wants, "user")))


def user_sections(wave: Wave, ask: Children, wants: Wants, user: str) -> Plan[Record]:
    """The sections that a user is enrolled in, told by the enrollments: Canvas has no list of them.

    An enrollment knows little of its section; what else is wanted is read section by section.
    """
    wanted = _filter(ask, SectionFilter)
    if wanted.search is not None:
        raise Unsupported("search: Canvas does not search a user's sections")
    past = (EnrollmentState.COMPLETED,) if wanted.include_past else ()
    who = Who.of(None, (*CURRENT, *past))
    listing = Listing(
        ("user-sections",), "/users/:id/enrollments", (user,), who.enrollment_params()
    )
    asked = enrollment_request()

    def absorb(rows: Sequence[Any]) -> list[Record]:
        told = [one for one in wave.learn(asked, rows) if isinstance(one, Enrollment)]
        found = [
            wave.store.learn(Kind.SECTION, one.section_id, {})
            for one in told
            if one.section_id is not None
        ]
        if told and not found:
            raise Forbidden("Canvas does not tell this credential who is in which section")
        return found

    # Sifted, because a section that was met before is not taken again.
    return Plan((listing,), absorb, None, sifted=True, whole_pages=True)


def _filter(ask: Children | Search, kind: type[F]) -> F:
    """The ask's filter; one without limits where it has none. Raises Unsupported for another's."""
    if ask.filter is None:
        return cast(F, _NO_FILTER[kind])
    if not isinstance(ask.filter, kind):
        raise Unsupported("Canvas has no such filter on this list")
    return ask.filter


def _single_role(roles: Sequence[Role]) -> str:
    """The one role that an endpoint can be narrowed to. Raises Unsupported for more."""
    if len(set(roles)) != 1 or roles[0] is Role.STUDENT_VIEW:
        raise Unsupported("roles: Canvas narrows this list to one role, and not to STUDENT_VIEW")
    return SHORT_TYPES[roles[0]]


_SEARCHES: Mapping[Kind, Callable[[Wave, Search, Wants], Plan[Record]]] = {
    Kind.USER: account_users,
    Kind.ACCOUNT: accounts,
}
_CHILDREN: Mapping[tuple[Kind, Kind], Callable[[Wave, Children, Wants, str], Plan[Record]]] = {
    (Kind.ACCOUNT, Kind.COURSE): account_courses,
    (Kind.ACCOUNT, Kind.ACCOUNT): sub_accounts,
    (Kind.COURSE, Kind.SECTION): course_sections,
    (Kind.USER, Kind.COURSE): own_courses,
    (Kind.USER, Kind.ENROLLMENT): user_enrollments,
    (Kind.USER, Kind.SECTION): user_sections,
}
