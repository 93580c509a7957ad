"""Sends writes of one class: a single one to its own endpoint, several in bulk.

One call takes up to fifty rows. The reply has a row for each, in the order sent, with the outcome
of that row; a call that fails affects its own rows only. The form of a failed row is not published.
Rows are matched by position, and by the codes in them if the positions cannot be right.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section (bulk)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.commands import CommandStatus, InputProblem, Values
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.vendors.schoology.api.pagination import parse_rows
from lms_gateway.vendors.schoology.rows.catalog import IDENTIFYING_KEYS
from lms_gateway.vendors.schoology.rows.converters import parse_id, to_text
from lms_gateway.vendors.schoology.writes.outcomes import (
    WriteOutcome,
    WriteSubject,
    outcome_of_error,
    outcome_of_row,
    unknown,
)
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import batched
from lms_gateway.vendors.shared.steps import Steps, gather

MAX_BULK_ROWS = 50

RowKeys = frozenset[tuple[str, str]]
"""The id and the codes that identify a row: pairs of key and value."""


@dataclass(frozen=True, slots=True)
class BulkEndpoint:
    """An endpoint that writes objects of one kind: single ones below `path`, several at it."""

    kind: Kind
    path: str
    parent_input: str | None = None  # the input that names the parent of a new object
    max_rows: int = MAX_BULK_ROWS
    accepts_single: bool = True  # whether one row may come without the bulk wrapper

    @property
    def template(self) -> str:
        """The path with a placeholder for its id."""
        return re.sub(r"/\d+", "/:id", self.path)

    @property
    def plural(self) -> str:
        """The key of the rows in bulk bodies."""
        return f"{self.kind}s"


COURSES = BulkEndpoint(Kind.COURSE, "/courses", "account")
SECTIONS = BulkEndpoint(Kind.SECTION, "/sections", "course")
COPIES = BulkEndpoint(Kind.SECTION, "/sections/copy", accepts_single=False)


def course_sections(course_id: str) -> BulkEndpoint:
    """Return the endpoint of a course's new sections."""
    return BulkEndpoint(Kind.SECTION, f"/courses/{course_id}/sections", "course")


def section_enrollments(section_id: str) -> BulkEndpoint:
    """Return the endpoint of a section's enrollments."""
    return BulkEndpoint(Kind.ENROLLMENT, f"/sections/{section_id}/enrollments", "section")


def section_access_codes(section_id: str) -> BulkEndpoint:
    """Return the endpoint that enrolls the viewer with a section's access code."""
    path = f"/sections/{section_id}/accesscode"
    return BulkEndpoint(Kind.ENROLLMENT, path, "section", max_rows=1)


@dataclass(slots=True)
class WriteItem:
    """One write and its progress."""

    method: str
    endpoint: BulkEndpoint
    key: Key | None  # None until a new object was created
    parent: Key | None = None
    body: dict[str, Any] = field(default_factory=dict)
    sent_values: Values = field(default_factory=dict)  # by field name, to compare with the record
    params: Params = ()
    fields: frozenset[str] = frozenset()  # names of further values of the body
    nested: list["WriteItem"] = field(default_factory=list)  # the sections of a new course
    outcome: WriteOutcome | None = None
    problems: list[InputProblem] = field(default_factory=list)
    record: Record | None = None

    @property
    def vendor_id(self) -> str:
        """The object's own id."""
        assert self.key is not None
        return self.key.id.rpartition(".")[2]

    @property
    def row(self) -> dict[str, Any]:
        """The row of a bulk call."""
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
        """What identifies the item's row in a reply: its id, or the codes of a new object."""
        return _row_codes(self.body) if self.key is None else frozenset({("id", self.vendor_id)})

    @property
    def subject(self) -> WriteSubject:
        """What the vendor's reply is about."""
        kind = self.endpoint.kind
        target = self.endpoint.parent_input if self.method == "POST" else kind.value
        return WriteSubject(kind, self.sent_values.keys() | self.fields, target)

    @property
    def is_confirmed(self) -> bool:
        """Whether the vendor carried out the write."""
        return self.outcome is not None and self.outcome.status is CommandStatus.CONFIRMED


def send_items(items: Sequence[WriteItem]) -> Steps[None]:
    """Send the items and set their outcomes."""
    groups: dict[tuple[str, BulkEndpoint, Params], list[WriteItem]] = {}
    for item in items:
        groups.setdefault((item.method, item.endpoint, item.params), []).append(item)
    yield from gather(_send_group(group) for group in groups.values())


def _send_group(items: Sequence[WriteItem]) -> Steps[None]:
    max_rows = items[0].endpoint.max_rows
    if items[0].method == "DELETE":
        # An object is deleted once, however often it is given.
        first = {item.vendor_id: item for item in reversed(items)}
        unique = [item for item in items if first[item.vendor_id] is item]
        yield from gather(_send_chunk(chunk) for chunk in batched(unique, max_rows))
        for item in items:
            item.outcome = first[item.vendor_id].outcome
        return
    chunks = [_send_chunk(chunk) for chunk in batched(items, max_rows)]
    if len(chunks) > 1 and _has_repeated_objects(items):
        # One after another: a later update of an object must not be overtaken by an earlier one.
        for chunk in chunks:
            yield from chunk
    else:
        yield from gather(chunks)


