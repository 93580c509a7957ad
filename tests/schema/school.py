"""A backend of dictionaries, for tests of the schema and of batches without a vendor."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.backend import CredentialIdentity, OnSettled
from lms_gateway.domain.commands import (
    Command,
    CommandResult,
    CommandStatus,
    Create,
    Delete,
    InputProblem,
    Update,
    VendorOperation,
)
from lms_gateway.domain.errors import (
    BadInput,
    LmsError,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    UpstreamUnavailable,
)
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import (
    ById,
    Children,
    Document,
    Load,
    LoadResult,
    Members,
    OperationListLoad,
    OperationLoad,
    Page,
    PageRequest,
    Search,
    Viewer,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.schema.context import Context
from lms_gateway.schema.process_state import ProcessState
from lms_gateway.tenancy import Caller, Tenant, Tenants

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
"""Fields that only a lookup by id returns."""


LIMITATIONS: Limitations = {Limitation(Search, Kind.COURSE, argument="term_id"): "no terms here"}


class DictBackend:
    """Serves `ROWS`. `batches` are all batches; `broken` are the keys whose reads fail."""

    vendor = Vendor.CANVAS
    supported_fields: Mapping[Kind, frozenset[str]] = {
        Kind.SECTION: frozenset({"name", "course_id", "original_course_id", "student_count"}),
        Kind.COURSE: frozenset({"name", "code", "term_id"}),
        Kind.USER: frozenset({"display_name", "email", "locale"}),
    }
    limitations = LIMITATIONS
    cursor_key = b"a key of this credential"

    def __init__(self) -> None:
        self.batches: list[dict[Load, Projection]] = []
        self.commands: list[list[Command]] = []
        self.rows = dict(ROWS)
        self.may_run = asyncio.Event()
        self.may_run.set()
        self.broken: set[Key] = set()

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        parts = vendor_id.split(".") if kind in (Kind.REPORT, Kind.TOKEN) else [vendor_id]
        if not parts[0].isdigit() or not parts[-1].isdigit():
            raise BadInput("not an id")
        return vendor_id

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        self.batches.append(dict(batch))
        for load, projection in batch.items():
            on_settled(load, self._answer(load, projection, store))

    def _answer(self, load: Load, projection: Projection, store: Store) -> LoadResult | LmsError:
        match load:
            case ById(kind, id):
                key = Key(kind, id)
                if key in self.broken:
                    return UpstreamUnavailable("the vendor is away")
                if key not in self.rows:
                    return None
                return store.merge(kind, id, self.rows[key] | DETAILS.get(kind, {}))
            case Viewer():
                return self._answer(ById(Kind.USER, "101"), projection, store)
            case Children(Key(Kind.COURSE, course), Kind.SECTION, _, page):
                ids = [
                    section_key.id for section_key, row in self.rows.items() if row.get("course_id") == course
                ]
                return _page(self.rows, store, Kind.SECTION, ids, page)
            case Members(_, Kind.USER, _, page):
                return _page(self.rows, store, Kind.USER, ["101", "102", "103", "104"], page)
            case Search(Kind.COURSE, _, page):
                return _page(self.rows, store, Kind.COURSE, ["1", "2"], page)
            case OperationLoad("report", Key(_, account), arguments):
                report_arguments = dict(arguments)
                if report_arguments["id"] == "404":
                    return None
                key = Key(Kind.REPORT, f"{account}.{report_arguments['report']}.{report_arguments['id']}")
                return Document(
                    {
                        "id": report_arguments["id"],
                        "report": report_arguments["report"],
                        "progress": 40,
                    },
                    key,
                )
            case OperationLoad("course_settings"):
                return Document({"hide_final_grades": True})
            case OperationLoad("course_permissions", _, arguments):
                names = dict(arguments).get("names", ("read",))
                return Document([{"name": name, "granted": True} for name in names])
            case OperationLoad("access_token", Key(_, user), arguments):
                id = dict(arguments)["id"]
                return Document({"id": id, "purpose": "tests"}, Key(Kind.TOKEN, f"{user}.{id}"))
            case OperationListLoad("manageable_accounts", page=page):
                root = store.merge(Kind.ACCOUNT, "1", {"name": "Root"})
                return Page([root], [(1,)], False, 1)
            case OperationListLoad("todo_items", page=page):
                rows = [Document({"type": "grading", "needs_grading_count": number}) for number in range(3)]
                return Page(rows[: page.first], [(1,), (2,), (3,)][: page.first], True, None)
        raise AssertionError(f"not used by these tests: {load}")

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        self.commands.append(list(commands))
        await self.may_run.wait()
        return [self._apply(command, store) for command in commands]

    def _apply(self, command: Command, store: Store) -> CommandResult:
        match command:
            case Delete(key):
                return CommandResult(
                    CommandStatus.CONFIRMED, store.merge(key.kind, key.id, self.rows.pop(key))
                )
            case Update(key, values):
                self.rows[key] = {**self.rows[key], **values}
                return CommandResult(CommandStatus.CONFIRMED, store.merge(key.kind, key.id, self.rows[key]))
            case VendorOperation("create_access_token"):
                token = {"id": "7", "purpose": "tests"}
                return CommandResult(CommandStatus.CONFIRMED, detail={"token": token, "secret": "s3cret"})
            case Create(kind, _, values) if values.get("name") == "refuse me":
                return CommandResult(
                    CommandStatus.REFUSED,
                    problems=[InputProblem("BAD_USER_INPUT", "not this name", "canvas.license")],
                )
            case Create(kind, _, values) if values.get("name") == "break":
                return CommandResult(CommandStatus.UNKNOWN, error=OutcomeUnknown("sent, and not answered"))
            case Create(kind, _, values) if values.get("name") == "wait":
                return CommandResult(CommandStatus.REFUSED, error=RateLimited(5))
            case Create(kind, _, values) if values.get("name") == "bug":
                raise RuntimeError("a mistake of ours")
            case Create(kind, _, values):
                key = Key(kind, str(900 + len(self.rows)))
                self.rows[key] = {"course_id": "1", "original_course_id": None, **values}
                return CommandResult(
                    CommandStatus.CONFIRMED, store.merge(kind, key.id, {"name": values["name"]})
                )
        raise Unsupported("not at this vendor")

    async def identify(self) -> CredentialIdentity:
        return CredentialIdentity("user", None)

    async def aclose(self) -> None:
        return None


def _page(
    rows: Mapping[Key, dict[str, Any]], store: Store, kind: Kind, ids: list[str], page: PageRequest
) -> Page:
    start = 0 if page.after is None else int(page.after[0])
    page_ids = ids[start : start + page.first]
    items: list[Record] = [store.merge(kind, id, rows[Key(kind, id)]) for id in page_ids]
    positions = [(start + index + 1,) for index in range(len(items))]
    return Page(items, positions, start + len(items) < len(ids), len(ids))


ANY_CALLER = Caller(name=None, tenants=frozenset({"maple", "oak"}), scopes=frozenset(Scope))


def tenant(slug: str, backend: Any) -> Tenant:
    return Tenant(slug, slug.title(), Vendor.CANVAS, Access.OPEN, frozenset(), None, backend)


class School:
    """The tenants `maple` and `oak` are accessible, `elm` is not. Each has its own backend."""

    def __init__(self) -> None:
        self.caller = ANY_CALLER
        self.process_state = ProcessState()
        self.maple, self.oak, self.elm = DictBackend(), DictBackend(), DictBackend()
        backends = {"maple": self.maple, "oak": self.oak, "elm": self.elm}
        self.tenants = Tenants([tenant(slug, backend) for slug, backend in backends.items()])

    def context(self, selected: str | None = "maple", *, pinned: bool = False) -> Context:
        selected_tenant = None if selected is None else self.tenants.get(self.caller, selected)
        return Context(
            tenants=self.tenants,
            caller=self.caller,
            selected=selected_tenant,
            pinned=pinned,
            process_state=self.process_state,
        )
