"""A backend made of dictionaries: for what the schema and the waves do, whoever answers."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from lms_gateway.domain.asks import (
    Answer,
    Ask,
    ById,
    Children,
    Detail,
    Details,
    Members,
    Page,
    PageAsk,
    Plain,
    Search,
    Viewer,
    Wants,
)
from lms_gateway.domain.backend import Capability, Identity, Settle
from lms_gateway.domain.changes import (
    Act,
    Change,
    Create,
    Problem,
    Remove,
    Result,
    Status,
    Update,
)
from lms_gateway.domain.errors import (
    BadInput,
    LmsError,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    UpstreamUnavailable,
)
from lms_gateway.domain.records import Key, Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.schema.context import Context
from lms_gateway.schema.shared import Shared
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
        self.changes: list[list[Change]] = []
        self.rows = dict(ROWS)
        self.may_change = asyncio.Event()
        self.may_change.set()
        self.broken: set[Key] = set()

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        parts = vendor_id.split(".") if kind in (Kind.REPORT, Kind.TOKEN) else [vendor_id]
        if not parts[0].isdigit() or not parts[-1].isdigit():
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
                if key not in self.rows:
                    return None
                return store.learn(kind, id, self.rows[key] | DETAILS.get(kind, {}))
            case Viewer():
                return self._answer(ById(Kind.USER, "101"), wants, store)
            case Children(Key(Kind.COURSE, course), Kind.SECTION, _, page):
                ids = [k.id for k, row in self.rows.items() if row.get("course_id") == course]
                return _page(self.rows, store, Kind.SECTION, ids, page)
            case Members(_, Kind.USER, _, page):
                return _page(self.rows, store, Kind.USER, ["101", "102", "103", "104"], page)
            case Search(Kind.COURSE, _, page):
                return _page(self.rows, store, Kind.COURSE, ["1", "2"], page)
            case Detail("report", Key(_, account), arguments):
                told = dict(arguments)
                if told["id"] == "404":
                    return None
                key = Key(Kind.REPORT, f"{account}.{told['report']}.{told['id']}")
                return Plain({"id": told["id"], "report": told["report"], "progress": 40}, key)
            case Detail("course_settings"):
                return Plain({"hide_final_grades": True})
            case Detail("course_permissions", _, arguments):
                names = dict(arguments).get("names", ("read",))
                return Plain([{"name": name, "granted": True} for name in names])
            case Detail("access_token", Key(_, user), arguments):
                id = dict(arguments)["id"]
                return Plain({"id": id, "purpose": "tests"}, Key(Kind.TOKEN, f"{user}.{id}"))
            case Details("manageable_accounts", page=page):
                account = store.learn(Kind.ACCOUNT, "1", {"name": "Root"})
                return Page([account], [(1,)], False, 1)
            case Details("todo_items", page=page):
                rows = [Plain({"type": "grading", "needs_grading_count": n}) for n in range(3)]
                return Page(rows[: page.first], [(1,), (2,), (3,)][: page.first], True, None)
        raise AssertionError(f"not asked by these tests: {ask}")

    async def change(self, changes: Sequence[Change], store: Store) -> Sequence[Result]:
        self.changes.append(list(changes))
        await self.may_change.wait()
        return [self._carry_out(change, store) for change in changes]

    def _carry_out(self, change: Change, store: Store) -> Result:
        match change:
            case Remove(key):
                return Result(Status.CONFIRMED, store.learn(key.kind, key.id, self.rows.pop(key)))
            case Update(key, values):
                self.rows[key] = {**self.rows[key], **values}
                return Result(Status.CONFIRMED, store.learn(key.kind, key.id, self.rows[key]))
            case Act("create_access_token"):
                token = {"id": "7", "purpose": "tests"}
                return Result(Status.CONFIRMED, detail={"token": token, "secret": "s3cret"})
            case Create(kind, _, values) if values.get("name") == "refuse me":
                return Result(
                    Status.REFUSED,
                    problems=[Problem("BAD_USER_INPUT", "not this name", "canvas.license")],
                )
            case Create(kind, _, values) if values.get("name") == "break":
                return Result(Status.UNKNOWN, error=OutcomeUnknown("sent, and not answered"))
            case Create(kind, _, values) if values.get("name") == "wait":
                return Result(Status.REFUSED, error=RateLimited(5))
            case Create(kind, _, values) if values.get("name") == "bug":
                raise RuntimeError("a mistake of ours")
            case Create(kind, _, values):
                key = Key(kind, str(900 + len(self.rows)))
                self.rows[key] = {"course_id": "1", "original_course_id": None, **values}
                return Result(Status.CONFIRMED, store.learn(kind, key.id, {"name": values["name"]}))
        raise Unsupported("not at this vendor")

    async def identify(self) -> Identity:
        return Identity("somebody", None)

    async def aclose(self) -> None:
        return None


def _page(
    rows: Mapping[Key, dict[str, Any]], store: Store, kind: Kind, ids: list[str], page: PageAsk
) -> Page:
    start = 0 if page.after is None else int(page.after[0])
    shown = ids[start : start + page.first]
    items: list[Record] = [store.learn(kind, id, rows[Key(kind, id)]) for id in shown]
    positions = [(start + at + 1,) for at in range(len(items))]
    return Page(items, positions, start + len(items) < len(ids), len(ids))


ANYBODY = Caller(name=None, tenants=frozenset({"maple", "oak"}), scopes=frozenset(Scope))


def tenant(slug: str, backend: Any) -> Tenant:
    return Tenant(slug, slug.title(), Vendor.CANVAS, Access.OPEN, frozenset(), None, backend)


class School:
    """Tenants `maple` and `oak` in reach, `elm` not; each with a backend of its own."""

    def __init__(self) -> None:
        self.caller = ANYBODY
        self.shared = Shared()
        self.maple, self.oak, self.elm = DictBackend(), DictBackend(), DictBackend()
        backends = {"maple": self.maple, "oak": self.oak, "elm": self.elm}
        self.tenants = Tenants([tenant(slug, backend) for slug, backend in backends.items()])

    def context(self, selected: str | None = "maple", *, pinned: bool = False) -> Context:
        chosen = None if selected is None else self.tenants.get(self.caller, selected)
        return Context(
            tenants=self.tenants,
            caller=self.caller,
            selected=chosen,
            pinned=pinned,
            shared=self.shared,
        )
