"""Schools and their buildings, which Schoology tells in one shape and under one path.

A building's id works where a school's does, so the list of schools is what tells them apart.
https://developers.schoology.com/api-documentation/rest-api-v1/school
"""

from collections.abc import Sequence

from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.loads import ById, RootAccount
from lms_gateway.domain.models import Account, AccountKind
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.schoology.api.pagination import (
    ListEndpoint,
    PageCollector,
    collect_pages,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.reads.objects import discard_result, parse_object
from lms_gateway.vendors.schoology.rows.field_maps import Row, decode_account, row_id
from lms_gateway.vendors.shared.steps import Steps, gather, get

SCHOOLS_ENDPOINT = ListEndpoint("/schools", "/schools", "school")
HIERARCHY_FIELDS = frozenset({"account_kind", "parent_id"})
"""Facets that an account's own row does not tell."""


def read_accounts(batch: LoadBatch, loads: Sequence[ById | RootAccount]) -> Steps[None]:
    """Schools and buildings by id, and the school itself.

    Calls: GET /schools where their place is wanted, /schools/:id for what is not among them
    """
    hierarchy_loads = [
        load for load in loads if isinstance(load, RootAccount) or _needs_hierarchy(batch, load)
    ]
    school_ids: list[str] = []
    if hierarchy_loads:
        school_ids = yield from read_schools(batch)
    parts = []
    for load in loads:
        if isinstance(load, RootAccount):
            root = batch.store.find(Key(Kind.ACCOUNT, school_ids[0])) if school_ids else None
            batch.settle(load, root)
            continue
        parts.append(isolate_errors(batch, [load], _complete_account(batch, load, school_ids)))
    yield from gather(parts)


def read_schools(batch: LoadBatch) -> Steps[list[str]]:
    """Learn the schools that the credential may see. Returns their ids."""
    collector = PageCollector(None, lambda record: record)
    school_ids: list[str] = []

    def add_row(row: Row) -> Record:
        record = add_school(batch, row)
        school_ids.append(record.key.id)
        return record

    yield from collect_pages(
        SCHOOLS_ENDPOINT, batch.instance.origin, row_by_row(add_row), [collector]
    )
    return school_ids


def read_account_kind(batch: LoadBatch, account_id: str) -> Steps[AccountKind]:
    """Whether an account is a school or a building."""
    account = batch.store.get(Account, account_id)
    if account is not None and account.account_kind is not None:
        return account.account_kind
    school_ids = yield from read_schools(batch)
    return AccountKind.SCHOOL if account_id in school_ids else AccountKind.BUILDING


def add_school(batch: LoadBatch, row: Row) -> Record:
    """A row of the list of schools."""
    return batch.merge(decode_account(row, AccountKind.SCHOOL, None))


def buildings_endpoint(account_id: str) -> ListEndpoint:
    """A school's buildings."""
    return ListEndpoint(f"/schools/{account_id}/buildings", "/schools/:id/buildings", "building")


def _needs_hierarchy(batch: LoadBatch, load: ById) -> bool:
    return bool(
        batch.missing(Key(load.kind, load.id), batch.projections[load].fields) & HIERARCHY_FIELDS
    )


def _complete_account(batch: LoadBatch, load: ById, school_ids: Sequence[str]) -> Steps[None]:
    key = Key(load.kind, load.id)
    missing = batch.missing(key, batch.projections[load].fields)
    if missing - HIERARCHY_FIELDS or batch.store.find(key) is None:
        yield from discard_result(_read_account(batch, key))
    record = batch.store.find(key)
    if record is not None and missing & HIERARCHY_FIELDS:
        if key.id not in school_ids:
            # A building belongs to the school, as far as there is only one to belong to.
            parent = school_ids[0] if len(school_ids) == 1 else None
            fields = {"account_kind": AccountKind.BUILDING, "parent_id": parent}
            record = batch.store.merge(Kind.ACCOUNT, key.id, fields)
        record = batch.settle_as_null(key, missing)
    batch.settle(load, record)


def _read_account(batch: LoadBatch, key: Key) -> Steps[Record | None]:
    try:
        reply = yield from get(Call(f"/schools/{key.id}", "/schools/:id"))
    except (Forbidden, NotFound):
        return None
    row = parse_object(reply)
    if row_id(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    return batch.merge(decode_account(row, None, None))
