"""Reads of grading periods, which are the terms of sections.

A section's row contains the ids of its periods. The periods themselves are read, in this order of
cost, from one list (administrators only), one by one, or from the list of a section.
https://developers.schoology.com/api-documentation/rest-api-v1/grading-periods
"""

from collections.abc import Mapping, Sequence, Set

from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.loads import ById, Page, TermsOf
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.schoology.api.endpoints import GRADING_PERIODS, SECTION_GRADING_PERIODS, ListEndpoint
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.reads.objects import get_object, read_object
from lms_gateway.vendors.schoology.rows.catalog import RowSource
from lms_gateway.vendors.schoology.rows.decoding import add_term
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.steps import Steps, gather

PERIOD_LIST_THRESHOLD = 3
"""The number of periods up to which they are read one by one, not as a list."""

TermLoad = TermsOf | ById
_WaitingLoads = Mapping[Key, Sequence[TermLoad]]
"""The loads that wait for each period."""


def read_terms(batch: LoadBatch, loads: Sequence[TermLoad]) -> Steps[None]:
    """Read the terms of sections, and terms by id, each period once.

    Calls: GET /sections/:id for sections whose periods are unknown, then as `_read_periods`
    """
    section_loads = {load.section: load for load in loads if isinstance(load, TermsOf)}
    yield from gather(
        isolate_errors(batch, [load], read_object(batch, section, {"term_ids"}))
        for section, load in section_loads.items()
        if batch.missing(section, {"term_ids"})
    )
    keys = {load: _term_keys(batch, load) for load in loads if batch.is_open(load)}
    unread: dict[Key, list[TermLoad]] = {}
    fields: Set[str] = frozenset()
    for load, terms in keys.items():
        for term in terms:
            # The id alone is enough for a section's term, but a term by id may not exist.
            must_exist = isinstance(load, ById) and batch.store.find(term) is None
            if must_exist or batch.missing_of(load, term):
                unread.setdefault(term, []).append(load)
                fields |= batch.projections[load].fields
    if unread:
        yield from _read_periods(batch, unread, fields)
    for load, terms in keys.items():
        if isinstance(load, ById):
            batch.settle(load, batch.store.find(Key(load.kind, load.id)))
        else:
            records = tuple(batch.store.merge(*term, {}) for term in terms)
            positions = tuple((count,) for count in range(1, len(terms) + 1))
            batch.settle(load, Page(records, positions, has_next=False, total=len(terms)))


def _term_keys(batch: LoadBatch, load: TermLoad) -> tuple[Key, ...]:
    if isinstance(load, ById):
        return (Key(Kind.TERM, load.id),)
    section = batch.store.get(Section, load.section.id)
    ids = (section.term_ids if section is not None else None) or ()
    return tuple(Key(Kind.TERM, term_id) for term_id in ids)


def _read_periods(batch: LoadBatch, waiting: _WaitingLoads, fields: Set[str]) -> Steps[None]:
    """Read these periods. Fields that stay unknown become null.

    Calls: GET /gradingperiods for more than three periods if it is not refused, /gradingperiods/:id
    for periods that are still unknown, /sections/:id/grading_periods for periods that are refused
    """
    negative_cache, name = batch.instance.negative_cache, GRADING_PERIODS.template
    if len(waiting) > PERIOD_LIST_THRESHOLD and not negative_cache.contains(name):
        try:
            yield from _read_list(batch, GRADING_PERIODS)
        except Forbidden:
            negative_cache.add(name)
    unread = [term for term in waiting if batch.store.find(term) is None or batch.missing(term, fields)]
    yield from gather(isolate_errors(batch, waiting[term], _read_period(batch, term)) for term in unread)
    refused: dict[str, list[TermLoad]] = {}
    for term in unread:
        for load in waiting[term]:
            if isinstance(load, TermsOf) and batch.store.find(term) is None:
                refused.setdefault(load.section.id, []).append(load)
    yield from gather(
        isolate_errors(batch, loads, _read_section_periods(batch, section_id))
        for section_id, loads in refused.items()
    )
    for term, loads in waiting.items():
        # A section's period exists, even if it may not be read.
        if batch.store.find(term) or any(isinstance(load, TermsOf) for load in loads):
            batch.settle_as_null(term, fields)


def _read_period(batch: LoadBatch, term: Key) -> Steps[None]:
    row = yield from get_object(term)
    if row is not None:
        add_term(batch.store, row, RowSource.OBJECT, batch.instance.time_zone)


def _read_section_periods(batch: LoadBatch, section_id: str) -> Steps[None]:
    try:
        yield from _read_list(batch, SECTION_GRADING_PERIODS.of(section_id))
    except (Forbidden, NotFound):
        return


def _read_list(batch: LoadBatch, periods: ListEndpoint) -> Steps[None]:
    def add_row(row: Row) -> Record:
        return add_term(batch.store, row, RowSource.LIST_ROW, batch.instance.time_zone)

    yield from batch.read_all(periods, add_row)
