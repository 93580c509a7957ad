"""Several sections of one course at once: the course's roster, read once and dealt out.

The roster lists each person of the course with all their enrollments, and each enrollment tells its
section. So forty sections cost as many calls as the course has pages, not forty.

Reading stops when every ask has its page, and in any case after two pages for each section asked
for: beyond that asking section by section is cheaper, as for two sections of a course of thousands.
"""

from collections.abc import Mapping, Sequence, Set
from functools import reduce
from operator import or_

from lms_gateway.domain.asks import Members, Position, Wants
from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.records import Kind, Section
from lms_gateway.vendors.canvas.members import (
    Person,
    picks,
    read_members,
    roster_plan,
    user_facets,
    who_of,
)
from lms_gateway.vendors.canvas.paging import (
    MOST_A_PAGE,
    Listing,
    Place,
    Taker,
    Walk,
    foreign_cursor,
    read_position,
    tag_of,
)
from lms_gateway.vendors.canvas.people import CURRENT, Who
from lms_gateway.vendors.canvas.plans import Plan, search_params
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps

_TAG = "roster"
_PAGES_A_SECTION = 2


def fold_members(wave: Wave, asks: Mapping[Members, Wants]) -> list[Read]:
    """Reads for members of sections: those of one course together, where that is the cheaper way.

    Raises nothing; an ask that cannot be folded is left to a read of its own.
    """
    groups: dict[tuple[object, ...], list[Members]] = {}
    for ask in asks:
        groups.setdefault(_group(wave, ask), []).append(ask)
    reads = []
    for (course, *_), members in groups.items():
        resumed = members[0].page.after is not None
        sections = {ask.group for ask in members}
        if isinstance(course, str) and (resumed or len(sections) > 1):
            wants = {ask: asks[ask] for ask in members}
            reads.append(Read(tuple(members), _read_roster(wave, course, wants)))
        else:
            reads += [alone(wave, ask, asks[ask]) for ask in members]
    return reads


def alone(wave: Wave, ask: Members, wants: Wants) -> Read:
    """The read of one section's or course's members by itself."""
    return Read((ask,), _begin(wave, ask, wants))


def _begin(wave: Wave, ask: Members, wants: Wants) -> Steps[Sequence[Read]]:
    # A generator, so that what cannot be done is raised where the read is run.
    return (yield from read_members(wave, ask, wants))


def _group(wave: Wave, ask: Members) -> tuple[object, ...]:
    """What asks have in common that one roster can answer; the first part is the course."""
    if tag_of(ask.page)[:1] == (_TAG,):
        position = ask.page.after or ()
        return (position[1], *position[1:-1], ask.filter.search)
    section = wave.store.typed(Section, ask.group.id)
    if (
        ask.group.kind is Kind.SECTION
        and ask.page.after is None
        and ask.filter.ids is None
        and not ask.filter.canvas
        and (ask.filter.states is None or set(ask.filter.states) == set(CURRENT))
        and section is not None
        and section.course_id is not None
    ):
        return (section.course_id, ask.filter.search)
    return (None, ask)


def _read_roster(wave: Wave, course: str, asks: Mapping[Members, Wants]) -> Steps[Sequence[Read]]:
    first = next(iter(asks))
    after = first.page.after
    who = reduce(or_, map(who_of, asks)) if after is None else _read_tag(after)
    users: Set[str] = frozenset().union(*(user_facets(ask, asks[ask]) for ask in asks))
    roles = who.words()[0]
    listing = Listing(
        (_TAG, course, roles),
        "/courses/:id/users",
        (course,),
        (*search_params(first.filter.search), *who.user_params()),
    )
    plan = roster_plan(wave, [listing], users, lambda person: ())
    start, per_page = Place(), MOST_A_PAGE
    if after is not None:
        token, per_page, _ = read_position(after)
        start = Place(0, token)
    walk = Walk(plan.listings, wave.site.follow, start, per_page)
    try:
        left = yield from _deal(wave, plan, walk, [(ask, _taker(ask)) for ask in asks])
    except (Forbidden, NotFound):
        if after is not None:
            raise
        left = [ask for ask in asks if wave.is_open(ask)]
    if left and after is not None:
        raise UpstreamInvalid("the vendor no longer tells the roster's sections")
    return [alone(wave, ask, asks[ask]) for ask in left]


def _deal(
    wave: Wave, plan: Plan[Person], walk: Walk, hands: list[tuple[Members, Taker[Person]]]
) -> Steps[list[Members]]:
    """Read the roster until each ask has its page. Returns those that it does not serve."""
    most = _PAGES_A_SECTION * len({ask.group for ask, _ in hands})
    pages = 0
    while hands and walk.next is not None:
        if pages == most and hands[0][1].is_start:
            break
        sheet = yield from walk.turn()
        pages += 1
        people = plan.absorb(sheet.rows)
        if people and not _tells_sections(people):
            break
        waiting = []
        for ask, taker in hands:
            if taker.take(people, sheet, walk):
                wave.settle(ask, taker.page())
            else:
                waiting.append((ask, taker))
        hands = waiting
    return [ask for ask, _ in hands]


def _tells_sections(people: Sequence[Person]) -> bool:
    """Whether the roster says who is in which section; a course's setting can hide it."""
    return any(one.section_id for person in people for one in person.enrollments)


def _taker(ask: Members) -> Taker[Person]:
    after = ask.page.after
    return Taker(
        ask,
        ask.page.first,
        picks(ask, who_of(ask)),
        sifted=True,
        skip=0 if after is None else read_position(after)[2],
        is_start=after is None,
    )


def _read_tag(position: Position) -> Who:
    try:
        return Who.from_words(str(position[2]), ",".join(CURRENT))
    except ValueError:
        raise foreign_cursor() from None
