"""Rows that are decoded as far as they are read tell what rows told that were read whole."""

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
"""Keys that hold whole objects: what these are learnt as is told elsewhere."""

Known = dict[str, Any]

DATES = ("2026-01-10T08:00:00Z", "2026-01-10T08:00:00.25-07:00")
DOCUMENTED_AS: Mapping[Any, st.SearchStrategy[Any]] = {
    converters.to_text: st.sampled_from(
        ["", "Biology", "available", "active", "Lovelace, Ada", "é"]
    ),
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
    """Rows as they are documented, some of one object; in every other reply some odd ones."""
    keys = sorted({*source.field_map.by_key, "sortable_name", "unheard_of"} - EMBEDDED_KEYS)
    # More often those that something is made of.
    keys += 9 * [key for key in ("html_url", "sortable_name", "course_id") if key in keys]
    has_undocumented = draw(st.booleans())
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, Any] = {"id": draw(st.integers(1, 4) | st.sampled_from(["1", "0~2", "3"]))}
        for key in draw(st.lists(st.sampled_from(keys), max_size=9, unique=True)):
            documented = source.field_map.by_key.get(key)
            typical = (
                UNDOCUMENTED
                if documented is None
                else DOCUMENTED_AS.get(documented[0][1], UNDOCUMENTED)
            )
            row[key] = draw(
                st.none() | typical | UNDOCUMENTED if has_undocumented else st.none() | typical
            )
        rows.append(row)
    return rows


def batch_of(store: Store) -> LoadBatch:
    site = VendorInstance(BASE, lambda link: ("", ()), NegativeCache(lambda: 0.0))
    return LoadBatch(site, {}, store, lambda load, answer: None)


def reply_of(rows: object) -> Reply:
    return Reply(200, {}, json.dumps(rows).encode())


def add_reply_rows(wave: LoadBatch, row_request: RowRequest, reply: Reply) -> list[Record]:
    rows = None if row_request.decoder is None else row_request.decoder.decode_list(reply)
    return wave.add_rows(row_request, reply.decode() if rows is None else rows)


def read_whole(
    row_request: RowRequest, rows: Sequence[Mapping[str, Any]], known: dict[str, Known]
) -> None:
    """What rows told when each was converted whole, merged into what was `known` by id."""
    shape, carried = row_request.source.field_map, row_request.expected_keys_in(rows)
    for row in rows:
        id = row_id(shape, row)
        facts = known.setdefault(id, {})
        facts.update(row_values(shape, row))
        settled = {facet for facet, key in shape.key_of.items() if is_stub(row) or key in carried}
        if not is_stub(row):
            facts.update(derived_fields(shape.kind, id, row, facts))
        for facet in (settled | UNKEYED_FIELDS[shape.kind]) & SUPPORTED_FIELDS[shape.kind]:
            facts.setdefault(facet, None)


def derived_fields(kind: Kind, id: str, row: Mapping[str, Any], facts: Known) -> Known:
    if kind is Kind.COURSE:
        return {"url": facts.get("canvas.html_url") or f"{BASE}/courses/{id}"}
    course = parse_id(row.get("course_id"))
    if kind is Kind.SECTION and course is not None:
        return {"url": f"{BASE}/courses/{course}/sections/{id}"}
    if kind is Kind.USER:
        made = {**name_parts(row.get("sortable_name")), "canvas.html_url": f"{BASE}/users/{id}"}
        return {facet: value for facet, value in made.items() if facet not in facts}
    return {}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(data=st.data())
