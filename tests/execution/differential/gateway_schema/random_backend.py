"""A backend with random values of every field and operation of the schema.

The simulator's schools have realistic data. Here every optional value exists, rare lists have
items, and errors occur wherever a vendor's may.
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

from lms_gateway.domain.backend import CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult, CommandStatus, InputProblem
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
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import (
    ByAlias,
    ById,
    Children,
    Document,
    Load,
    LoadResult,
    Members,
    OperationListLoad,
    OperationLoad,
    Page,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.execution import LoadedField, Requires, declaration_of
from lms_gateway.execution.library_internals import strawberry_field
from lms_gateway.schema.context import TYPE_NAMES
from tests.execution.differential.scheduling import pause

ERRORS: Sequence[Callable[[], LmsError]] = (
    lambda: UpstreamTimeout("no reply in time"),
    lambda: UpstreamUnavailable("the vendor is away"),
    lambda: Forbidden("not for this credential"),
    lambda: Unsupported("not at this vendor"),
    lambda: RateLimited(2.5),
    lambda: BadInput("the vendor does not take it"),
)


@cache
def fields_of(schema: GraphQLSchema, vendor: Vendor) -> Mapping[Kind, Mapping[str, Any]]:
    """Return kind → field of the record → GraphQL type of the field that reads it."""
    types_by_kind: dict[Kind, dict[str, Any]] = {}
    for kind, name in TYPE_NAMES.items():
        if kind is None or kind is Kind.PROGRESS:
            continue
        types_by_field = types_by_kind[kind] = {}
        type_: Any = schema.type_map[name]
        block = get_named_type(type_.fields[vendor].type) if vendor in type_.fields else None
        for fields in (type_.fields, {} if block is None else block.fields):
            for field in fields.values():
                declaration = declaration_of(field)
                if isinstance(declaration, Requires) and len(declaration.fields) == 1:
                    types_by_field[declaration.fields[0]] = field.type
                elif isinstance(declaration, Requires | LoadedField):
                    names = declaration.fields if isinstance(declaration, Requires) else declaration.requires
                    types_by_field.update(
                        {required: None for required in names if required not in types_by_field}
                    )
    return types_by_kind


@cache
def details_of(schema: GraphQLSchema) -> Mapping[str, Any]:
    """Return name of an operation → GraphQL type of its field."""
    return {
        declaration.name: field.type
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field in type_.fields.values()
        if isinstance(declaration := declaration_of(field), LoadedField)
    }


LIMITATIONS: Limitations = {Limitation(Search, Kind.COURSE, argument="term_id"): "no terms here"}


class RandomBackend:
    """Returns values that depend on its seed. `calls` are all loads and commands."""

    cursor_key = b"a key of this credential"
    limitations = LIMITATIONS

    def __init__(self, schema: GraphQLSchema, vendor: Vendor, seed: int, faults: int, pace: int) -> None:
        """`faults`: per thousand results, fields and rows."""
        self.vendor = vendor
        self.calls: list[str] = []
        self._schema = schema
        self._fields = fields_of(schema, vendor)
        self._seed = seed
        self._faults = faults
        self._pace = pace
        self.supported_fields: Mapping[Kind, frozenset[str]] = {
            kind: frozenset(name for name in fields if self._roll(f"{kind}{name}gives", 20))
            for kind, fields in self._fields.items()
        }

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        if not vendor_id.replace(".", "").isdigit():
            raise BadInput("not an id")
        return vendor_id.lstrip("0") or "0"

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        self.calls += map(repr, batch)
        for load, projection in batch.items():
            await pause(repr(load), self._pace)
            on_settled(load, self._error(f"{load!r}") or self._answer(load, projection, store))

    async def execute(self, changes: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        await pause(repr(changes), self._pace)
        number = sum(call.startswith("change") for call in self.calls)
        self.calls.append(f"change {number}: {changes!r}")
        return [self._execute(change, store) for change in changes]

    async def identify(self) -> CredentialIdentity:
        return CredentialIdentity("somebody", None)

    async def aclose(self) -> None:
        return None

    # -- answers

    def _answer(self, load: Load, projection: Projection, store: Store) -> LoadResult:
        name = repr(load)
        match load:
            case ById(kind, id):
                if self._roll(f"{kind}{id}gone", 9) == 0:
                    return None
                return self._whole(store, kind, id, projection)
            case ByAlias(kind):
                id = str(1 + self._roll(name, 6))
                return self._whole(store, kind, id, projection) if self._roll(f"{name}?", 5) else None
            case Viewer():
                return self._whole(store, Kind.USER, "1", projection)
            case RootAccount():
                return self._whole(store, Kind.ACCOUNT, "1", projection)
            case Children(kind=kind) | Members(kind=kind) | Search(kind=kind):
                return self._page(store, kind, name, load.page)
            case TermsOf():
                return self._page(store, Kind.TERM, name, None)
            case OperationLoad(detail) | OperationListLoad(detail):
                return self._detail(load, detail, store, projection)
        raise AssertionError(f"unknown kind of load: {load}")

    def _whole(self, store: Store, kind: Kind, id: str, projection: Projection) -> Record:
        """Return a record with all fields of the projection."""
        fields = self._fields.get(kind, {})
        wanted = [name for name in fields if name in projection.fields or self._roll(name, 3) == 0]
        return store.merge(kind, id, {name: self._field_value(kind, id, name) for name in wanted})

    def _page(self, store: Store, kind: Kind, name: str, page: Any) -> Page:
        """Return a page whose rows have only some fields: the others must be fetched by id."""
        count = self._roll(f"{name}count", 5)
        ids = [str(1 + self._roll(f"{name}{n}", 6)) for n in range(count)]
        ids = list(dict.fromkeys(ids))
        start = 0 if page is None or page.after is None else int(page.after[0])
        shown = ids[start:] if page is None else ids[start : start + page.first]
        items = []
        for id in shown:
            fields = self._fields.get(kind, {})
            carried = [field for field in fields if self._roll(f"{name[:9]}{field}", 3)]
            values = {field: self._field_value(kind, id, field) for field in carried}
            items.append(store.merge(kind, id, values))
        has_next = start + len(items) < len(ids)
        positions = [(start + offset + 1,) for offset in range(len(items))]
        return Page(items, positions, has_next, (len(ids), None)[self._roll(f"{name}total", 2)])

    def _detail(
        self,
        load: OperationLoad | OperationListLoad,
        name: str,
        store: Store,
        projection: Projection,
    ) -> LoadResult:
        type_ = details_of(self._schema).get(name)
        if type_ is None or self._roll(f"{load!r}none", 9) == 0:
            return None
        named_type: Any = get_named_type(type_)
        if isinstance(load, OperationListLoad):
            item = get_named_type(named_type.fields["nodes"].type)
            kind = _kind_of(item)
            if kind is not None:
                return self._page(store, kind, repr(load), load.page)
            rows = [self._plain(item, f"{load!r}{n}") for n in range(self._roll(repr(load), 4))]
            shown = rows[: load.page.first]
            return Page(shown, [(n,) for n in range(len(shown))], len(rows) > len(shown), None)
        kind = _kind_of(named_type)
        if kind is not None:
            return self._whole(store, kind, "1", projection)
        return self._plain(type_, repr(load))

    def _plain(self, type_: Any, key: str) -> Document:
        of = Key(Kind.REPORT, "1.grades.7") if "report" in key else Key(Kind.ACCOUNT, "1")
        value = self._value(type_, key, 0)
        if get_named_type(type_).name == "JSON":  # vendors return objects there
            value = {"value": value}
        return Document(value, of)

    # -- values

    def _field_value(self, kind: Kind, id: str, name: str) -> Any:
        key = f"{kind}{id}{name}"
        error = self._error(key, self._faults // 4)
        if error is not None:
            return error
        if name.endswith("_id") and self._fields[kind][name] is None:
            return None if self._roll(key, 6) == 0 else str(1 + self._roll(key, 6))
        if name.endswith("_ids"):
            return tuple(str(1 + self._roll(f"{key}{n}", 4)) for n in range(self._roll(key, 3)))
        type_ = self._fields[kind][name]
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
                name: self._value(field_type, f"{key}{name}", depth + 1)
                for name, field_type in _readable_fields(type_)
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

    def _execute(self, change: Command, store: Store) -> CommandResult:
        key = repr(change)
        match self._roll(key, 12):
            case 0:
                return CommandResult(CommandStatus.REFUSED, error=RateLimited(5))
            case 1:
                return CommandResult(CommandStatus.UNKNOWN, error=OutcomeUnknown("sent, and not answered"))
            case 2:
                return CommandResult(
                    CommandStatus.REFUSED, problems=[InputProblem("BAD_USER_INPUT", "no", "name")]
                )
        target = next((value for value in vars_of(change) if isinstance(value, Key)), None)
        kind = getattr(change, "kind", None if target is None else target.kind)
        if kind is None or kind not in self._fields:
            return CommandResult(CommandStatus.CONFIRMED, detail={"id": "7", "workflow_state": "running"})
        id = target.id if target is not None and target.kind is kind else "5"
        fields = {name: self._field_value(kind, id, name) for name in self._fields[kind]}
        return CommandResult(CommandStatus.CONFIRMED, store.merge(kind, id, fields))


def vars_of(value: Any) -> Iterator[Any]:
    """Return the fields of a frozen value."""
    return (getattr(value, name) for name in type(value).__dataclass_fields__)


def _readable_fields(type_: GraphQLObjectType) -> Iterator[tuple[str, Any]]:
    """Yield Python name and type of an object's fields."""
    for field in type_.fields.values():
        definition = strawberry_field(field)
        if definition is not None:
            yield definition.python_name, field.type


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
    "JSON": lambda n: ({"n": n}, [n, None], "text", datetime.fromtimestamp(n, UTC))[n % 4],
}
