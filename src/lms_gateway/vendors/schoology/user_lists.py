"""What hangs below a user: sections, and what follows from them.

Schoology lists a user's sections, and neither courses nor enrollments: courses are those of the
sections, enrollments are looked up in the sections' rosters.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

from collections.abc import Callable, Sequence

from lms_gateway.domain.asks import Children, MemberFilter, Page, Position, Search
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Key, Kind, Record, Section
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.reads import Steps, together
from lms_gateway.vendors.schoology.listings import (
    START,
    Cut,
    Listing,
    Spot,
    each,
    read_leaf,
    read_listing,
)
from lms_gateway.vendors.schoology.objects import learn_course
from lms_gateway.vendors.schoology.rosters import PAST, Width, enrollments_of, taker
from lms_gateway.vendors.schoology.rows import Row, Source, enrollment_facts
from lms_gateway.vendors.schoology.tellings import hear_section
from lms_gateway.vendors.schoology.wave import Wave

ListAsk = Children | Search
"""Asks whose pages are cut out of one listing."""


def section_learner(wave: Wave, parent: Key) -> Callable[[Row], Record]:
    def learn(row: Row) -> Record:
        record = hear_section(wave.store, row, Source.LISTED)
        if parent.kind is Kind.COURSE:
            record = wave.store.learn(Kind.SECTION, record.key.id, {"course_id": parent.id})
        return record

    return learn


def sections_of_user(user_id: str, *, include_past: bool) -> Listing:
    # Any value of `include_past`, even 0, switches it on.
    params: Params = (("include_past", "1"),) if include_past else ()
    return Listing(f"/users/{user_id}/sections", "/users/:id/sections", "section", params)


def courses_of_user(
    wave: Wave,
    asks: Sequence[ListAsk],
    user_id: str,
    after: Position | None,
    prefix: Position = (),
) -> Steps[None]:
    """The courses of a user's sections, each once; a cursor counts them.

    Calls: GET /users/:id/sections, to its end: people are in a few sections
    """
    match after or (0,):
        case (int(skip),) if skip >= 0:
            pass
        case _:
            raise BadInput("the cursor does not belong to this list")

    def take(record: Record) -> Record | None:
        if not isinstance(record, Section) or record.course_id is None:
            return None
        return wave.store.find(Key(Kind.COURSE, record.course_id))

    listing = sections_of_user(user_id, include_past=False)
    learn = section_learner(wave, Key(Kind.USER, user_id))
    every = Cut(2**31, take, sifts=True)
    yield from read_listing(listing, wave.site.origin, each(learn), [every])
    for ask in asks:
        end = skip + ask.page.first
        items = every.items[skip:end]
        positions = [(*prefix, skip + at + 1) for at in range(len(items))]
        wave.settle(ask, Page(items, positions, len(every.items) > end, every.found))


def enrollments_of_user(
    wave: Wave, asks: Sequence[ListAsk], user: Key, wanted: MemberFilter, after: Position | None
) -> Steps[None]:
    """A user's place in each of the user's sections; a cursor goes by sections.

    Completed and archived ones are looked for in past sections too.
    Calls: GET /users/:id/sections, then /sections/:id/enrollments?uid= for each
    """
    width, take = Width.of(wanted), taker(wave, wanted, Kind.ENROLLMENT)
    past = not width.statuses.isdisjoint(PAST)
    listing, learn = sections_of_user(user.id, include_past=past), section_learner(wave, user)
    spot = START if after is None else Spot.at(after)
    first = max(ask.page.first for ask in asks)
    cuts = [Cut(ask.page.first, take, sifts=True) for ask in asks]
    while True:
        leaf = yield from read_leaf(listing, wave.site.origin, spot, first + spot.skip)
        sections = [learn(row).key.id for row in leaf.rows]
        rosters = yield from together(
            _own_enrollments(wave, section_id, user.id, width) for section_id in sections
        )
        for found, behind in zip(rosters, leaf.behind, strict=True):
            for record in found:
                for cut in cuts:
                    cut.offer(record, behind.position)
        if leaf.next is None:
            break
        if all(cut.more or len(cut.items) == cut.first for cut in cuts):
            for cut in cuts:
                cut.more = True
            break
        spot = leaf.next
    for ask, cut in zip(asks, cuts, strict=True):
        if leaf.next is None and after is None:
            cut.total = cut.found
        wave.settle(ask, cut.page())


def _own_enrollments(
    wave: Wave, section_id: str, user_id: str, width: Width
) -> Steps[list[Record]]:
    listing = enrollments_of(section_id, width, [user_id])
    leaf = yield from read_leaf(listing, wave.site.origin, START, limit=20)
    facts = [enrollment_facts(row, section_id) for row in leaf.rows]
    # Were the parameter ignored, these would be everybody's.
    own = [fact for fact in facts if fact[0].facets["user_id"] == user_id]
    records = [wave.learn(fact) for fact in own]
    for record in records:
        learn_course(wave, record.key)
    return records
