"""Changes of one class as calls: a single one to its own endpoint, several in bulk.

Up to fifty rows go in one call. The reply has a row for each, in the order sent, and says of each
row by itself what became of it; a call that fails fails its own rows only. What a failed row looks
like is not published, so rows are told by their place, and by the codes in them where places
cannot be right.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (bulk)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.changes import Problem, Status, Values
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.vendors.reads import Steps, together
from lms_gateway.vendors.schoology.listings import chunks, parse_rows
from lms_gateway.vendors.schoology.refusals import Subject, Verdict, judge_error, judge_row, unknown
from lms_gateway.vendors.schoology.rows import Row
from lms_gateway.vendors.schoology.values import ident, text

MOST = 50
"""Rows in one bulk call."""

Names = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Where objects of one kind are written: singly below `path`, several at it.

    `most` is what one call takes; `takes_one` says whether one may come without being wrapped.
    """

    path: str
    endpoint: str
    one: str
    many: str
    most: int = MOST
    takes_one: bool = True


COURSES = Table("/courses", "/courses", "course", "courses")
SECTIONS = Table("/sections", "/sections", "section", "sections")
COPIES = Table("/sections/copy", "/sections/copy", "section", "sections", takes_one=False)


def sections_of(course_id: str) -> Table:
    """Where a course's new sections are written."""
    return Table(f"/courses/{course_id}/sections", "/courses/:id/sections", "section", "sections")


def roster_of(section_id: str) -> Table:
    """Where a section's enrollments are written."""
    path = f"/sections/{section_id}/enrollments"
    return Table(path, "/sections/:id/enrollments", "enrollment", "enrollments")


def codes_of(section_id: str) -> Table:
    """Where the viewer enrols with a section's access code."""
    path = f"/sections/{section_id}/accesscode"
    return Table(path, "/sections/:id/accesscode", "enrollment", "enrollments", most=1)


@dataclass(slots=True)
class Line:
    """One change on its way.

    `key` is what it is about (None until a new object is there), `sent` the values that were to be
    stored, `fields` what else was given, `target` the input that names what must be there for it
    (None: several). `nested` are the sections that a new course brings along.
    """

    method: str
    table: Table
    kind: Kind
    key: Key | None
    parent: Key | None
    body: dict[str, Any]
    sent: Values
    target: str | None
    params: Params = ()
    fields: frozenset[str] = frozenset()
    nested: list["Line"] = field(default_factory=list)
    verdict: Verdict | None = None
    problems: list[Problem] = field(default_factory=list)
    record: Record | None = None

    @property
    def own_id(self) -> str:
        """The vendor's id of what is changed."""
        assert self.key is not None
        return self.key.id.rpartition(".")[2]

    @property
    def row(self) -> dict[str, Any]:
        """What stands for it in a bulk call."""
        row = self.body if self.key is None else {"id": int(self.own_id), **self.body}
        if not self.nested:
            return row
        return row | {"sections": {"section": [line.row for line in self.nested]}}

    @property
    def is_for_bulk(self) -> bool:
        """Whether only the bulk endpoint can do this."""
        return bool(self.params or self.nested) or not self.table.takes_one

    @property
    def names(self) -> Names:
        """What tells its row from others: its id, or the codes of what is new."""
        return _codes_of(self.body) if self.key is None else frozenset({("id", self.own_id)})

    @property
    def subject(self) -> Subject:
        """What the vendor's word on it is about."""
        return Subject(self.kind, self.sent.keys() | self.fields, self.target)

    @property
    def is_done(self) -> bool:
        return self.verdict is not None and self.verdict.status is Status.CONFIRMED


def send(lines: Sequence[Line]) -> Steps[None]:
    """Send changes, and let each have its verdict."""
    groups: dict[tuple[str, Table, Params], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.method, line.table, line.params), []).append(line)
    yield from together(_send_group(group) for group in groups.values())


def _send_group(lines: Sequence[Line]) -> Steps[None]:
    if lines[0].method == "DELETE":
        yield from _remove_group(lines)
        return
    parts = [_send_chunk(chunk) for chunk in chunks(lines, lines[0].table.most)]
    if _is_repeated(lines):
        # The later of two changes to one object must not be overtaken.
        for part in parts:
            yield from part
    else:
        yield from together(parts)


def _remove_group(lines: Sequence[Line]) -> Steps[None]:
    """What is to go more than once goes once."""
    first = {line.own_id: line for line in reversed(lines)}
    ordered = [line for line in lines if first[line.own_id] is line]
    yield from together(_send_chunk(chunk) for chunk in chunks(ordered, lines[0].table.most))
    for line in lines:
        line.verdict = first[line.own_id].verdict