def test_whatever_rows_hold_they_tell_what_they_told_when_read_whole(
    source: RowSource, data: st.DataObject
) -> None:
    """Two replies, of which other facets are wanted and some are read in between."""
    gives = sorted(SUPPORTED_FIELDS[source.field_map.kind])
    facets = st.frozensets(st.sampled_from(gives), max_size=6)
    store, known = Store("maple"), dict[str, Known]()
    for _ in range(2):
        row_request, rows = build_row_request(source, data.draw(facets)), data.draw(replies(source))
        records = add_reply_rows(batch_of(store), row_request, reply_of(rows))
        read_whole(row_request, rows, known)
        assert [record.key.id for record in records] == [parse_id(row["id"]) for row in rows]
        for record in records:
            for facet in data.draw(facets):
                getattr(record, facet)
    for id, facts in known.items():
        results = store.get(_class_of(source), id)
        assert results is not None
        assert results.known_fields == facts.keys()
        # By repr, because True equals 1.
        assert {facet: repr(getattr(results, facet)) for facet in gives} == {
            facet: repr(facts.get(facet)) for facet in gives
        }
        assert results.missing(frozenset(gives)) == set(gives) - facts.keys()


def _class_of(source: RowSource) -> type[Record]:
    (results,) = (cls for cls in Record.__subclasses__() if cls.kind is source.field_map.kind)
    return results


def typed(facets: Set[str], rows: object, source: RowSource = SECTION_ROW) -> ReplyRows | None:
    reader = build_row_request(source, facets).decoder
    assert reader is not None
    return reader.decode_list(reply_of(rows))


DOCUMENTED = {"id": 7, "name": "Morning", "start_at": None, "course_id": 3, "sis_import_id": 47}


def test_a_documented_reply_is_decoded_only_as_far_as_it_is_wanted() -> None:
    rows = typed({"name"}, [DOCUMENTED])
    assert rows is not None
    (row,) = rows.typed_rows
    assert not hasattr(row, "sis_import_id")
    assert rows[0] == DOCUMENTED


@pytest.mark.parametrize(
    "quirk",
    [{"name": 7}, {"id": True}, {"id": None}, {"total_students": "7"}, {"total_students": 2**31}],
)
def test_a_reply_with_a_quirk_is_read_whole(quirk: Mapping[str, Any]) -> None:
    assert typed({"name", "student_count"}, [DOCUMENTED, {**DOCUMENTED, **quirk}]) is None


def test_a_quirk_of_what_is_not_wanted_is_none() -> None:
    assert typed({"name"}, [{**DOCUMENTED, "created_at": 7}]) is not None


def test_a_course_that_is_closed_by_its_dates_is_read_whole() -> None:
    stub = {"id": 7, "access_restricted_by_date": True}
    assert typed({"name"}, [{"id": 8, "name": "Biology"}, stub], COURSE_SHOW) is None


def test_bytes_that_are_no_text_are_no_json_wherever_they_stand() -> None:
    reader = build_row_request(SECTION_ROW, frozenset({"name"})).decoder
    assert reader is not None
    reply = Reply(200, {}, b'[{"id": 7, "created_at": "\xff"}]')
    assert reader.decode_list(reply) is None
    with pytest.raises(UpstreamInvalid):
        reply.decode()


def test_what_cannot_be_decoded_later_is_null() -> None:
    """A number too large for a float, in a key that nobody wanted when the reply came."""
    row_request = build_row_request(SECTION_ROW, frozenset({"name"}))
    reply = Reply(200, {}, b'[{"id": 7, "name": "Morning", "code": 1, "created_at": 1e400}]')
    (record,) = add_reply_rows(batch_of(Store("maple")), row_request, reply)
    assert (record.name, getattr(record, "canvas.created_at")) == ("Morning", None)


def test_an_id_that_is_none_of_canvas_is_refused_and_nothing_learnt() -> None:
    store = Store("maple")
    with pytest.raises(UpstreamInvalid):
        add_reply_rows(
            batch_of(store), build_row_request(SECTION_ROW), reply_of([DOCUMENTED, {"id": 0}])
        )
    assert store.get(_class_of(SECTION_ROW), "7") is None


def test_the_same_wish_is_decoded_the_same_way() -> None:
    assert build_row_request(COURSE_ROSTER, {"name"}) is build_row_request(
        COURSE_ROSTER, frozenset({"name"})
    )
    assert (
        build_row_request(COURSE_ROSTER, {"name"}).decoder
        is build_row_request(COURSE_ROSTER, {"name"}).decoder
    )
