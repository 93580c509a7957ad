"""Grading periods: the terms that sections run in.

A section carries the ids of its periods. What is told of them lies in a list that takes an
administrator, one by one where anybody may look, or below a section; in this order of cost.
https://developers.schoology.com/api-documentation/rest-api-v1/grading-periods
"""

from collections.abc import Sequence, Set

from lms_gateway.domain.asks import ById, Page, TermsOf
from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.records import Key, Kind, Record, Section
from lms_gateway.upstream.call import Call
from lms_gateway.vendors.reads import Steps, get, together
from lms_gateway.vendors.schoology.listings import Cut, Listing, each, read_listing
from lms_gateway.vendors.schoology.objects import parse_object, quietly, read_object
from lms_gateway.vendors.schoology.rows import Row, Source, row_id, term_facts
from lms_gateway.vendors.schoology.wave import Wave, guarded

FEW = 3
"""Periods that are asked for one by one rather than as a list."""

PERIODS = Listing("/gradingperiods", "/gradingperiods", "gradingperiods")

TermAsk = TermsOf | ById


def read_terms(wave: Wave, asks: Sequence[TermAsk]) -> Steps[None]:
    """The terms of sections, and terms by id, each period asked for once.

    Calls: GET /sections/:id where a section's periods are not known yet; then as `_read_periods`
    """
    sections = {ask.section: ask for ask in asks if isinstance(ask, TermsOf)}
    unread = [key for key in sections if wave.lacks(key, {"term_ids"})]
    yield from together(
        guarded(wave, [sections[key]], quietly(read_object(wave, key, {"term_ids"})))
        for key in unread
    )
    wanted = {ask: _ids(wave, ask) for ask in asks if wave.is_open(ask)}
    missing: dict[str, list[TermAsk]] = {}
    facets: Set[str] = frozenset()
    for ask, ids in wanted.items():
        for term_id in ids:
            if wave.lacks(Key(Kind.TERM, term_id), wave.batch[ask].facets) or (
                isinstance(ask, ById) and wave.store.find(Key(Kind.TERM, term_id)) is None
            ):
                missing.setdefault(term_id, []).append(ask)
                facets |= wave.batch[ask].facets
    if missing:
        yield from _read_periods(wave, missing, facets)
    for ask, ids in wanted.items():
        if isinstance(ask, ById):
            wave.settle(ask, wave.store.find(Key(ask.kind, ask.id)))
        else:
            terms = tuple(wave.store.learn(Kind.TERM, term_id, {}) for term_id in ids)
            positions = tuple((at + 1,) for at in range(len(terms)))
            wave.settle(ask, Page(terms, positions, has_next=False, total=len(terms)))


def _ids(wave: Wave, ask: TermAsk) -> tuple[str, ...]:
    if isinstance(ask, ById):
        return (ask.id,)
    section = wave.store.typed(Section, ask.section.id)
    return (section.term_ids if section is not None else None) or ()


def _read_periods(wave: Wave, missing: dict[str, list[TermAsk]], facets: Set[str]) -> Steps[None]:
    """Learn these periods.

    Calls: GET /gradingperiods where they are many and may be listed, /gradingperiods/:id for what
    is still unknown, /sections/:id/grading_periods for what may not be read by itself
    """
    refusals = wave.site.refusals
    if len(missing) > FEW and not refusals.stands(PERIODS.path):
        try:
            yield from _read_list(wave, PERIODS)
        except Forbidden:
            refusals.note(PERIODS.path)
    unread = [
        one
        for one in missing
        if wave.store.find(Key(Kind.TERM, one)) is None or wave.lacks(Key(Kind.TERM, one), facets)
    ]
    yield from together(
        guarded(wave, missing[one], _read_period(wave, Key(Kind.TERM, one))) for one in unread
    )
    hidden: dict[str, list[TermAsk]] = {}
    for one in unread:
        for ask in missing[one]:
            if isinstance(ask, TermsOf) and wave.store.find(Key(Kind.TERM, one)) is None:
                hidden.setdefault(ask.section.id, []).append(ask)
    yield from together(
        guarded(wave, asks, _read_below_section(wave, section_id))
        for section_id, asks in hidden.items()
    )
    for one, asks in missing.items():
        # A section says that its period is there, whoever may read it.
        if any(isinstance(ask, TermsOf) for ask in asks) or wave.store.find(Key(Kind.TERM, one)):
            wave.settle_null(Key(Kind.TERM, one), facets)


def _read_period(wave: Wave, key: Key) -> Steps[None]:
    try:
        reply = yield from get(Call(f"/gradingperiods/{key.id}", "/gradingperiods/:id"))
    except (Forbidden, NotFound):
        return
    row = parse_object(reply)
    if row_id(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    wave.learn(term_facts(row, Source.ALONE, wave.site.zone))


def _read_below_section(wave: Wave, section_id: str) -> Steps[None]:
    path = f"/sections/{section_id}/grading_periods"
    listing = Listing(path, "/sections/:id/grading_periods", "grading_period")
    try:
        yield from _read_list(wave, listing)
    except (Forbidden, NotFound):
        return


def _read_list(wave: Wave, listing: Listing) -> Steps[None]:
    def learn(row: Row) -> Record:
        return wave.learn(term_facts(row, Source.LISTED, wave.site.zone))

    yield from read_listing(listing, wave.site.origin, each(learn), [Cut(None, lambda term: term)])
