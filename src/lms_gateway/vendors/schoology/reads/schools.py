"""Reads of schools and their buildings.

Both have the same rows and the same path: `/schools/:id` also accepts a building's id. Only the list of
schools distinguishes them. https://developers.schoology.com/api-documentation/rest-api-v1/school
"""

from collections.abc import Sequence

from lms_gateway.domain.loads import ById, RootAccount
from lms_gateway.domain.models import Account, AccountKind
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.schoology.api import endpoints
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.reads.objects import get_object
from lms_gateway.vendors.schoology.rows.catalog import RowSource
from lms_gateway.vendors.schoology.rows.decoding import add_object
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.steps import Steps, gather

HIERARCHY_FIELDS = frozenset({"account_kind", "parent_id"})
"""Fields that an account's own row does not contain."""


def read_accounts(batch: LoadBatch, loads: Sequence[ById | RootAccount]) -> Steps[None]:
    """Read schools and buildings by id, and the first school as the root account.

    Calls: GET /schools if the kind or the parent is selected, /schools/:id for other fields
    """
    school_ids: list[str] = []
    if any(
        isinstance(load, RootAccount) or batch.missing_of(load, Key(load.kind, load.id)) & HIERARCHY_FIELDS
        for load in loads
    ):
        school_ids = yield from _read_schools(batch)
    parts = []
    for load in loads:
        if isinstance(load, RootAccount):
            root = batch.store.find(Key(Kind.ACCOUNT, school_ids[0])) if school_ids else None
            batch.settle(load, root)
        else:
            parts.append(isolate_errors(batch, [load], _read_account(batch, load, school_ids)))
    yield from gather(parts)


def read_account_kind(batch: LoadBatch, account_id: str) -> Steps[AccountKind]:
    """Return whether an account is a school or a building."""
    account = batch.store.get(Account, account_id)
    if account is not None and account.account_kind is not None:
        return account.account_kind
    school_ids = yield from _read_schools(batch)
    return AccountKind.SCHOOL if account_id in school_ids else AccountKind.BUILDING


def add_account(batch: LoadBatch, row: Row, kind: AccountKind, parent_id: str | None) -> Record:
    """Add a school or building to the store."""
    record = add_object(batch.store, Kind.ACCOUNT, row, RowSource.LIST_ROW)
    return batch.store.merge(*record.key, {"account_kind": kind, "parent_id": parent_id})


def _read_schools(batch: LoadBatch) -> Steps[list[str]]:
    """Add the schools that the credential may see to the store. Return their ids."""
    school_ids: list[str] = []

    def add_row(row: Row) -> Record:
        record = add_account(batch, row, AccountKind.SCHOOL, None)
        school_ids.append(record.key.id)
        return record

    yield from batch.read_all(endpoints.SCHOOLS, add_row)
    return school_ids


def _read_account(batch: LoadBatch, load: ById, school_ids: Sequence[str]) -> Steps[None]:
    key = Key(load.kind, load.id)
    missing = batch.missing_of(load, key)
    if missing - HIERARCHY_FIELDS or batch.store.find(key) is None:
        row = yield from get_object(key)
        if row is not None:
            add_object(batch.store, Kind.ACCOUNT, row, RowSource.OBJECT)
    record = batch.store.find(key)
    if record is not None and missing & HIERARCHY_FIELDS:
        if key.id not in school_ids:
            # A building's parent is the school. With several schools it is unknown which one.
            parent_id = school_ids[0] if len(school_ids) == 1 else None
            fields = {"account_kind": AccountKind.BUILDING, "parent_id": parent_id}
            batch.store.merge(*key, fields)
        record = batch.settle_as_null(key, missing)
    batch.settle(load, record)
