"""Records: lazy decoding, known fields and merging of rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from lms_gateway.domain.errors import Forbidden
from lms_gateway.domain.loads import Alias
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import MISSING, Key, Kind, Record
from lms_gateway.domain.store import Store

KEY = Key(Kind.SECTION, "7")


class MappingReader:
    """Reads fields from mappings, and counts the reads of each field."""

    def __init__(self, *known_fields: str) -> None:
        self.known_fields = frozenset(known_fields)
        self.read_counts: Counter[str] = Counter()

    def read(self, record: Record, row: Mapping[str, Any], field: str) -> Any:
        self.read_counts[field] += 1
        return row.get(field, MISSING)

    def fields(self, record: Record, row: Mapping[str, Any]) -> Iterable[str]:
        return row.keys()


def section() -> Section:
    return Section("maple", KEY)


def test_a_field_that_is_not_read_is_not_decoded() -> None:
    rows, record = MappingReader("name", "code"), section()
    record.add_row(rows, {"name": "Morning", "code": "M"})
    assert record.name == "Morning"
    assert rows.read_counts == {"name": 1}


def test_a_field_is_decoded_once() -> None:
    rows, record = MappingReader(), section()
    record.add_row(rows, {"name": "Morning", "canvas.uuid": "x"})
    assert [record.name, record.name] == ["Morning", "Morning"]
    assert [record.vendor_fields.get("uuid"), getattr(record, "canvas.uuid")] == ["x", "x"]
    assert (rows.read_counts["name"], rows.read_counts["canvas.uuid"]) == (1, 1)


def test_a_null_field_is_decoded_once() -> None:
    rows, record = MappingReader("name"), section()
    record.add_row(rows, {})
    assert (record.name, record.name) == (None, None)
    assert rows.read_counts == {"name": 1}


def test_known_fields_of_a_reader_are_known_without_decoding() -> None:
    rows, record = MappingReader("name", "code"), section()
    record.add_row(rows, {"name": "Morning"})
    assert {"name", "code"} <= record.known_fields
    assert frozenset({"name"}) - record.known_fields == record.missing(frozenset({"name"})) == frozenset()
    assert not rows.read_counts


def test_further_fields_of_a_row_are_known() -> None:
    record = section()
    record.add_row(MappingReader("name"), {"name": "Morning", "location": "R 4"})
    assert record.known_fields == {"name", "location"}
    assert record.missing(frozenset({"location", "url"})) == {"url"}
    assert "url" not in record.known_fields
    assert len(record.known_fields) == 2


@pytest.mark.parametrize("is_read", [False, True])
def test_a_later_row_replaces_only_its_own_fields(is_read: bool) -> None:
    record = section()
    record.add_row(MappingReader("name", "code"), {"name": "Morning", "code": "M"})
    if is_read:
        assert (record.name, record.code, record.location) == ("Morning", "M", None)
    record.add_row(MappingReader("name", "code"), {"name": "Evening", "location": "R 4"})
    assert (record.name, record.code, record.location) == ("Evening", "M", "R 4")


def test_values_and_rows_replace_each_other() -> None:
    record = section()
    record.merge({"name": "first", "code": "A"})
    record.add_row(MappingReader(), {"name": "second"})
    assert (record.name, record.code) == ("second", "A")
    record.merge({"name": "third"})
    assert record.name == "third"


def test_a_row_can_have_a_null_value() -> None:
    record = section()
    record.merge({"name": "Morning"})
    record.add_row(MappingReader("name"), {"name": None})
    assert record.name is None


def test_an_error_stays_in_a_field_until_a_row_has_a_value() -> None:
    record: Any = section()
    error = Forbidden("no")
    record.add_row(MappingReader(), {"name": "Morning"})
    record.location = error
    record.vendor_fields["uuid"] = error
    assert record.location is error
    assert record.vendor_fields.get("uuid") is record.vendor_fields["uuid"] is error
    record.add_row(MappingReader(), {"name": "Evening"})
    assert record.location is error
    assert "location" not in record.known_fields
    record.add_row(MappingReader(), {"location": "R 4"})
    assert record.location == "R 4"


def test_an_unknown_field_is_null_and_a_wrong_name_is_an_error() -> None:
    record = section()
    assert (record.name, record.vendor_fields.get("uuid"), Section.name) == (None, None, None)
    with pytest.raises(AttributeError):
        record.nmae  # noqa: B018


def test_known_values_are_all_known_fields() -> None:
    record = section()
    record.add_row(MappingReader("code"), {"name": "Morning", "schoology.weight": 2})
    record.merge({"location": None})
    values = record.known_values()
    assert values == {"code": None, "name": "Morning", "schoology.weight": 2, "location": None}
    copy = section()
    copy.merge(values)
    assert copy.known_fields == record.known_fields
    assert copy.known_values() == values


def test_a_new_record_may_have_decoded_fields() -> None:
    rows, store = MappingReader("name", "code"), Store("maple")
    row = {"name": "Morning", "code": "M"}
    record = store.add_row(Kind.SECTION, "7", rows, row, lambda row: {"name": row["name"].upper()})
    assert isinstance(record, Section)
    assert (record.key, record.tenant, record.name, record.code) == (KEY, "maple", "MORNING", "M")
    assert type(record.key) is Key
    again = store.add_row(Kind.SECTION, "7", rows, {"name": "Evening"}, lambda row: {"code": "?"})
    assert again is record
    assert (record.name, record.code) == ("Evening", "M")


def test_a_record_is_found_by_every_alias_of_its_rows() -> None:
    store, rows = Store("maple"), MappingReader()
    record = store.add_row(Kind.SECTION, "7", rows, {"sis_id": "A"})
    store.add_row(Kind.SECTION, "7", rows, {"sis_id": "B", "integration_id": "I"})
    store.merge(Kind.SECTION, "8", {"sis_id": "C"})
    assert not rows.read_counts
    for alias, value in ((Alias.SIS_ID, "A"), (Alias.SIS_ID, "B"), (Alias.INTEGRATION_ID, "I")):
        assert store.find_alias(Kind.SECTION, alias, value) is record
    assert store.find_alias(Kind.SECTION, Alias.SIS_ID, "C") is store.find(Key(Kind.SECTION, "8"))
    assert store.find_alias(Kind.COURSE, Alias.SIS_ID, "A") is None
