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

from lms_gateway.domain.commands import CommandStatus, InputProblem, Values
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.vendors.schoology.api.errors import (
    WriteOutcome,
    WriteSubject,
    outcome_of_error,
    outcome_of_row,
    outcome_unknown,
)
from lms_gateway.vendors.schoology.api.pagination import parse_rows
from lms_gateway.vendors.schoology.rows.catalog import IDENTIFYING_KEYS
from lms_gateway.vendors.schoology.rows.converters import parse_id, to_text
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import batched
from lms_gateway.vendors.shared.steps import Steps, gather

MAX_BULK_ROWS = 50
"""Rows in one bulk call."""

RowKeys = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class BulkEndpoint:
    """Where objects of one kind are written: singly below `path`, several at it.

    `most` is what one call takes; `takes_one` says whether one may come without being wrapped.
    """

    path: str
    template: str
    singular: str
    plural: str
    max_rows: int = MAX_BULK_ROWS
    accepts_single: bool = True


COURSES = BulkEndpoint("/courses", "/courses", "course", "courses")
SECTIONS = BulkEndpoint("/sections", "/sections", "section", "sections")
COPIES = BulkEndpoint(
    "/sections/copy", "/sections/copy", "section", "sections", accepts_single=False
)


def course_sections(course_id: str) -> BulkEndpoint:
    """Where a course's new sections are written."""
    return BulkEndpoint(
        f"/courses/{course_id}/sections", "/courses/:id/sections", "section", "sections"
    )


def section_enrollments(section_id: str) -> BulkEndpoint:
    """Where a section's enrollments are written."""
    path = f"/sections/{section_id}/enrollments"
    return BulkEndpoint(path, "/sections/:id/enrollments", "enrollment", "enrollments")


def section_access_codes(section_id: str) -> BulkEndpoint:
    """Where the viewer enrols with a section's access code."""
    path = f"/sections/{section_id}/accesscode"
    return BulkEndpoint(path, "/sections/:id/accesscode", "enrollment", "enrollments", max_rows=1)


@dataclass(slots=True)
class WriteItem:
    """One change on its way.

    `key` is what it is about (None until a new object is there), `sent` the values that were to be
    stored, `fields` what else was given, `target` the input that names what must be there for it
    (None: several). `nested` are the sections that a new course brings along.
    """

    method: str
    endpoint: BulkEndpoint
    kind: Kind
    key: Key | None
    parent: Key | None
    body: dict[str, Any]
    sent_values: Values
    target: str | None
    params: Params = ()
    fields: frozenset[str] = frozenset()
    nested: list["WriteItem"] = field(default_factory=list)
    outcome: WriteOutcome | None = None
    problems: list[InputProblem] = field(default_factory=list)
    record: Record | None = None

    @property
    def vendor_id(self) -> str:
        """The vendor's id of what is changed."""
        assert self.key is not None
        return self.key.id.rpartition(".")[2]

    @property
    def row(self) -> dict[str, Any]:
        """What stands for it in a bulk call."""
        row = self.body if self.key is None else {"id": int(self.vendor_id), **self.body}
        if not self.nested:
            return row
        return row | {"sections": {"section": [item.row for item in self.nested]}}

    @property
    def needs_bulk(self) -> bool:
        """Whether only the bulk endpoint can do this."""
        return bool(self.params or self.nested) or not self.endpoint.accepts_single

    @property
    def row_keys(self) -> RowKeys:
        """What tells its row from others: its id, or the codes of what is new."""
        return _row_codes(self.body) if self.key is None else frozenset({("id", self.vendor_id)})

    @property
    def subject(self) -> WriteSubject:
        """What the vendor's word on it is about."""
        return WriteSubject(self.kind, self.sent_values.keys() | self.fields, self.target)

    @property
    def is_confirmed(self) -> bool:
        return self.outcome is not None and self.outcome.status is CommandStatus.CONFIRMED


def send_items(items: Sequence[WriteItem]) -> Steps[None]:
    """Send changes, and let each have its verdict."""
    groups: dict[tuple[str, BulkEndpoint, Params], list[WriteItem]] = {}
    for item in items:
        groups.setdefault((item.method, item.endpoint, item.params), []).append(item)
    yield from gather(_send_group(group) for group in groups.values())


def _send_group(items: Sequence[WriteItem]) -> Steps[None]:
    if items[0].method == "DELETE":
        yield from _delete_group(items)
        return
    parts = [_send_chunk(chunk) for chunk in batched(items, items[0].endpoint.max_rows)]
    if _has_repeated_objects(items):
        # The later of two changes to one object must not be overtaken.
        for part in parts:
            yield from part
    else:
        yield from gather(parts)


def _delete_group(items: Sequence[WriteItem]) -> Steps[None]:
    """What is to go more than once goes once."""
    first_by_id = {item.vendor_id: item for item in reversed(items)}
    ordered = [item for item in items if first_by_id[item.vendor_id] is item]
    yield from gather(_send_chunk(chunk) for chunk in batched(ordered, items[0].endpoint.max_rows))
    for item in items:
        item.outcome = first_by_id[item.vendor_id].outcome


