"""Lazy decoding of rows, compared with complete decoding."""

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.rows import converters
from lms_gateway.vendors.canvas.rows.decoding import (
    ReplyRows,
    is_stub,
    name_parts,
    row_id,
    row_values,
)
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.canvas.rows.sources import (
    COURSE_ROSTER,
    COURSE_SHOW,
    ENROLLMENT_ROW,
    SECTION_ROW,
    SUPPORTED_FIELDS,
    TEACHER,
    UNKEYED_FIELDS,
    RowRequest,
    RowSource,
    build_row_request,
)
from lms_gateway.vendors.shared.batch import NegativeCache

BASE = "https://maple.example"
SOURCES = {
    "section": SECTION_ROW,
    "course": COURSE_SHOW,
    "user": COURSE_ROSTER,
    "enrollment": ENROLLMENT_ROW,
    "teacher": TEACHER,
}
EMBEDDED_KEYS = {"term", "account", "teachers", "user"}
"""Keys of nested objects, which other tests cover."""

Known = dict[str, Any]

DATES = ("2026-01-10T08:00:00Z", "2026-01-10T08:00:00.25-07:00")
DOCUMENTED_AS: Mapping[Any, st.SearchStrategy[Any]] = {
    converters.to_text: st.sampled_from(["", "Biology", "available", "active", "Lovelace, Ada", "é"]),
    converters.to_bool: st.booleans(),
    converters.to_int: st.integers(-3, 2**31 - 1),
    converters.to_float: st.integers(-3, 2**40) | st.sampled_from([0.5, 91.25, 7.0]),
    converters.to_datetime: st.sampled_from(DATES),
    parse_id: st.integers(1, 2**63 - 1) | st.sampled_from(["7", "1~7"]),
}
UNDOCUMENTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**66), 2**66)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.sampled_from(["true", "7", "-7.5", "1e400", "2026-01-10", "2026-01-10T08:00:00.1234567z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def replies(draw: st.DrawFn, source: RowSource) -> list[dict[str, Any]]:
    """Draw rows, some of the same object; half of the replies have undocumented values."""
    keys = sorted({*source.field_map.by_key, "sortable_name", "unheard_of"} - EMBEDDED_KEYS)
    # More often the keys that derived fields depend on.
    keys += 9 * [key for key in ("html_url", "sortable_name", "course_id") if key in keys]
    has_undocumented = draw(st.booleans())
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, Any] = {"id": draw(st.integers(1, 4) | st.sampled_from(["1", "0~2", "3"]))}
        for key in draw(st.lists(st.sampled_from(keys), max_size=9, unique=True)):
            documented = source.field_map.by_key.get(key)
            typical = (
                UNDOCUMENTED if documented is None else DOCUMENTED_AS.get(documented[0][1], UNDOCUMENTED)
            )
            row[key] = draw(st.none() | typical | UNDOCUMENTED if has_undocumented else st.none() | typical)
        rows.append(row)
    return rows


def batch_of(store: Store) -> LoadBatch:
    instance = VendorInstance(BASE, lambda link: ("", ()), NegativeCache(lambda: 0.0))
    return LoadBatch(instance, {}, store, lambda load, answer: None)


def reply_of(rows: object) -> Reply:
    return Reply(200, {}, json.dumps(rows).encode())


def add_reply_rows(batch: LoadBatch, row_request: RowRequest, reply: Reply) -> list[Record]:
    rows = None if row_request.decoder is None else row_request.decoder.decode_list(reply)
    return batch.add_rows(row_request, reply.decode() if rows is None else rows)


def read_whole(row_request: RowRequest, rows: Sequence[Mapping[str, Any]], known: dict[str, Known]) -> None:
    """Merge the completely decoded rows into `known`, by id."""
    field_map, expected_keys = row_request.source.field_map, row_request.expected_keys_in(rows)
    for row in rows:
        record_id = row_id(field_map, row)
        values = known.setdefault(record_id, {})
        values.update(row_values(field_map, row))
        keys = field_map.by_key if is_stub(row) else expected_keys
        settled = {name for name, key in field_map.key_of.items() if key in keys}
        if not is_stub(row):
            values.update(derived_fields(field_map.kind, record_id, row, values))
        for name in (settled | UNKEYED_FIELDS[field_map.kind]) & SUPPORTED_FIELDS[field_map.kind]:
            values.setdefault(name, None)


def derived_fields(kind: Kind, record_id: str, row: Mapping[str, Any], values: Known) -> Known:
    if kind is Kind.COURSE:
        return {"url": values.get("canvas.html_url") or f"{BASE}/courses/{record_id}"}
    course = parse_id(row.get("course_id"))
    if kind is Kind.SECTION and course is not None:
        return {"url": f"{BASE}/courses/{course}/sections/{record_id}"}
    if kind is Kind.USER:
        derived = name_parts(row.get("sortable_name"))
        derived["canvas.html_url"] = f"{BASE}/users/{record_id}"
        return {name: value for name, value in derived.items() if name not in values}
    return {}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(data=st.data())
def test_lazily_decoded_rows_equal_completely_decoded_rows(source: RowSource, data: st.DataObject) -> None:
    """Two replies with different requested fields; some fields are read in between."""
    supported = sorted(SUPPORTED_FIELDS[source.field_map.kind])
    fields = st.frozensets(st.sampled_from(supported), max_size=6)
    store, known = Store("maple"), dict[str, Known]()
    for _ in range(2):
        row_request, rows = build_row_request(source, data.draw(fields)), data.draw(replies(source))
        records = add_reply_rows(batch_of(store), row_request, reply_of(rows))
        read_whole(row_request, rows, known)
        assert [record.key.id for record in records] == [parse_id(row["id"]) for row in rows]
        for record in records:
            for name in data.draw(fields):
                getattr(record, name)
    for record_id, values in known.items():
        stored = store.get(_class_of(source), record_id)
        assert stored is not None
        assert stored.known_fields == values.keys()
        # By repr, because True equals 1.
        assert {name: repr(getattr(stored, name)) for name in supported} == {
            name: repr(values.get(name)) for name in supported
        }
        assert stored.missing(frozenset(supported)) == set(supported) - values.keys()


def _class_of(source: RowSource) -> type[Record]:
    (record_type,) = (cls for cls in Record.__subclasses__() if cls.kind is source.field_map.kind)
    return record_type


def typed(fields: Set[str], rows: object, source: RowSource = SECTION_ROW) -> ReplyRows | None:
    decoder = build_row_request(source, fields).decoder
    assert decoder is not None
    return decoder.decode_list(reply_of(rows))


DOCUMENTED = {"id": 7, "name": "Morning", "start_at": None, "course_id": 3, "sis_import_id": 47}


def test_only_requested_keys_of_a_documented_reply_are_decoded() -> None:
    rows = typed({"name"}, [DOCUMENTED])
    assert rows is not None
    (row,) = rows.typed_rows
    assert not hasattr(row, "sis_import_id")
    assert rows[0] == DOCUMENTED


@pytest.mark.parametrize(
    "quirk",
    [{"name": 7}, {"id": True}, {"id": None}, {"total_students": "7"}, {"total_students": 2**31}],
)
def test_a_reply_with_an_undocumented_value_is_read_as_json(quirk: Mapping[str, Any]) -> None:
    assert typed({"name", "student_count"}, [DOCUMENTED, {**DOCUMENTED, **quirk}]) is None


def test_an_undocumented_value_of_another_key_does_not_matter() -> None:
    assert typed({"name"}, [{**DOCUMENTED, "created_at": 7}]) is not None


def test_a_course_whose_dates_exclude_the_viewer_is_read_as_json() -> None:
    stub = {"id": 7, "access_restricted_by_date": True}
    assert typed({"name"}, [{"id": 8, "name": "Biology"}, stub], COURSE_SHOW) is None


def test_invalid_utf_8_is_invalid_json_also_in_a_skipped_key() -> None:
    decoder = build_row_request(SECTION_ROW, frozenset({"name"})).decoder
    assert decoder is not None
    reply = Reply(200, {}, b'[{"id": 7, "created_at": "\xff"}]')
    assert decoder.decode_list(reply) is None
    with pytest.raises(UpstreamInvalid):
        reply.decode()


def test_a_skipped_key_that_cannot_be_decoded_is_null() -> None:
    """A number too large for a float, in a key that was not requested."""
    row_request = build_row_request(SECTION_ROW, frozenset({"name"}))
    reply = Reply(200, {}, b'[{"id": 7, "name": "Morning", "code": 1, "created_at": 1e400}]')
    (record,) = add_reply_rows(batch_of(Store("maple")), row_request, reply)
    assert (record.name, getattr(record, "canvas.created_at")) == ("Morning", None)


def test_nothing_is_stored_if_an_id_is_invalid() -> None:
    store = Store("maple")
    with pytest.raises(UpstreamInvalid):
        add_reply_rows(batch_of(store), build_row_request(SECTION_ROW), reply_of([DOCUMENTED, {"id": 0}]))
    assert store.get(_class_of(SECTION_ROW), "7") is None


def test_equal_requests_share_one_decoder() -> None:
    assert build_row_request(COURSE_ROSTER, {"name"}) is build_row_request(COURSE_ROSTER, frozenset({"name"}))
    assert (
        build_row_request(COURSE_ROSTER, {"name"}).decoder
        is build_row_request(COURSE_ROSTER, {"name"}).decoder
    )
