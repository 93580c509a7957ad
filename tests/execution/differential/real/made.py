"""A vendor that is made up: it tells something of every facet and detail the schema knows.

The sandbox's schools have what schools have; here everything is there that may be there, lists of
what seldom is, and errors in any place in which a vendor's own may be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from lms_gateway.domain.asks import (
    Answer,
    Ask,
    ByAlias,
    ById,
    Children,
    Detail,
    Details,
    Members,
    Page,
    Plain,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
    Wants,
)
from lms_gateway.domain.backend import Capability, Identity, Settle
from lms_gateway.domain.changes import Change, Problem, Result, Status
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    LmsError,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.records import Key, Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.execution import Loaded, Needs, declaration_of
from lms_gateway.execution.declare import strawberry_field
from lms_gateway.schema.context import TYPE_NAMES
from tests.execution.differential.turns import pause

ERRORS: Sequence[Callable[[], LmsError]] = (
    lambda: UpstreamTimeout("no reply in time"),
    lambda: UpstreamUnavailable("the vendor is away"),
    lambda: Forbidden("not for this credential"),
    lambda: Unsupported("not at this vendor"),
    lambda: RateLimited(2.5),
    lambda: BadInput("the vendor does not take it"),
)


@cache
def facets_of(schema: GraphQLSchema, vendor: Vendor) -> Mapping[Kind, Mapping[str, Any]]:
    """What the schema's types read: kind → facet → the type of the field that reads it."""
    found: dict[Kind, dict[str, Any]] = {}
    for kind, name in TYPE_NAMES.items():
        if kind is None or kind is Kind.PROGRESS:
            continue
        facets = found[kind] = {}
        type_: Any = schema.type_map[name]
        block = get_named_type(type_.fields[vendor].type) if vendor in type_.fields else None
        for fields in (type_.fields, {} if block is None else block.fields):  # type: ignore[union-attr]
            for one in fields.values():
                declared = declaration_of(one)
                if isinstance(declared, Needs) and len(declared.facets) == 1:
                    facets[declared.facets[0]] = one.type
                elif isinstance(declared, Needs | Loaded):
                    names = declared.facets if isinstance(declared, Needs) else declared.needs
                    facets.update({facet: None for facet in names if facet not in facets})
    return found


@cache
def details_of(schema: GraphQLSchema) -> Mapping[str, Any]:
    """What operations beside the facets tell: their names → the types of the fields."""
    return {
        declared.name: one.type
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for one in type_.fields.values()
        if isinstance(declared := declaration_of(one), Loaded)
    }


