"""What a record knows, and when it finds out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from lms_gateway.domain.asks import Alias
from lms_gateway.domain.errors import Forbidden
from lms_gateway.domain.records import UNTOLD, Key, Kind, Record, Section
from lms_gateway.domain.store import Store

KEY = Key(Kind.SECTION, "7")


class Rows:
    """Tells what mappings hold, and counts who asks for what."""

    def __init__(self, *settles: str) -> None:
        self.settles = frozenset(settles)
        self.asked: Counter[str] = Counter()

    def find(self, record: Record, row: Mapping[str, Any], facet: str) -> Any:
        self.asked[facet] += 1
        return row.get(facet, UNTOLD)

    def told(self, record: Record, row: Mapping[str, Any]) -> Iterable[str]:
        return row.keys()


def section() -> Section:
    return Section("maple", KEY)


def test_what_is_not_read_is_not_converted() -> None:
    rows, record = Rows("name", "code"), section()
    record.hear(rows, {"name": "Morning", "code": "M"})
    assert record.name == "Morning"
    assert rows.asked == {"name": 1}


def test_what_is_read_again_is_not_converted_again() -> None:
    rows, record = Rows(), section()
    record.hear(rows, {"name": "Morning", "canvas.uuid": "x"})
    assert [record.name, record.name] == ["Morning", "Morning"]
    assert [record.native.get("uuid"), getattr(record, "canvas.uuid")] == ["x", "x"]
    assert (rows.asked["name"], rows.asked["canvas.uuid"]) == (1, 1)


def test_null_is_converted_once_as_well() -> None:
    rows, record = Rows("name"), section()
    record.hear(rows, {})
    assert (record.name, record.name) == (None, None)
    assert rows.asked == {"name": 1}


def test_that_a_facet_is_settled_is_known_without_a_look_at_the_row() -> None:
    rows, record = Rows("name", "code"), section()
    record.hear(rows, {"name": "Morning"})
    assert {"name", "code"} <= record.known
    assert frozenset({"name"}) - record.known == record.lacks(frozenset({"name"})) == frozenset()
    assert not rows.asked


def test_what_a_row_tells_unasked_is_known() -> None:
    record = section()
    record.hear(Rows("name"), {"name": "Morning", "location": "R 4"})
    assert record.known == {"name", "location"}
    assert record.lacks(frozenset({"location", "url"})) == {"url"}
    assert "url" not in record.known
    assert len(record.known) == 2


@pytest.mark.parametrize("is_read", [False, True])
def test_a_later_row_replaces_what_it_tells_and_nothing_else(is_read: bool) -> None:
    record = section()
    record.hear(Rows("name", "code"), {"name": "Morning", "code": "M"})
    if is_read:
        assert (record.name, record.code, record.location) == ("Morning", "M", None)
    record.hear(Rows("name", "code"), {"name": "Evening", "location": "R 4"})
    assert (record.name, record.code, record.location) == ("Evening", "M", "R 4")


def test_facts_and_rows_replace_each_other() -> None:
    record = section()
    record.learn({"name": "first", "code": "A"})
    record.hear(Rows(), {"name": "second"})
    assert (record.name, record.code) == ("second", "A")
    record.learn({"name": "third"})
    assert record.name == "third"


def test_a_row_can_tell_null() -> None:
    record = section()
    record.learn({"name": "Morning"})
    record.hear(Rows("name"), {"name": None})
    assert record.name is None


def test_an_error_stands_for_a_facet_until_a_row_tells_it() -> None:
    record: Any = section()
    error = Forbidden("no")
    record.hear(Rows(), {"name": "Morning"})
    record.location = error
    record.native["uuid"] = error
    assert record.location is error
    assert record.native.get("uuid") is record.native["uuid"] is error
    record.hear(Rows(), {"name": "Evening"})
    assert record.location is error
    assert "location" not in record.known
    record.hear(Rows(), {"location": "R 4"})
    assert record.location == "R 4"


def test_what_nobody_told_is_null_and_no_facet_is_an_error() -> None:
    record = section()
    assert (record.name, record.native.get("uuid"), Section.name) == (None, None, None)
    with pytest.raises(AttributeError):
        record.nmae  # noqa: B018


def test_facts_are_all_that_is_known() -> None:
    record = section()
    record.hear(Rows("code"), {"name": "Morning", "schoology.weight": 2})
    record.learn({"location": None})
    facts = record.facts()
    assert facts == {"code": None, "name": "Morning", "schoology.weight": 2, "location": None}
    copy = section()
    copy.learn(facts)
    assert copy.known == record.known
    assert copy.facts() == facts


def test_a_record_may_begin_with_facets_that_are_converted() -> None:
    rows, store = Rows("name", "code"), Store("maple")
    row = {"name": "Morning", "code": "M"}
    record = store.hear(Kind.SECTION, "7", rows, row, lambda row: {"name": row["name"].upper()})
    assert isinstance(record, Section)
    assert (record.key, record.tenant, record.name, record.code) == (KEY, "maple", "MORNING", "M")
    assert type(record.key) is Key
    again = store.hear(Kind.SECTION, "7", rows, {"name": "Evening"}, lambda row: {"code": "?"})
    assert again is record
    assert (record.name, record.code) == ("Evening", "M")


def test_an_object_is_found_by_every_name_that_rows_have_told() -> None:
    store, rows = Store("maple"), Rows()
    record = store.hear(Kind.SECTION, "7", rows, {"sis_id": "A"})
    store.hear(Kind.SECTION, "7", rows, {"sis_id": "B", "integration_id": "I"})
    store.learn(Kind.SECTION, "8", {"sis_id": "C"})
    assert not rows.asked
    for alias, value in ((Alias.SIS_ID, "A"), (Alias.SIS_ID, "B"), (Alias.INTEGRATION_ID, "I")):
        assert store.find_alias(Kind.SECTION, alias, value) is record
    assert store.find_alias(Kind.SECTION, Alias.SIS_ID, "C") is store.find(Key(Kind.SECTION, "8"))
    assert store.find_alias(Kind.COURSE, Alias.SIS_ID, "A") is None
