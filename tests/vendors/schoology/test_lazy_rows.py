"""Rows that are kept as they came tell what rows told that were converted at once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows import decoding
from lms_gateway.vendors.schoology.rows.field_maps import (
    FIELD_MAPS,
    OBJECT_FIELDS,
    RecordFields,
    RowSource,
    decode_course,
    decode_enrollment,
    decode_section,
    decode_user,
)

Row = Mapping[str, Any]
Hear = Callable[[Store, Row], Record]
Facts = Callable[[Row], list[RecordFields]]


def _both(hear: Any, facts: Any, source: RowSource) -> tuple[Hear, Facts]:
    return lambda store, row: hear(store, row, source), lambda row: facts(row, source)


DECODERS: Mapping[str, tuple[Kind, tuple[Hear, Facts]]] = {
    f"{kind} {source.name.lower()}": (kind, _both(hear, facts, source))
    for kind, hear, facts in (
        (Kind.SECTION, decoding.add_section, decode_section),
        (Kind.COURSE, decoding.add_course, decode_course),
        (Kind.USER, decoding.add_user, decode_user),
    )
    for source in (RowSource.OBJECT, RowSource.LIST_ROW)
} | {
    "enrollment": (
        Kind.ENROLLMENT,
        (
            lambda store, row: decoding.add_enrollment(store, row, "11"),
            lambda row: decode_enrollment(row, "11"),
        ),
    )
}
KEYS = {
    kind: sorted({*table, "course_title", "unheard_of"} - {"uid"})
    for kind, table in FIELD_MAPS.items()
}
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**66), 2**66)
    | st.integers(-1, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.sampled_from(["0", "1", "true", "08:05", "1,2", "Ada", "2026-12-18 00:00:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "uid", "parent", "topics"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(("kind", "way"), DECODERS.values(), ids=DECODERS)
@given(data=st.data())
def test_whatever_rows_hold_they_tell_what_they_told_when_converted_at_once(
    kind: Kind, way: tuple[Hear, Facts], data: st.DataObject
) -> None:
    """Three rows, some of one object, with some facets read in between."""
    hear, facts = way
    lazy, eager, keys = Store("lakeside"), Store("lakeside"), dict[Key, None]()
    for _ in range(3):
        row = data.draw(st.dictionaries(st.sampled_from(KEYS[kind]), VALUE, max_size=9))
        row |= {"id": data.draw(st.integers(1, 2)), "uid": data.draw(st.integers(1, 2))}
        decoded = facts(row)
        record = hear(lazy, row)
        assert record.key == decoded[0][:2]
        keys |= dict.fromkeys(Key(fact.kind, fact.id) for fact in decoded)
        for fact in decoded:
            eager.merge(*fact)
        for field in data.draw(
            st.frozensets(st.sampled_from(sorted(OBJECT_FIELDS[kind])), max_size=4)
        ):
            getattr(record, field)
    for key in keys:
        record_read, expected = lazy.find(key), eager.find(key)
        assert record_read is not None
        assert expected is not None
        assert record_read.known_fields == expected.known_fields
        # By repr, because True equals 1.
        assert {field: repr(getattr(record_read, field)) for field in OBJECT_FIELDS[key.kind]} == {
            field: repr(getattr(expected, field)) for field in OBJECT_FIELDS[key.kind]
        }


def test_a_roster_converts_nobodys_name_until_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def person_name(row: Row) -> str:
        read.append(row)
        return "Ada"

    monkeypatch.setattr(decoding, "person_name", person_name)
    store = Store("lakeside")
    for id in (8, 9):
        decoding.add_enrollment(store, {"id": id, "uid": id, "name_first": "Ada"}, "4")
    assert read == []
    user: Any = store.find(Key(Kind.USER, "9"))
    assert user.display_name == "Ada"
    assert [row["id"] for row in read] == [9]


def test_an_enrollment_without_a_person_is_refused_and_nothing_learnt() -> None:
    store = Store("lakeside")
    with pytest.raises(UpstreamInvalid):
        decoding.add_enrollment(store, {"id": 8}, "4")
    assert store.find(Key(Kind.ENROLLMENT, "4.8")) is None