def _send_chunk(items: Sequence[WriteItem]) -> Steps[None]:
    is_single = len(items) == 1 and not items[0].needs_bulk
    (outcome,) = yield (_single_call(items[0]) if is_single else _bulk_call(items),)
    try:
        if isinstance(outcome, LmsError):
            raise outcome
        outcomes = [_read_single(items[0], outcome)] if is_single else _read_rows(items, outcome)
    except LmsError as error:
        outcomes = [outcome_of_error(error, item.subject) for item in items]
    for item, item_outcome in zip(items, outcomes, strict=True):
        item.outcome = item_outcome


def _single_call(item: WriteItem) -> Call:
    path, template = item.endpoint.path, item.endpoint.template
    if item.key is None:
        return Call(path, template, method="POST", json=item.body, safe=False)
    body = None if item.method == "DELETE" else item.body
    path = f"{path}/{item.vendor_id}"
    return Call(path, f"{template}/:id", method=item.method, json=body, safe=False)


def _bulk_call(items: Sequence[WriteItem]) -> Call:
    method, endpoint, params = items[0].method, items[0].endpoint, items[0].params
    body: Any = {endpoint.plural: {endpoint.kind.value: [item.row for item in items]}}
    if method == "DELETE":
        ids = ",".join(item.vendor_id for item in items)
        params, body = ((f"{endpoint.kind}_ids", ids),), None
    return Call(endpoint.path, endpoint.template, params, method, body, safe=False)


def _read_single(item: WriteItem, reply: Reply) -> WriteOutcome:
    """A creation is answered with the object, an update or deletion with an empty body (204)."""
    if item.key is not None:
        return WriteOutcome(CommandStatus.CONFIRMED)
    row = reply.decode()
    if not isinstance(row, Mapping) or reply_row_id(row) is None:
        return unknown("the vendor's reply does not contain the new object")
    return WriteOutcome(CommandStatus.CONFIRMED, row)


def _read_rows(items: Sequence[WriteItem], reply: Reply) -> list[WriteOutcome]:
    rows = match_rows(find_rows(reply.decode(), items[0].endpoint), items)
    outcomes = [outcome_of_row(row, item.subject) for row, item in zip(rows, items, strict=True)]
    for item, outcome in zip(items, outcomes, strict=True):
        _set_nested_outcomes(item, outcome)
    return outcomes


def _set_nested_outcomes(item: WriteItem, outcome: WriteOutcome) -> None:
    """Set the outcomes of a course's sections, whose rows are inside the course's row."""
    if not item.nested:
        return
    if outcome.status is not CommandStatus.CONFIRMED or outcome.row is None:
        for section in item.nested:
            section.outcome = outcome
        return
    course_id = reply_row_id(outcome.row)
    try:
        rows = match_rows(find_rows(outcome.row, SECTIONS), item.nested)
    except LmsError:
        rows = [None] * len(item.nested)
    for section, row in zip(item.nested, rows, strict=True):
        section.parent = None if course_id is None else Key(Kind.COURSE, course_id)
        section.outcome = outcome_of_row(row, section.subject)


def find_rows(body: Any, endpoint: BulkEndpoint) -> list[Row]:
    """Return the rows of a bulk reply, wrapped once or twice. Raises UpstreamInvalid."""
    rows = body
    for key in (endpoint.plural, endpoint.kind.value):
        if isinstance(rows, Mapping):
            rows = rows.get(key, rows)
    if rows is body and not isinstance(body, list):
        raise UpstreamInvalid("the vendor's reply has no rows")
    return parse_rows(rows)


def match_rows(rows: Sequence[Row], items: Sequence[WriteItem]) -> list[Row | None]:
    """Return the row of each item, None if the reply has none."""
    # Cases, with items A, B, C:
    #
    #   rows            match
    #   3 rows          by position, unless a row's id or codes show that it belongs to another item
    #   B, C            by id or codes; A has no row
    #   C, A, B         by id or codes
    item_keys = [item.row_keys for item in items]
    keys_by_row = [_row_keys(row) for row in rows]
    if len(rows) == len(items) and not any(
        _is_misplaced(keys, item_keys, index) for index, keys in enumerate(keys_by_row)
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
    """Return whether a row's keys show that it is not the row of the item at its position."""
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
    """Return a row's id, or the last part of its URL; elsewhere `location` is a section's room."""
    row_id = parse_id(row.get("id"))
    location = row.get("location")
    if row_id is None and isinstance(location, str) and location.startswith("http"):
        row_id = parse_id(location.rstrip("/").rpartition("/")[2])
    return row_id


def _has_repeated_objects(items: Sequence[WriteItem]) -> bool:
    seen: set[tuple[str, str]] = set()
    for item in items:
        keys = item.row_keys
        if keys & seen:
            return True
        seen |= keys
    return False