def _send_chunk(items: Sequence[WriteItem]) -> Steps[None]:
    is_single = len(items) == 1 and not items[0].needs_bulk
    call = _single_call(items[0]) if is_single else _bulk_call(items)
    (outcome,) = yield (call,)
    try:
        if isinstance(outcome, LmsError):
            raise outcome
        outcomes = [_read_single(items[0], outcome)] if is_single else _read_rows(items, outcome)
    except LmsError as error:
        outcomes = [outcome_of_error(error, item.subject) for item in items]
    for item, item_outcome in zip(items, outcomes, strict=True):
        item.outcome = item_outcome


def _single_call(item: WriteItem) -> Call:
    endpoint = item.endpoint
    if item.key is None:
        return Call(endpoint.path, endpoint.template, method="POST", json=item.body, safe=False)
    path = f"{endpoint.path}/{item.vendor_id}"
    body = None if item.method == "DELETE" else item.body
    return Call(path, f"{endpoint.template}/:id", method=item.method, json=body, safe=False)


def _bulk_call(items: Sequence[WriteItem]) -> Call:
    method, endpoint, params = items[0].method, items[0].endpoint, items[0].params
    body: Any = {endpoint.plural: {endpoint.singular: [item.row for item in items]}}
    if method == "DELETE":
        ids = ",".join(item.vendor_id for item in items)
        params, body = ((f"{endpoint.singular}_ids", ids),), None
    return Call(endpoint.path, endpoint.template, params, method, body, safe=False)


def _read_single(item: WriteItem, reply: Reply) -> WriteOutcome:
    """A new object is told; a change to one is answered with nothing (204)."""
    if item.key is not None:
        return WriteOutcome(CommandStatus.CONFIRMED)
    row = reply.decode()
    if not isinstance(row, Mapping) or reply_row_id(row) is None:
        return outcome_unknown("the vendor did not say what it made of this")
    return WriteOutcome(CommandStatus.CONFIRMED, row)


def _read_rows(items: Sequence[WriteItem], reply: Reply) -> list[WriteOutcome]:
    endpoint = items[0].endpoint
    rows = match_rows(find_rows(reply.decode(), endpoint.singular, endpoint.plural), items)
    outcomes = [outcome_of_row(row, item.subject) for row, item in zip(rows, items, strict=True)]
    for item, outcome in zip(items, outcomes, strict=True):
        _set_nested_outcomes(item, outcome)
    return outcomes


def _set_nested_outcomes(item: WriteItem, outcome: WriteOutcome) -> None:
    """What became of a course's sections: a row of its own for each, inside the course's."""
    if not item.nested:
        return
    if outcome.status is not CommandStatus.CONFIRMED or outcome.row is None:
        for section in item.nested:
            section.outcome = outcome
        return
    course_id = reply_row_id(outcome.row)
    try:
        rows = match_rows(find_rows(outcome.row, "section", "sections"), item.nested)
    except LmsError:
        rows = [None] * len(item.nested)
    for section, row in zip(item.nested, rows, strict=True):
        section.parent = None if course_id is None else Key(Kind.COURSE, course_id)
        section.outcome = outcome_of_row(row, section.subject)


def find_rows(body: Any, singular: str, plural: str) -> list[Row]:
    """The rows of a bulk reply, wrapped once or twice. Raises UpstreamInvalid."""
    rows = body
    for key in (plural, singular):
        if isinstance(rows, Mapping):
            rows = rows.get(key, rows)
    if rows is body and not isinstance(body, list):
        raise UpstreamInvalid("the vendor's reply has no rows")
    return parse_rows(rows)


def match_rows(rows: Sequence[Row], items: Sequence[WriteItem]) -> list[Row | None]:
    """The row that is about each line; None where the reply has none."""
    item_keys = [item.row_keys for item in items]
    keys_by_row = [_row_keys(row) for row in rows]
    if len(rows) == len(items) and not any(
        _is_misplaced(keys_by_row[index], item_keys, index) for index in range(len(rows))
    ):
        return list(rows)
    matched: list[Row | None] = [None] * len(items)
    for row, row_keys in zip(rows, keys_by_row, strict=True):
        for index, keys in enumerate(item_keys):
            if matched[index] is None and keys & row_keys:
                matched[index] = row
                break
    return matched


def _is_misplaced(row_keys: RowKeys, item_keys: Sequence[RowKeys], index: int) -> bool:
    """Whether what a row names shows that it is not about the line in its place."""
    if row_keys & item_keys[index]:
        return False
    sent_by_id = any(key == "id" for key, _ in item_keys[index])
    if sent_by_id and any(key == "id" for key, _ in row_keys):
        return True
    return any(row_keys & keys for keys in item_keys)


def _row_keys(row: Row) -> RowKeys:
    row_id = reply_row_id(row)
    return _row_codes(row) if row_id is None else _row_codes(row) | {("id", row_id)}


def _row_codes(row: Row) -> RowKeys:
    return frozenset((key, value) for key in IDENTIFYING_KEYS if (value := to_text(row.get(key))))


def reply_row_id(row: Row) -> str | None:
    """A row's id, or the one that its address ends in; `location` is a section's room elsewhere."""
    row_id = parse_id(row.get("id"))
    location = row.get("location")
    if row_id is None and isinstance(location, str) and location.startswith("http"):
        row_id = parse_id(location.rstrip("/").rpartition("/")[2])
    return row_id


def _has_repeated_objects(items: Sequence[WriteItem]) -> bool:
    if len(items) <= items[0].endpoint.max_rows:
        return False
    seen: set[tuple[str, str]] = set()
    for item in items:
        keys = item.row_keys
        if keys & seen:
            return True
        seen |= keys
    return False