def _send_chunk(lines: Sequence[Line]) -> Steps[None]:
    is_single = len(lines) == 1 and not lines[0].is_for_bulk
    call = _single(lines[0]) if is_single else _bulk(lines)
    (outcome,) = yield (call,)
    try:
        if isinstance(outcome, LmsError):
            raise outcome
        verdicts = [_read_single(lines[0], outcome)] if is_single else _read_rows(lines, outcome)
    except LmsError as error:
        verdicts = [judge_error(error, line.subject) for line in lines]
    for line, verdict in zip(lines, verdicts, strict=True):
        line.verdict = verdict


def _single(line: Line) -> Call:
    table = line.table
    if line.key is None:
        return Call(table.path, table.endpoint, method="POST", json=line.body, safe=False)
    path = f"{table.path}/{line.own_id}"
    body = None if line.method == "DELETE" else line.body
    return Call(path, f"{table.endpoint}/:id", method=line.method, json=body, safe=False)


def _bulk(lines: Sequence[Line]) -> Call:
    method, table, params = lines[0].method, lines[0].table, lines[0].params
    body: Any = {table.many: {table.one: [line.row for line in lines]}}
    if method == "DELETE":
        ids = ",".join(line.own_id for line in lines)
        params, body = ((f"{table.one}_ids", ids),), None
    return Call(table.path, table.endpoint, params, method, body, safe=False)


def _read_single(line: Line, reply: Reply) -> Verdict:
    """A new object is told; a change to one is answered with nothing (204)."""
    if line.key is not None:
        return Verdict(Status.CONFIRMED)
    told = reply.decode()
    if not isinstance(told, Mapping) or id_of(told) is None:
        return unknown("the vendor did not say what it made of this")
    return Verdict(Status.CONFIRMED, told)


def _read_rows(lines: Sequence[Line], reply: Reply) -> list[Verdict]:
    table = lines[0].table
    found = match(find_rows(reply.decode(), table.one, table.many), lines)
    verdicts = [judge_row(row, line.subject) for row, line in zip(found, lines, strict=True)]
    for line, verdict in zip(lines, verdicts, strict=True):
        _judge_nested(line, verdict)
    return verdicts


def _judge_nested(line: Line, verdict: Verdict) -> None:
    """What became of a course's sections: a row of its own for each, inside the course's."""
    if not line.nested:
        return
    if verdict.status is not Status.CONFIRMED or verdict.row is None:
        for one in line.nested:
            one.verdict = verdict
        return
    course_id = id_of(verdict.row)
    try:
        found = match(find_rows(verdict.row, "section", "sections"), line.nested)
    except LmsError:
        found = [None] * len(line.nested)
    for one, row in zip(line.nested, found, strict=True):
        one.parent = None if course_id is None else Key(Kind.COURSE, course_id)
        one.verdict = judge_row(row, one.subject)


def find_rows(body: Any, one: str, many: str) -> list[Row]:
    """The rows of a bulk reply, wrapped once or twice. Raises UpstreamInvalid."""
    found = body
    for key in (many, one):
        if isinstance(found, Mapping):
            found = found.get(key, found)
    if found is body and not isinstance(body, list):
        raise UpstreamInvalid("the vendor's reply has no rows")
    return parse_rows(found)


def match(rows: Sequence[Row], lines: Sequence[Line]) -> list[Row | None]:
    """The row that is about each line; None where the reply has none."""
    names = [line.names for line in lines]
    told = [_names_of(row) for row in rows]
    if len(rows) == len(lines) and not any(
        _is_elsewhere(told[at], names, at) for at in range(len(rows))
    ):
        return list(rows)
    found: list[Row | None] = [None] * len(lines)
    for row, its in zip(rows, told, strict=True):
        for at, own in enumerate(names):
            if found[at] is None and own & its:
                found[at] = row
                break
    return found


def _is_elsewhere(told: Names, names: Sequence[Names], at: int) -> bool:
    """Whether what a row names shows that it is not about the line in its place."""
    if told & names[at]:
        return False
    asked_by_id = any(key == "id" for key, _ in names[at])
    if asked_by_id and any(key == "id" for key, _ in told):
        return True
    return any(told & own for own in names)


def _names_of(row: Row) -> Names:
    own = id_of(row)
    return _codes_of(row) if own is None else _codes_of(row) | {("id", own)}


def _codes_of(row: Row) -> Names:
    return frozenset((key, value) for key in _CODES if (value := text(row.get(key))))


def id_of(row: Row) -> str | None:
    """A row's id, or the one that its address ends in; `location` is a section's room elsewhere."""
    found = ident(row.get("id"))
    location = row.get("location")
    if found is None and isinstance(location, str) and location.startswith("http"):
        found = ident(location.rstrip("/").rpartition("/")[2])
    return found


def _is_repeated(lines: Sequence[Line]) -> bool:
    if len(lines) <= lines[0].table.most:
        return False
    seen: set[tuple[str, str]] = set()
    for line in lines:
        names = line.names
        if names & seen:
            return True
        seen |= names
    return False


_CODES = ("uid", "section_school_code", "section_code", "course_code")
"""Keys besides the id by which rows are told apart."""
