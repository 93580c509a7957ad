"""What Canvas's rows tell of their objects, converted when it is read.

Two forms of rows, told from each other by nobody else. *Plain* rows are the decoded JSON. *Typed*
rows hold no more than what is wanted and what other objects are told by, in the types that Canvas
documents; msgspec skips everything else. A reply in which anything is not as documented has plain
rows, and `values` makes of it what it can; so has a typed reply as soon as something else is read
of any of its rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, overload

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from lms_gateway.domain.records import UNTOLD, Kind, Record
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.rows import Row, Shape, name_parts
from lms_gateway.vendors.canvas.values import (
    LARGEST_INT,
    Convert,
    flag,
    moment,
    number,
    read_id,
    text,
    whole,
)

_TYPES: Mapping[Convert, Any] = {
    text: str | None,
    flag: bool | None,
    number: float | None,
    whole: Annotated[int, msgspec.Meta(ge=-LARGEST_INT, le=LARGEST_INT)] | None,
    moment: str | None,
}
_AS_TYPED = frozenset({text, flag, number, whole})
"""Conversions that leave a value of the type in `_TYPES` as it is."""

_CLOSED = "access_restricted_by_date"
"""The key of a course that its dates close, whose row may be short of all others."""

_OF_OTHERS: Mapping[Kind, str] = {
    Kind.SECTION: "course_id nonxlist_course_id sis_course_id",
    Kind.COURSE: "term enrollment_term_id account account_id account_name teachers "
    "access_restricted_by_date",
    Kind.USER: "",
    Kind.ENROLLMENT: "user user_id sis_user_id course_id sis_course_id course_integration_id "
    "course_section_id sis_section_id section_integration_id",
}
"""Keys by which a row tells of other objects; a typed row has them whatever is wanted."""


def of_others(kind: Kind) -> tuple[str, ...]:
    """The keys by which rows of a kind tell of other objects."""
    return tuple(_OF_OTHERS.get(kind, "").split())


moment_of = lru_cache(4096)(moment)
"""`moment` of text: many rows begin and end with the same term."""

READABLE = _OF_OTHERS.keys()
"""Kinds of which typed rows are made; of the others a request meets few."""


class TypedRow(msgspec.Struct, gc=False):
    """A row of which only some keys were decoded; its fields are called as a `Reader` needs."""


class Rows(Sequence[Any]):
    """The rows of one reply, and as a sequence plain ones."""

    __slots__ = ("_body", "_plain", "reader", "typed")

    def __init__(self, reader: "Reader", body: bytes, typed: Sequence[TypedRow]) -> None:
        self.reader = reader
        self.typed = typed
        self._body = body
        self._plain: Sequence[Any] | None = None

    def __len__(self) -> int:
        return len(self.typed)

    def told_ids(self) -> list[Any]:
        """The id of each row, as the vendor wrote it: a number or text."""
        return list(map(self.reader.id_of, self.typed))

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if self._plain is None:
            self._plain = self._decode()
        return self._plain[at]

    def _decode(self) -> Sequence[Any]:
        try:
            rows = msgspec.json.decode(self._body)
        except (msgspec.DecodeError, RecursionError):
            # In what was passed over so far: a number too large for a float, or endless nesting.
            return [{}] * len(self.typed)
        return rows if isinstance(rows, list) else [rows]


class Reader:
    """Decodes the rows of one kind as far as these facets, and other objects, need them.

    A row's fields are called by the facets that they become, so that msgspec makes a record's
    attributes of them at once. Those that are not facets begin with an underscore.
    """

    def __init__(self, shape: Shape, facets: Iterable[str]) -> None:
        columns: dict[str, tuple[str, Convert]] = {}  # a key of the row → the facet it becomes
        for facet in sorted(facets):
            key, convert = shape.told[facet]
            # A typed row does not tell null from what was left out. Whoever reads a second facet of
            # one key, as hardly anybody does, has it from the plain row.
            if convert(None) is None and key not in columns and key != _CLOSED:
                columns[key] = (facet, convert)
        names = {key: facet.replace(".", "__") for key, (facet, _) in columns.items()}
        others = of_others(shape.kind)
        names |= {key: f"_{key}" for key in ("id", *others) if key not in names}
        self._natives = tuple(
            (names[key], facet) for key, (facet, _) in columns.items() if "." in facet
        )
        self._converts = tuple(
            (facet, moment_of if convert is moment else convert)
            for facet, convert in columns.values()
            if convert not in _AS_TYPED
        )
        fields: list[tuple[str, Any, Any]] = [
            (names[key], _TYPES.get(convert, Any), None) for key, (_, convert) in columns.items()
        ]
        fields += [
            (names[key], Any, UNSET if key == _CLOSED else None)
            for key in others
            if key not in columns
        ]
        fields.append(("_id", int | str, msgspec.NODEFAULT))
        typed = msgspec.defstruct(
            f"Typed{shape.kind.title()}",
            fields,
            bases=(TypedRow,),
            rename={name: key for key, name in names.items()},
            kw_only=True,
            gc=False,
        )
        self._list: msgspec.json.Decoder[list[TypedRow]] = msgspec.json.Decoder(
            list[typed]  # type: ignore[valid-type]
        )
        self._object: msgspec.json.Decoder[TypedRow] = msgspec.json.Decoder(typed)
        self._may_close = _CLOSED in others
        self.id_of: Callable[[TypedRow], Any] = attrgetter("_id")
        self.others_of: Callable[[TypedRow], tuple[Any, ...]] = (
            attrgetter(*(names[key] for key in others)) if others else lambda row: ()
        )

    def read_list(self, reply: Reply) -> Rows | None:
        """The rows of a list; None where one is not as documented, or is no row."""
        return self._read(reply.body, self._list.decode)

    def read_object(self, reply: Reply) -> Rows | None:
        """The one row that a reply is; None where it is not as documented."""
        return self._read(reply.body, lambda body: [self._object.decode(body)])

    def facts(self, row: TypedRow) -> dict[str, Any]:
        """What a new record of this row begins with (`Record.begin`)."""
        facts = asdict(row)
        for name, facet in self._natives:
            facts[facet] = facts.pop(name)
        for facet, convert in self._converts:
            value = facts[facet]
            if value is not None:
                facts[facet] = convert(value)
        return facts

    def _read(self, body: bytes, decode: Callable[[bytes], Sequence[TypedRow]]) -> Rows | None:
        try:
            typed = decode(body)
            if not body.isascii():
                body.decode()  # what msgspec passes over it does not check
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if self._may_close and any(row._access_restricted_by_date is not UNSET for row in typed):  # type: ignore[attr-defined]
            return None
        return Rows(self, body, typed)


class Told:
    """What the rows of one reply tell; each is known by its place among them."""

    __slots__ = ("_base_url", "_rows", "_shape", "settles")

    def __init__(
        self, shape: Shape, settles: frozenset[str], base_url: str, rows: Sequence[Any]
    ) -> None:
        self.settles = settles
        self._shape = shape
        self._base_url = base_url
        self._rows = rows

    def find(self, record: Record, row: int, facet: str) -> Any:
        """See Telling."""
        told: Row = self._rows[row]
        found = self._shape.told.get(facet)
        if found is not None and found[0] in told:
            return found[1](told[found[0]])
        made = _MADE[self._shape.kind].get(facet)
        return UNTOLD if made is None else made(self, record, row)

    def told(self, record: Record, row: int) -> Iterable[str]:
        """See Telling."""
        shape = self._shape
        facets = [facet for key in self._rows[row] for facet, _ in shape.keys.get(key, ())]
        made = _MADE[shape.kind]
        facets += [facet for facet in made if self.find(record, row, facet) is not UNTOLD]
        return facets

    def _section_url(self, record: Record, row: int) -> Any:
        course = read_id(self._rows[row].get("course_id"))
        if course is None:
            return UNTOLD
        return f"{self._base_url}/courses/{course}/sections/{record.key.id}"

    def _course_url(self, record: Record, row: int) -> Any:
        page = getattr(record, "canvas.html_url")
        return page or f"{self._base_url}/courses/{record.key.id}"

    def _given_name(self, record: Record, row: int) -> Any:
        return self._name_part("given_name", record, row)

    def _family_name(self, record: Record, row: int) -> Any:
        return self._name_part("family_name", record, row)

    def _name_part(self, facet: str, record: Record, row: int) -> Any:
        return self.name_parts(row).get(facet, UNTOLD) if record.heard_first(self, row) else UNTOLD

    def name_parts(self, row: int) -> dict[str, str | None]:
        """What a user's sortable name says of the parts of the name."""
        return name_parts(self._rows[row].get("sortable_name"))

    def _user_url(self, record: Record, row: int) -> Any:
        return self.user_url(record) if record.heard_first(self, row) else UNTOLD

    def user_url(self, record: Record) -> str:
        """A user's page."""
        return f"{self._base_url}/users/{record.key.id}"


_MADE: Mapping[Kind, Mapping[str, Callable[[Told, Record, int], Any]]] = {
    Kind.SECTION: {"url": Told._section_url},
    Kind.COURSE: {"url": Told._course_url},
    # Older Canvas keeps the parts of a name to itself. What is made of the whole is the weakest
    # word: only that of the first row counts, and only until another tells the part itself.
    Kind.USER: {
        "given_name": Told._given_name,
        "family_name": Told._family_name,
        "canvas.html_url": Told._user_url,
    },
    Kind.ENROLLMENT: {},
    Kind.TERM: {},
    Kind.ACCOUNT: {},
    Kind.PROGRESS: {},
}
"""Facets without a key of their own: addresses in Canvas's own pages, parts of a name."""
