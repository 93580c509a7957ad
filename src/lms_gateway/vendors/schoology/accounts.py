"""Schools and their buildings, which Schoology tells in one shape and under one path.

A building's id works where a school's does, so the list of schools is what tells them apart.
https://developers.schoology.com/api-documentation/rest-api-v1/school
"""

from collections.abc import Sequence

from lms_gateway.domain.asks import ById, RootAccount
from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.records import Account, AccountKind, Key, Kind, Record
from lms_gateway.upstream.call import Call
from lms_gateway.vendors.reads import Steps, get, together
from lms_gateway.vendors.schoology.listings import Cut, Listing, each, read_listing
from lms_gateway.vendors.schoology.objects import parse_object, quietly
from lms_gateway.vendors.schoology.rows import Row, account_facts, row_id
from lms_gateway.vendors.schoology.wave import Wave, guarded

SCHOOLS = Listing("/schools", "/schools", "school")
PLACE = frozenset({"account_kind", "parent_id"})
"""Facets that an account's own row does not tell."""


def read_accounts(wave: Wave, asks: Sequence[ById | RootAccount]) -> Steps[None]:
    """Schools and buildings by id, and the school itself.

    Calls: GET /schools where their place is wanted, /schools/:id for what is not among them
    """
    places = [ask for ask in asks if isinstance(ask, RootAccount) or _lacks_place(wave, ask)]
    schools: list[str] = []
    if places:
        schools = yield from read_schools(wave)
    parts = []
    for ask in asks:
        if isinstance(ask, RootAccount):
            root = wave.store.find(Key(Kind.ACCOUNT, schools[0])) if schools else None
            wave.settle(ask, root)
            continue
        parts.append(guarded(wave, [ask], _read_one(wave, ask, schools)))
    yield from together(parts)


def read_schools(wave: Wave) -> Steps[list[str]]:
    """Learn the schools that the credential may see. Returns their ids."""
    schools = Cut(None, lambda record: record)
    ids: list[str] = []

    def learn(row: Row) -> Record:
        record = learn_school(wave, row)
        ids.append(record.key.id)
        return record

    yield from read_listing(SCHOOLS, wave.site.origin, each(learn), [schools])
    return ids


def read_kind(wave: Wave, account_id: str) -> Steps[AccountKind]:
    """Whether an account is a school or a building."""
    known = wave.store.typed(Account, account_id)
    if known is not None and known.account_kind is not None:
        return known.account_kind
    schools = yield from read_schools(wave)
    return AccountKind.SCHOOL if account_id in schools else AccountKind.BUILDING


def learn_school(wave: Wave, row: Row) -> Record:
    """A row of the list of schools."""
    return wave.learn(account_facts(row, AccountKind.SCHOOL, None))


def buildings_of(account_id: str) -> Listing:
    """A school's buildings."""
    return Listing(f"/schools/{account_id}/buildings", "/schools/:id/buildings", "building")


def _lacks_place(wave: Wave, ask: ById) -> bool:
    return bool(wave.lacks(Key(ask.kind, ask.id), wave.batch[ask].facets) & PLACE)


def _read_one(wave: Wave, ask: ById, schools: Sequence[str]) -> Steps[None]:
    key = Key(ask.kind, ask.id)
    lacks = wave.lacks(key, wave.batch[ask].facets)
    if lacks - PLACE or wave.store.find(key) is None:
        yield from quietly(_read_account(wave, key))
    record = wave.store.find(key)
    if record is not None and lacks & PLACE:
        if key.id not in schools:
            # A building belongs to the school, as far as there is only one to belong to.
            parent = schools[0] if len(schools) == 1 else None
            facts = {"account_kind": AccountKind.BUILDING, "parent_id": parent}
            record = wave.store.learn(Kind.ACCOUNT, key.id, facts)
        record = wave.settle_null(key, lacks)
    wave.settle(ask, record)


def _read_account(wave: Wave, key: Key) -> Steps[Record | None]:
    try:
        reply = yield from get(Call(f"/schools/{key.id}", "/schools/:id"))
    except (Forbidden, NotFound):
        return None
    row = parse_object(reply)
    if row_id(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    return wave.learn(account_facts(row, None, None))