class MadeBackend:
    """Tells what its seed says. `calls` holds every ask and change that it was given."""

    cursor_key = b"a key of this credential"
    capabilities = (Capability("Query.courses(filter.term)", False, "no terms here"),)

    def __init__(
        self, schema: GraphQLSchema, vendor: Vendor, seed: int, faults: int, pace: int
    ) -> None:
        """`faults`: of a thousand answers, facets and rows."""
        self.vendor = vendor
        self.calls: list[str] = []
        self._schema = schema
        self._facets = facets_of(schema, vendor)
        self._seed = seed
        self._faults = faults
        self._pace = pace
        self.gives = {
            kind: frozenset(name for name in facets if self._roll(f"{kind}{name}gives", 20))
            for kind, facets in self._facets.items()
        }

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        if not vendor_id.replace(".", "").isdigit():
            raise BadInput("not an id")
        return vendor_id.lstrip("0") or "0"

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        self.calls += map(repr, batch)
        for ask, wants in batch.items():
            await pause(repr(ask), self._pace)
            settle(ask, self._error(f"{ask!r}") or self._answer(ask, wants, store))

    async def change(self, changes: Sequence[Change], store: Store) -> Sequence[Result]:
        await pause(repr(changes), self._pace)
        number = sum(call.startswith("change") for call in self.calls)
        self.calls.append(f"change {number}: {changes!r}")
        return [self._carry_out(change, store) for change in changes]

    async def identify(self) -> Identity:
        return Identity("somebody", None)

    async def aclose(self) -> None:
        return None

    # -- answers

    def _answer(self, ask: Ask, wants: Wants, store: Store) -> Answer:
        name = repr(ask)
        match ask:
            case ById(kind, id):
                if self._roll(f"{kind}{id}gone", 9) == 0:
                    return None
                return self._whole(store, kind, id, wants)
            case ByAlias(kind):
                id = str(1 + self._roll(name, 6))
                return self._whole(store, kind, id, wants) if self._roll(f"{name}?", 5) else None
            case Viewer():
                return self._whole(store, Kind.USER, "1", wants)
            case RootAccount():
                return self._whole(store, Kind.ACCOUNT, "1", wants)
            case Children(kind=kind) | Members(kind=kind) | Search(kind=kind):
                return self._page(store, kind, name, ask.page)
            case TermsOf():
                return self._page(store, Kind.TERM, name, None)
            case Detail(detail) | Details(detail):
                return self._detail(ask, detail, store, wants)
        raise AssertionError(f"an ask of a new kind: {ask}")

    def _whole(self, store: Store, kind: Kind, id: str, wants: Wants) -> Any:
        """A record of which everything is known that is wanted."""
        facets = self._facets.get(kind, {})
        wanted = [name for name in facets if name in wants.facets or self._roll(name, 3) == 0]
        return store.learn(kind, id, {name: self._facet(kind, id, name) for name in wanted})

    def _page(self, store: Store, kind: Kind, name: str, page: Any) -> Page:
        """Rows carry some of the facets only: the others have to be fetched by id."""
        count = self._roll(f"{name}count", 5)
        ids = [str(1 + self._roll(f"{name}{n}", 6)) for n in range(count)]
        ids = list(dict.fromkeys(ids))
        start = 0 if page is None or page.after is None else int(page.after[0])
        shown = ids[start:] if page is None else ids[start : start + page.first]
        items = []
        for id in shown:
            facets = self._facets.get(kind, {})
            carried = [facet for facet in facets if self._roll(f"{name[:9]}{facet}", 3)]
            facts = {facet: self._facet(kind, id, facet) for facet in carried}
            items.append(store.learn(kind, id, facts))
        has_next = start + len(items) < len(ids)
        positions = [(start + at + 1,) for at in range(len(items))]
        return Page(items, positions, has_next, (len(ids), None)[self._roll(f"{name}total", 2)])

    def _detail(self, ask: Detail | Details, name: str, store: Store, wants: Wants) -> Answer:
        type_ = details_of(self._schema).get(name)
        if type_ is None or self._roll(f"{ask!r}none", 9) == 0:
            return None
        named: Any = get_named_type(type_)
        if isinstance(ask, Details):
            item = get_named_type(named.fields["nodes"].type)
            kind = _kind_of(item)
            if kind is not None:
                return self._page(store, kind, repr(ask), ask.page)
            rows = [self._plain(item, f"{ask!r}{n}") for n in range(self._roll(repr(ask), 4))]
            shown = rows[: ask.page.first]
            return Page(shown, [(n,) for n in range(len(shown))], len(rows) > len(shown), None)
        kind = _kind_of(named)
        if kind is not None:
            return self._whole(store, kind, "1", wants)
        return self._plain(type_, repr(ask))

    def _plain(self, type_: Any, key: str) -> Plain:
        of = Key(Kind.REPORT, "1.grades.7") if "report" in key else Key(Kind.ACCOUNT, "1")
        value = self._value(type_, key, 0)
        if get_named_type(type_).name == "JSON":  # vendors tell objects there
            value = {"told": value}
        return Plain(value, of)

    # -- values

    def _facet(self, kind: Kind, id: str, name: str) -> Any:
        key = f"{kind}{id}{name}"
        error = self._error(key, self._faults // 4)
        if error is not None:
            return error
        if name.endswith("_id") and self._facets[kind][name] is None:
            return None if self._roll(key, 6) == 0 else str(1 + self._roll(key, 6))
        if name.endswith("_ids"):
            return tuple(str(1 + self._roll(f"{key}{n}", 4)) for n in range(self._roll(key, 3)))
        type_ = self._facets[kind][name]
        return None if type_ is None else self._value(type_, key, 0)

    def _value(self, type_: Any, key: str, depth: int) -> Any:
        if is_non_null_type(type_):
            return self._present(type_.of_type, key, depth)
        return None if self._roll(f"{key}0", 6) == 0 else self._present(type_, key, depth)

    def _present(self, type_: Any, key: str, depth: int) -> Any:
        if is_list_type(type_):
            count = self._roll(f"{key}n", 3)
            return [self._value(type_.of_type, f"{key}{n}", depth) for n in range(count)]
        if isinstance(type_, GraphQLObjectType):
            if depth > 3:
                return {}
            return {
                name: self._value(one, f"{key}{name}", depth + 1) for name, one in _plain(type_)
            }
        number = self._roll(f"{key}v", 10_000)
        if isinstance(type_, GraphQLEnumType):
            values = list(type_.values.values())
            return values[number % len(values)].value
        return _LEAVES[type_.name](number)

    def _error(self, key: str, faults: int | None = None) -> LmsError | None:
        if self._roll(f"{key}!", 1000) >= (self._faults if faults is None else faults):
            return None
        return ERRORS[self._roll(f"{key}?", len(ERRORS))]()

    def _roll(self, key: str, most: int) -> int:
        return crc32(f"{self.vendor}{key}".encode(), self._seed) % most

    # -- changes

    def _carry_out(self, change: Change, store: Store) -> Result:
        key = repr(change)
        match self._roll(key, 12):
            case 0:
                return Result(Status.REFUSED, error=RateLimited(5))
            case 1:
                return Result(Status.UNKNOWN, error=OutcomeUnknown("sent, and not answered"))
            case 2:
                return Result(Status.REFUSED, problems=[Problem("BAD_USER_INPUT", "no", "name")])
        named = next((one for one in vars_of(change) if isinstance(one, Key)), None)
        kind = getattr(change, "kind", None if named is None else named.kind)
        if kind is None or kind not in self._facets:
            return Result(Status.CONFIRMED, detail={"id": "7", "workflow_state": "running"})
        id = named.id if named is not None and named.kind is kind else "5"
        facts = {name: self._facet(kind, id, name) for name in self._facets[kind]}
        return Result(Status.CONFIRMED, store.learn(kind, id, facts))


def vars_of(value: Any) -> Iterator[Any]:
    """The fields of a frozen value."""
    return (getattr(value, name) for name in type(value).__dataclass_fields__)


def _plain(type_: GraphQLObjectType) -> Iterator[tuple[str, Any]]:
    """The names under which an object's fields are read, and their types."""
    for one in type_.fields.values():
        known = strawberry_field(one)
        if known is not None:
            yield known.python_name, one.type


def _kind_of(type_: Any) -> Kind | None:
    return next((kind for kind, name in TYPE_NAMES.items() if name == type_.name), None)


_LEAVES: Mapping[str, Callable[[int], Any]] = {
    "Int": lambda n: n,
    "Float": lambda n: n / 8,
    "String": lambda n: f"text {n}",
    "Boolean": lambda n: n % 2 == 0,
    "ID": lambda n: str(n),
    "DateTime": lambda n: datetime.fromtimestamp(n * 100_000, UTC),
    "Date": lambda n: date.fromordinal(700_000 + n),
    "Time": lambda n: time(n % 24, n % 60),
    "JSON": lambda n: ({"n": n}, [n, None], "told", datetime.fromtimestamp(n, UTC))[n % 4],
}
