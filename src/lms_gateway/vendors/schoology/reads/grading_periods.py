"""Grading periods: the terms that sections run in.

A section carries the ids of its periods. What is told of them lies in a list that takes an
administrator, one by one where anybody may look, or below a section; in this order of cost.
https://developers.schoology.com/api-documentation/rest-api-v1/grading-periods
"""

from collections.abc import Sequence, Set

from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.loads import ById, Page, TermsOf
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.schoology.api.pagination import (
    ListEndpoint,
    PageCollector,
    collect_pages,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.reads.objects import discard_result, parse_object, read_object
from lms_gateway.vendors.schoology.rows.field_maps import Row, RowSource, decode_term, row_id
from lms_gateway.vendors.shared.steps import Steps, gather, get

PERIOD_LIST_THRESHOLD = 3
"""Periods that are asked for one by one rather than as a list."""

PERIODS_ENDPOINT = ListEndpoint("/gradingperiods", "/gradingperiods", "gradingperiods")

TermLoad = TermsOf | ById


def read_terms(batch: LoadBatch, loads: Sequence[TermLoad]) -> Steps[None]:
    """The terms of sections, and terms by id, each period asked for once.

    Calls: GET /sections/:id where a section's periods are not known yet; then as `_read_periods`
    """
    sections = {load.section: load for load in loads if isinstance(load, TermsOf)}
    unread = [key for key in sections if batch.missing(key, {"term_ids"})]
    yield from gather(
        isolate_errors(
            batch, [sections[key]], discard_result(read_object(batch, key, {"term_ids"}))
        )
        for key in unread
    )
    term_ids = {load: _term_ids(batch, load) for load in loads if batch.is_open(load)}
    missing: dict[str, list[TermLoad]] = {}
    fields: Set[str] = frozenset()
    for load, period_ids in term_ids.items():
        for term_id in period_ids:
            if batch.missing(Key(Kind.TERM, term_id), batch.projections[load].fields) or (
                isinstance(load, ById) and batch.store.find(Key(Kind.TERM, term_id)) is None
            ):
                missing.setdefault(term_id, []).append(load)
                fields |= batch.projections[load].fields
    if missing:
        yield from _read_periods(batch, missing, fields)
    for load, period_ids in term_ids.items():
        if isinstance(load, ById):
            batch.settle(load, batch.store.find(Key(load.kind, load.id)))
        else:
            terms = tuple(batch.store.merge(Kind.TERM, term_id, {}) for term_id in period_ids)
            positions = tuple((index + 1,) for index in range(len(terms)))
            batch.settle(load, Page(terms, positions, has_next=False, total=len(terms)))


def _term_ids(batch: LoadBatch, load: TermLoad) -> tuple[str, ...]:
    if isinstance(load, ById):
        return (load.id,)
    section = batch.store.get(Section, load.section.id)
    return (section.term_ids if section is not None else None) or ()


def _read_periods(
    batch: LoadBatch, missing: dict[str, list[TermLoad]], fields: Set[str]
) -> Steps[None]:
    """Learn these periods.

    Calls: GET /gradingperiods where they are many and may be listed, /gradingperiods/:id for what
    is still unknown, /sections/:id/grading_periods for what may not be read by itself
    """
    negative_cache = batch.instance.negative_cache
    if len(missing) > PERIOD_LIST_THRESHOLD and not negative_cache.contains(PERIODS_ENDPOINT.path):
        try:
            yield from _read_list(batch, PERIODS_ENDPOINT)
        except Forbidden:
            negative_cache.add(PERIODS_ENDPOINT.path)
    unread = [
        term_id
        for term_id in missing
        if batch.store.find(Key(Kind.TERM, term_id)) is None
        or batch.missing(Key(Kind.TERM, term_id), fields)
    ]
    yield from gather(
        isolate_errors(batch, missing[term_id], _read_period(batch, Key(Kind.TERM, term_id)))
        for term_id in unread
    )
    hidden: dict[str, list[TermLoad]] = {}
    for term_id in unread:
        for load in missing[term_id]:
            if isinstance(load, TermsOf) and batch.store.find(Key(Kind.TERM, term_id)) is None:
                hidden.setdefault(load.section.id, []).append(load)
    yield from gather(
        isolate_errors(batch, loads, _read_below_section(batch, section_id))
        for section_id, loads in hidden.items()
    )
    for term_id, loads in missing.items():
        # A section says that its period is there, whoever may read it.
        if any(isinstance(load, TermsOf) for load in loads) or batch.store.find(
            Key(Kind.TERM, term_id)
        ):
            batch.settle_as_null(Key(Kind.TERM, term_id), fields)


def _read_period(batch: LoadBatch, key: Key) -> Steps[None]:
    try:
        reply = yield from get(Call(f"/gradingperiods/{key.id}", "/gradingperiods/:id"))
    except (Forbidden, NotFound):
        return
    row = parse_object(reply)
    if row_id(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    batch.merge(decode_term(row, RowSource.OBJECT, batch.instance.time_zone))


def _read_below_section(batch: LoadBatch, section_id: str) -> Steps[None]:
    path = f"/sections/{section_id}/grading_periods"
    list_endpoint = ListEndpoint(path, "/sections/:id/grading_periods", "grading_period")
    try:
        yield from _read_list(batch, list_endpoint)
    except (Forbidden, NotFound):
        return


def _read_list(batch: LoadBatch, list_endpoint: ListEndpoint) -> Steps[None]:
    def add_row(row: Row) -> Record:
        return batch.merge(decode_term(row, RowSource.LIST_ROW, batch.instance.time_zone))

    yield from collect_pages(
        list_endpoint,
        batch.instance.origin,
        row_by_row(add_row),
        [PageCollector(None, lambda term: term)],
    )
