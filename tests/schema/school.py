"""A backend made of dictionaries: for what the schema and the waves do, whoever answers."""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.asks import (
    Answer,
    Ask,
    ById,
    Children,
    Members,
    Page,
    PageAsk,
    Search,
    Viewer,
    Wants,
)
from lms_gateway.domain.backend import Capability, Identity, Settle
from lms_gateway.domain.errors import BadInput, LmsError, UpstreamUnavailable
from lms_gateway.domain.records import Key, Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.schema.context import Context
from lms_gateway.tenancy import Access, Caller, Scope, Tenant, Tenants

ROWS: Mapping[Key, dict[str, Any]] = {
    Key(Kind.COURSE, "1"): {"name": "Biology", "code": "BIO", "term_id": None},
    Key(Kind.COURSE, "2"): {"name": "Chemistry", "code": "CHE", "term_id": None},
    **{
        Key(Kind.SECTION, str(n)): {
            "name": f"Section {n}",
            "course_id": "1" if n < 13 else "2",
            "original_course_id": None,
        }
        for n in range(11, 16)
    },
    **{Key(Kind.USER, str(n)): {"display_name": f"Person {n}"} for n in range(101, 105)},
}
DETAILS: Mapping[Kind, dict[str, Any]] = {
    Kind.USER: {"email": "someone@school.example", "locale": "en"},
    Kind.SECTION: {"student_count": 3},
}
"""What only an object fetched by id has."""


class DictBackend:
    """Knows `ROWS`. `batches` holds every wave; `broken` are the keys that cannot be had."""

    vendor = Vendor.CANVAS
    gives: Mapping[Kind, frozenset[str]] = {
        Kind.SECTION: frozenset({"name", "course_id", "original_course_id", "student_count"}),
        Kind.COURSE: frozenset({"name", "code", "term_id"}),
        Kind.USER: frozenset({"display_name", "email", "locale"}),
    }
    capabilities = (Capability("Query.courses(filter.term)", False, "no terms here"),)
    cursor_key = b"a key of this credential"

    def __init__(self) -> None:
        self.batches: list[dict[Ask, Wants]] = []
        self.broken: set[Key] = set()

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        if not vendor_id.isdigit():
            raise BadInput("not an id")
        return vendor_id

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        self.batches.append(dict(batch))
        for ask, wants in batch.items():
            settle(ask, self._answer(ask, wants, store))

    def _answer(self, ask: Ask, wants: Wants, store: Store) -> Answer | LmsError:
        match ask:
            case ById(kind, id):
                key = Key(kind, id)
                if key in self.broken:
                    return UpstreamUnavailable("the vendor is away")
                if key not in ROWS:
                    return None
                return store.learn(kind, id, ROWS[key] | DETAILS.get(kind, {}))
            case Viewer():
                return self._answer(ById(Kind.USER, "101"), wants, store)
            case Children(Key(Kind.COURSE, course), Kind.SECTION, _, page):
                ids = [k.id for k, row in ROWS.items() if row.get("course_id") == course]
                return _page(store, Kind.SECTION, ids, page)
            case Members(_, Kind.USER, _, page):
                return _page(store, Kind.USER, ["101", "102", "103", "104"], page)
            case Search(Kind.COURSE, _, page):
                return _page(store, Kind.COURSE, ["1", "2"], page)
        raise AssertionError(f"not asked by these tests: {ask}")

    async def identify(self) -> Identity:
        return Identity("somebody", None)

    async def aclose(self) -> None:
        return None


def _page(store: Store, kind: Kind, ids: list[str], page: PageAsk) -> Page:
    start = 0 if page.after is None else int(page.after[0])
    shown = ids[start : start + page.first]
    items: list[Record] = [store.learn(kind, id, ROWS[Key(kind, id)]) for id in shown]
    positions = [(start + at + 1,) for at in range(len(items))]
    return Page(items, positions, start + len(items) < len(ids), len(ids))


ANYBODY = Caller(name=None, tenants=frozenset({"maple", "oak"}), scopes=frozenset(Scope))


def tenant(slug: str, backend: Any) -> Tenant:
    return Tenant(slug, slug.title(), Vendor.CANVAS, Access.OPEN, frozenset(), None, backend)


class School:
    """Tenants `maple` and `oak` in reach, `elm` not; each with a backend of its own."""

    def __init__(self) -> None:
        self.maple, self.oak, self.elm = DictBackend(), DictBackend(), DictBackend()
        backends = {"maple": self.maple, "oak": self.oak, "elm": self.elm}
        self.tenants = Tenants([tenant(slug, backend) for slug, backend in backends.items()])

    def context(self, selected: str | None = "maple", *, pinned: bool = False) -> Context:
        chosen = None if selected is None else self.tenants.get(ANYBODY, selected)
        return Context(tenants=self.tenants, caller=ANYBODY, selected=chosen, pinned=pinned)
