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

from lms_gateway.domain.asks import Members, Page, Wants
from lms_gateway.domain.errors import LmsError, NotFound, Unsupported, UpstreamInvalid
from lms_gateway.domain.records import Enrollment, Key, Kind, Record, Role, Section
from lms_gateway.vendors.canvas.calls import get
from lms_gateway.vendors.canvas.includes import (
    GIVES,
    ROSTER,
    SECTION_ROW,
    SECTION_USERS,
    Request,
    enrollment_request,
    facets_of,
    request,
)
from lms_gateway.vendors.canvas.native_filters import course_user_params, refuse_native
from lms_gateway.vendors.canvas.paging import (
    MOST_A_PAGE,
    Listing,
    Place,
    Walk,
    chunks,
    read_position,
    tag_of,
)
from lms_gateway.vendors.canvas.people import SHORT_TYPES, Who
from lms_gateway.vendors.canvas.plans import Plan, plain, read_plan, records, search_params
from lms_gateway.vendors.canvas.values import read_id
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.reads import get as fetch

_SECTION_USERS = "/sections/:id/users"
_COURSE_USERS = "/courses/:id/users"
_ENROLLMENTS = {
    Kind.SECTION: "/sections/:id/enrollments",
    Kind.COURSE: "/courses/:id/enrollments",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a course's roster."""

    user: Record
    enrollments: Sequence[Enrollment]


def who_of(ask: Members) -> Who:
    """Whom the ask means. Raises Unsupported for a state that Canvas has not."""
    return Who.of(ask.filter.roles, ask.filter.states)


def read_members(wave: Wave, ask: Members, wants: Wants) -> Steps[Sequence[Read]]:
    """Read a page of one section's or course's people.

    Raises Unsupported for what Canvas cannot tell, BadInput for what it cannot search.
    """
    search_params(ask.filter.search)  # refuses a short term before anything is sent
    if ask.kind is not Kind.USER or ask.group.kind is not Kind.COURSE or who_of(ask).has_deleted:
        refuse_native(ask.filter.canvas, "sections and enrollments")
    if ask.group.kind is Kind.SECTION:
        return _read_section(wave, ask, wants)
    if ask.group.kind is not Kind.COURSE:
        raise Unsupported(f"Canvas lists no members of a {ask.group.kind}")
    return read_plan(wave, ask, ask.page, _course_plan(wave, ask, wants))


def read_teachers(wave: Wave, ask: Members, wants: Wants) -> Steps[Sequence[Read]]:
    """Read a course's teachers, from the list that came with the course where that tells enough."""
    teachers = wave.store.list_of(ask.group, "teachers")
    if ask.page.after is not None:
        if teachers is None:
            raise UpstreamInvalid("the vendor no longer lists the course's teachers")
    elif teachers is None or not all(_tells(teacher, wants.facets) for teacher in teachers):
        if teachers is None and wave.store.is_absent(ask.group):
            wave.settle(ask, None)
            return ()
        return (yield from read_members(wave, ask, wants))
    wave.settle(ask, _slice(ask, teachers))
    return ()


def are_teachers(ask: Members) -> bool:
    """Whether the ask is for what a course's `teachers` include lists."""
    wanted = ask.filter
    return (
        ask.group.kind is Kind.COURSE
        and ask.kind is Kind.USER
        and wanted.roles == (Role.TEACHER,)
        and (wanted.search, wanted.states, wanted.ids, wanted.canvas) == (None, None, None, ())
        and tag_of(ask.page) in ((), ("teachers",))
    )


def roster_plan(
    wave: Wave,
    listings: Sequence[Listing],
    user: Set[str],
    pick: Callable[[Person], Iterable[Record]],
) -> Plan[Person]:
    """A course's roster with everyone's enrollments, of which `pick` says what is the ask's."""
    asked = request(ROSTER, user)
    params = (("include[]", "enrollments"), *asked.params)
    return Plan(
        [one._replace(params=(*one.params, *params)) for one in listings],
        lambda rows: absorb_roster(wave, asked, rows),
        pick,
        sifted=True,
        whole_pages=True,
    )


def absorb_roster(wave: Wave, asked: Request, rows: Sequence[Any]) -> list[Person]:
    """Take in rows of a course's roster, and the enrollments within."""
    inner: list[dict[str, Any]] = []
    counts = []
    users = wave.learn(asked, rows)
    for row, user in zip(rows, users, strict=True):
        told = row.get("enrollments")
        own = [
            {"user_id": user.key.id, **one}
            for one in (told if isinstance(told, list) else ())
            if isinstance(one, dict) and read_id(one.get("id"))
        ]
        inner += own
        counts.append(len(own))
    enrollments = iter(wave.learn(_ROSTER_ENROLLMENT, inner))
    return [
        Person(user, [one for one in islice(enrollments, count) if isinstance(one, Enrollment)])
        for user, count in zip(users, counts, strict=True)
    ]


def picks(ask: Members, who: Who) -> Callable[[Person], Iterable[Record]]:
    """What of a roster's row belongs to an ask, by the group and role of each enrollment."""
    group = ask.group

    def own(person: Person) -> Iterable[Record]:
        found = [
            one
            for one in person.enrollments
            if who.holds(one) and (group.kind is Kind.COURSE or one.section_id == group.id)
        ]
        return found if ask.kind is Kind.ENROLLMENT else (person.user,) if found else ()

    return own


def user_facets(ask: Members, wants: Wants) -> Set[str]:
    """What is wanted of the people themselves."""
    return wants.facets if ask.kind is Kind.USER else facets_of(wants, "user")


def _course_plan(wave: Wave, ask: Members, wants: Wants) -> Plan[Any]:
    who, wanted, course = who_of(ask), ask.filter, ask.group.id
    is_narrowed = wanted.search is not None or wanted.ids is not None
    if ask.kind is Kind.ENROLLMENT and is_narrowed:
        listings = _user_listings(ask, who, course)
        return roster_plan(wave, listings, facets_of(wants, "user"), picks(ask, _current(who)))
    if ask.kind is Kind.ENROLLMENT or who.has_deleted:
        return _enrollments_plan(wave, ask, wants, who)
    asked = request(ROSTER, wants.facets)
    listings = [
        one._replace(params=(*one.params, *asked.params))
        for one in _user_listings(ask, who, course)
    ]
    return records(wave, listings, asked, whole_pages=wanted.ids is not None)


def _user_listings(ask: Members, who: Who, course: str) -> list[Listing]:
    """A course's `/users`; one listing for each hundred of the ids that it is narrowed to."""
    native, opening = course_user_params(ask.filter.canvas)
    params = (*search_params(ask.filter.search), *who.user_params(), *native)
    if ask.filter.ids is None:
        return [Listing(("users",), _COURSE_USERS, (course,), params, opening)]
    return [
        Listing(
            ("users", str(at)),
            _COURSE_USERS,
            (course,),
            (*params, *(("user_ids[]", id) for id in ids)),
        )
        for at, ids in enumerate(chunks(ask.filter.ids))
    ]


def _enrollments_plan(wave: Wave, ask: Members, wants: Wants, who: Who) -> Plan[Record]:
    """People by their enrollments: any state, several roles."""
    if ask.filter.search is not None or ask.filter.ids is not None:
        raise Unsupported(
            "search, ids: Canvas does not narrow enrollments by these together with such states"
            " or several roles"
        )
    kind = ask.group.kind
    listing = Listing(
        (f"{kind}-enrollments",), _ENROLLMENTS[kind], (ask.group.id,), who.enrollment_params()
    )
    if ask.kind is Kind.ENROLLMENT:
        asked = enrollment_request(wants.facets, facets_of(wants, "user"))
        plan = plain(wave, listing, asked)
        return plan._replace(finish=_completing(wave, ask, wants, who))
    asked = enrollment_request(user=wants.facets)
    listing = Listing(listing.tag, listing.endpoint, listing.ids, (*listing.params, *asked.params))
    # Sifted, because somebody who was met before is not taken again.
    return Plan(
        (listing,),
        lambda rows: wave.learn(asked, rows),
        lambda enrollment: _users_of(wave, (enrollment,)),
        sifted=True,
        whole_pages=True,
        asked=asked,
        finish=_completing(wave, ask, wants, who),
    )


def _read_section(wave: Wave, ask: Members, wants: Wants) -> Steps[Sequence[Read]]:
    who, wanted, tag = who_of(ask), ask.filter, tag_of(ask.page)
    if wanted.ids is not None:
        return (yield from _read_section_ids(wave, ask, wants, _current(who)))
    refusals, is_missing = wave.site.refusals, False
    is_simple = ask.kind is Kind.USER and who.is_current and _is_single(who.roles)
    if is_simple and tag in ((), ("section-users",)) and not refusals.stands(_SECTION_USERS):
        try:
            plan = _section_users_plan(wave, ask, wants, who)
            return (yield from read_plan(wave, ask, ask.page, plan))
        except NotFound:
            if wanted.search is not None:
                raise NotFound("no such section, or a Canvas too old to search one") from None
            is_missing = True
    plan = _enrollments_plan(wave, ask, wants, who)
    done = yield from read_plan(wave, ask, ask.page, plan)
    if is_missing:  # and the section is there: the endpoint is what this Canvas lacks
        refusals.note(_SECTION_USERS)
    return done


def _section_users_plan(wave: Wave, ask: Members, wants: Wants, who: Who) -> Plan[Record]:
    params = (*search_params(ask.filter.search), ("exclude_inactive", "true"))
    if who.roles:
        params = (*params, ("enrollment_type", SHORT_TYPES[who.roles[0]]))
    listing = Listing(("section-users",), _SECTION_USERS, (ask.group.id,), params)
    plan = plain(wave, listing, request(SECTION_USERS, wants.facets))
    return plan._replace(finish=_completing(wave, ask, wants, who))


def _completing(
    wave: Wave, ask: Members, wants: Wants, who: Who
) -> Callable[[Sequence[Record]], Steps[None]]:
    """What a page still takes before it is settled, where its endpoint tells little of people."""

    def finish(found: Sequence[Record]) -> Steps[None]:
        people = found if ask.kind is Kind.USER else _users_of(wave, found)
        yield from _complete(
            wave, _course_of(wave, ask.group), people, user_facets(ask, wants), who
        )

    return finish


def _complete(
    wave: Wave, course: str | None, people: Sequence[Record], facets: Set[str], who: Who
) -> Steps[None]:
    """Ask the course's roster for what sections and enrollments leave out (`email`).

    That is one call for a page of people, not one for each. Where it fails they stay as they are,
    and are asked for by id.
    """
    wanted = facets & ROSTER.facets & GIVES[Kind.USER]
    ids = [person.key.id for person in people if not wanted <= person.known]
    if course is None or len(ids) < 2 or who.has_deleted:
        return
    asked = request(ROSTER, wanted)
    params = (*Who(None, who.states).user_params(), *asked.params)
    listings = [
        Listing((), _COURSE_USERS, (course,), (*params, *(("user_ids[]", i) for i in some)))
        for some in chunks(ids)
    ]
    walk = Walk(listings, wave.site.follow, Place(), MOST_A_PAGE)
    try:
        while walk.next is not None:
            sheet = yield from walk.turn()
            wave.learn(asked, sheet.rows)
    except LmsError:
        return


def _read_section_ids(wave: Wave, ask: Members, wants: Wants, who: Who) -> Steps[Sequence[Read]]:
    """Those of a section's people who have these ids: its course's roster can tell."""
    course = _course_of(wave, ask.group)
    if course is None:
        reply = yield from fetch(get("/sections/:id", ask.group.id))
        wave.learn(request(SECTION_ROW), [reply.decode()])
        course = _course_of(wave, ask.group)
    if course is None:
        raise UpstreamInvalid("the vendor did not tell the section's course")
    listings = _user_listings(ask, who, course)
    plan = roster_plan(wave, listings, user_facets(ask, wants), picks(ask, who))
    return (yield from read_plan(wave, ask, ask.page, plan))


def _course_of(wave: Wave, group: Key) -> str | None:
    """The course of a group, which may be one itself; None where no row has told it."""
    if group.kind is Kind.COURSE:
        return group.id
    section = wave.store.typed(Section, group.id)
    return None if section is None else section.course_id


def _users_of(wave: Wave, enrollments: Iterable[Record]) -> list[Record]:
    ids = [one.user_id for one in enrollments if isinstance(one, Enrollment)]
    found = [wave.store.find(Key(Kind.USER, id)) for id in ids if id is not None]
    return [one for one in found if one is not None]


def _current(who: Who) -> Who:
    """Raises Unsupported for other states: a roster's rows tell current enrollments only."""
    if not who.is_current:
        raise Unsupported("states: Canvas cannot combine these states with search or ids here")
    return who


def _is_single(roles: tuple[Role, ...] | None) -> bool:
    return roles is None or (len(roles) == 1 and roles[0] is not Role.STUDENT_VIEW)


def _tells(user: Record, facets: Set[str]) -> bool:
    return facets & GIVES[Kind.USER] <= user.known


def _slice(ask: Members, teachers: Sequence[Record]) -> Page:
    after = ask.page.after
    begin = 0 if after is None else read_position(after)[2]
    items = teachers[begin : begin + ask.page.first]
    positions = [("teachers", "", 0, at + 1) for at in range(begin, begin + len(items))]
    return Page(items, positions, begin + len(items) < len(teachers), len(teachers))


_ROSTER_ENROLLMENT = enrollment_request()
