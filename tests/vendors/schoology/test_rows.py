"""Decoding of Schoology's rows: the forms of its documentation and those seen in real replies."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import Day, EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows import converters
from lms_gateway.vendors.schoology.rows.catalog import CATALOG, RowSource
from lms_gateway.vendors.schoology.rows.decoding import (
    OBJECT_FIELDS,
    add_enrollment,
    add_object,
    add_reference,
    add_term,
)
from lms_gateway.vendors.shared.json_values import to_int

Row = dict[str, Any]

DOCUMENTED: dict[str, Any] = {
    "id": "4318461",
    "course_title": "Time Travel",
    "course_code": "CC106",
    "course_id": "1407691",
    "school_id": "344232",
    "access_code": "GBMWW-2QKN5",
    "section_title": "Section 9nw",
    "section_code": "",
    "section_school_code": "SI200",
    "synced": "0",
    "active": 1,
    "description": "",
    "subject_area": "0",
    "grade_level_range_start": "12",
    "grade_level_range_end": "14",
    "grading_periods": [13011, 435],
    "profile_url": "http://assets.example/course-default.gif",
    "location": "",
    "meeting_days": [""],
    "start_time": "",
    "end_time": "",
    "weight": "0",
    "options": {
        "weighted_grading_categories": "0",
        "upload_documents": "0",
        "create_discussion": "0",
        "member_post": "1",
        "member_post_comment": "1",
        "content_index_visibility": {"topics": 1, "album": 0},
    },
    "admin": 1,
}
"""The documentation's example of `GET /sections/{id}`."""
CREATED: dict[str, Any] = {
    "id": "5614973",
    "course_id": "1407691",
    "section_title": "Section API",
    "section_school_code": "SA1",
    "synced": None,
    "active": 1,
    "meeting_days": [""],
    "start_time": None,
    "end_time": None,
    "options": {"member_post": None, "content_index_visibility": []},
}
"""A part of the documentation's example of a new section."""


def decode(kind: Kind, row: Row, source: RowSource = RowSource.OBJECT) -> dict[str, Any]:
    """Return the fields that a row determines."""
    return add_object(Store("lakeside"), kind, row, source).known_values()


def stored(store: Store, kind: Kind, record_id: str) -> dict[str, Any]:
    """Return the known fields of a record of the store."""
    record = store.find(Key(kind, record_id))
    assert record is not None
    return record.known_values()


def test_the_documented_section_determines_every_field_of_a_section() -> None:
    fields = decode(Kind.SECTION, DOCUMENTED)
    assert fields.keys() == OBJECT_FIELDS[Kind.SECTION]
    assert {
        "name": "Section 9nw",
        "code": None,
        "sis_id": "SI200",
        "is_active": True,
        "is_synced": False,
        "course_id": "1407691",
        "term_ids": ("13011", "435"),
        "meeting": None,
        "schoology.access_code": "GBMWW-2QKN5",
        "schoology.subject_area": 0,
        "schoology.grade_level_range_start": 12,
        "schoology.meeting_days": (),
        "schoology.class_periods": None,
        "schoology.admin": True,
        "schoology.weight": 0,
    }.items() <= fields.items()


def test_a_section_determines_its_courses_name_and_code_only() -> None:
    store = Store("lakeside")
    add_object(store, Kind.SECTION, DOCUMENTED, RowSource.OBJECT)
    assert stored(store, Kind.COURSE, "1407691") == {
        "name": "Time Travel",
        "schoology.title": "Time Travel",
        "code": "CC106",
        "schoology.course_code": "CC106",
    }


def test_a_section_without_its_courses_title_leaves_the_courses_name_unknown() -> None:
    store = Store("lakeside")
    add_object(store, Kind.SECTION, CREATED, RowSource.OBJECT)
    assert "name" not in stored(store, Kind.COURSE, "1407691")


def test_options_are_booleans_and_an_empty_map_that_is_sent_as_a_list_is_null() -> None:
    options = decode(Kind.SECTION, DOCUMENTED)["schoology.options"]
    assert options["member_post"] is True
    assert options["upload_documents"] is False
    assert options["course_format"] is None
    assert options["content_index_visibility"] == {"topics": True, "album": False}
    new_options = decode(Kind.SECTION, CREATED)["schoology.options"]
    assert new_options["member_post"] is None
    assert new_options["content_index_visibility"] is None


def test_the_documented_spelling_of_an_option_is_accepted() -> None:
    assert converters.to_section_options({"upload_document": 1, "course_format": "2"}) == {
        **dict.fromkeys(converters.to_section_options({}) or {}),
        "upload_documents": True,
        "course_format": 2,
    }


def test_a_list_row_of_a_section_leaves_the_keys_unknown_that_lists_omit() -> None:
    row = {key: value for key, value in DOCUMENTED.items() if key != "subject_area"}
    row |= {"grade_level_range_start": 12}
    fields = decode(Kind.SECTION, row, RowSource.LIST_ROW)
    assert "schoology.subject_area" not in fields
    assert "schoology.building_id" not in fields
    assert fields["schoology.grade_level_range_start"] == 12
    assert fields["location"] is None


def test_a_reference_determines_only_the_keys_that_it_contains() -> None:
    row = {"section_title": "Evening", "start_time": "08:05", "course_code": None}
    record = add_reference(Store("lakeside"), Key(Kind.SECTION, "4"), row)
    assert record.known_values() == {
        "name": "Evening",
        "schoology.section_title": "Evening",
        "schoology.start_time": "08:05",
        "schoology.course_code": None,
    }


@pytest.mark.parametrize("as_written", [[1, 3, 6], ["1", "3", "7"], ["", "1", "3", "7", "6"]])
def test_meeting_days_count_from_sunday_and_saturday_is_six_or_seven(as_written: list[Any]) -> None:
    row = DOCUMENTED | {"meeting_days": as_written, "start_time": "8:05", "end_time": "09:00"}
    assert decode(Kind.SECTION, row)["meeting"] == Meeting(
        (Day.MONDAY, Day.WEDNESDAY, Day.SATURDAY), time(8, 5), time(9)
    )


def test_a_course_has_numbers_and_the_names_of_its_subject_and_grades() -> None:
    row = {
        "id": 1407691,
        "title": "Time Travel",
        "course_code": "",
        "credits": "0.5",
        "subject_area": 5,
        "grade_level_range_start": 2,
        "grade_level_range_end": 4,
        "synced": 1,
        "building_id": "344232",
    }
    record = add_object(Store("lakeside"), Kind.COURSE, row, RowSource.LIST_ROW)
    fields = record.known_values()
    assert record.key == (Kind.COURSE, "1407691")
    assert fields.keys() == OBJECT_FIELDS[Kind.COURSE]
    assert fields["subject"] == "Science"
    assert fields["grade_levels"] == ("K", "1", "2")
    assert fields["credits"] == 0.5
    assert fields["account_id"] == "344232"
    assert fields["code"] is None


@pytest.mark.parametrize(
    ("start", "end", "levels"),
    [
        (0, 0, None),
        ("3", "0", ("1",)),
        (15, 15, ("Higher Ed",)),
        (1, 2, ("PreK", "K")),
        (99, 1, None),
    ],
)
def test_grade_levels_without_an_end_are_one_level(start: Any, end: Any, levels: Any) -> None:
    assert converters.grade_levels(start, end) == levels


def test_a_user_has_no_password_and_one_id() -> None:
    row = {"uid": "45552", "id": 45552, "name_display": "Dr. Ada Lovelace", "password": "x"}
    record = add_object(Store("lakeside"), Kind.USER, row, RowSource.OBJECT)
    fields = record.known_values()
    assert record.key == (Kind.USER, "45552")
    assert fields.keys() == OBJECT_FIELDS[Kind.USER]
    assert "x" not in fields.values()
    assert fields["display_name"] == "Dr. Ada Lovelace"
    assert fields["email"] is None


def test_a_person_without_a_display_name_has_the_preferred_first_name() -> None:
    row = {"id": 1, "name_first": "Adelaide", "name_first_preferred": "Ada", "name_last": "King"}
    fields = decode(Kind.USER, row)
    assert fields["display_name"] == fields["name"] == "Ada King"


PARENT = {"uid": "7", "id": 7, "name_display": "Annabella"}


@pytest.mark.parametrize("parents", [[PARENT], {"parent": [PARENT]}, {"parent": PARENT}])
def test_parents_are_a_list_or_wrapped(parents: Any) -> None:
    store, row = Store("lakeside"), {"id": 1, "parents": parents, "child_uids": "10,11"}
    add_object(store, Kind.USER, row, RowSource.OBJECT)
    assert stored(store, Kind.USER, "1")["schoology.parents"] == ("7",)
    assert stored(store, Kind.USER, "1")["schoology.child_uids"] == ("10", "11")
    assert stored(store, Kind.USER, "7")["name"] == "Annabella"


def test_null_parents_in_a_list_row_are_unknown() -> None:
    fields = decode(Kind.USER, {"id": 1, "parents": None}, RowSource.LIST_ROW)
    assert "schoology.parents" not in fields


@pytest.mark.parametrize("status", ["3", 3])
def test_an_enrollment_is_below_its_section_and_determines_its_users_name(status: Any) -> None:
    store = Store("lakeside")
    row = {"id": "8", "uid": "5", "admin": 1, "status": status, "name_display": "Ada"}
    add_enrollment(store, row, "4")
    fields = stored(store, Kind.ENROLLMENT, "4.8")
    assert fields["role"] is Role.TEACHER
    assert fields["state"] is EnrollmentState.INVITED
    assert fields["section_id"] == "4"
    user = stored(store, Kind.USER, "5")
    assert user["display_name"] == "Ada"
    assert "email" not in user


def test_an_unknown_status_is_a_null_state_and_keeps_its_number() -> None:
    row = {"id": 8, "uid": 5, "admin": 0, "status": "9"}
    fields = add_enrollment(Store("lakeside"), row, "4").known_values()
    assert (fields["state"], fields["schoology.status"]) == (None, 9)


@pytest.mark.parametrize("time_of_day", ["", " 00:00:00"])
def test_a_period_ends_with_its_last_day_in_the_schools_time_zone(time_of_day: str) -> None:
    row = {"id": 1, "start": f"2026-08-17{time_of_day}", "end": f"2026-12-18{time_of_day}"}
    denver = ZoneInfo("America/Denver")
    fields = add_term(Store("lakeside"), row, RowSource.LIST_ROW, denver).known_values()
    assert fields["start_at"] == datetime(2026, 8, 17, tzinfo=denver)
    assert fields["end_at"] == datetime(2026, 12, 18, 23, 59, 59, tzinfo=denver)
    assert "is_active" not in fields
    fields = add_term(Store("lakeside"), row, RowSource.LIST_ROW, None).known_values()
    assert fields["start_at"].tzinfo is UTC


@pytest.mark.parametrize("active", ["0", 0])
def test_a_periods_flag_is_text_or_a_number(active: Any) -> None:
    row = {"id": 1, "active": active}
    fields = add_term(Store("lakeside"), row, RowSource.OBJECT, None).known_values()
    assert fields.keys() == OBJECT_FIELDS[Kind.TERM]
    assert fields["is_active"] is False


def test_an_accounts_row_does_not_determine_its_kind() -> None:
    fields = decode(Kind.ACCOUNT, {"id": "9", "title": "Lakeside", "postal_code": 80301})
    assert "account_kind" not in fields
    assert fields["schoology.postal_code"] == "80301"


@pytest.mark.parametrize("record_id", [None, "", "abc", 0, True, {}])
def test_a_row_without_an_id_is_invalid(record_id: Any) -> None:
    with pytest.raises(UpstreamInvalid):
        decode(Kind.SECTION, {"id": record_id})


AddRow = Callable[[Store, Row], Record]


def _adder(kind: Kind, source: RowSource) -> AddRow:
    return lambda store, row: add_object(store, kind, row, source)


ADDERS: Mapping[str, tuple[Kind, AddRow]] = {
    f"{kind} {source.name.lower()}": (kind, _adder(kind, source))
    for kind in (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT)
    for source in (RowSource.OBJECT, RowSource.LIST_ROW)
} | {
    "enrollment": (Kind.ENROLLMENT, lambda store, row: add_enrollment(store, row, "11")),
    "term": (Kind.TERM, lambda store, row: add_term(store, row, RowSource.LIST_ROW, UTC)),
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


@pytest.mark.parametrize(("kind", "add_row"), ADDERS.values(), ids=ADDERS)
@given(data=st.data())
def test_rows_that_are_converted_late_equal_rows_that_are_converted_at_once(
    kind: Kind, add_row: AddRow, data: st.DataObject
) -> None:
    """Three rows, some of them of one object, with some fields read in between."""
    late, at_once = Store("lakeside"), Store("lakeside")
    keys = sorted({*(key.name for key in CATALOG[kind]), "course_title", "unknown"} - {"uid"})
    record_keys: set[Key] = set()
    for _ in range(3):
        row = data.draw(st.dictionaries(st.sampled_from(keys), VALUE, max_size=9))
        row |= {"id": data.draw(st.integers(1, 2)), "uid": data.draw(st.integers(1, 2))}
        record = add_row(late, row)
        alone = Store("lakeside")
        assert add_row(alone, row).key == record.key
        for mentioned in (Kind.COURSE, Kind.USER, kind):
            for number in ("1", "2", "11.1", "11.2", *("3", "4", "5", "6", "7", "8", "9")):
                converted = alone.find(Key(mentioned, number))
                if converted is not None:
                    at_once.merge(*converted.key, converted.known_values())
                    record_keys.add(converted.key)
        for field in data.draw(st.frozensets(st.sampled_from(sorted(OBJECT_FIELDS[kind])))):
            getattr(record, field)
    for key in record_keys:
        actual, expected = late.find(key), at_once.find(key)
        assert actual is not None
        assert expected is not None
        assert actual.known_fields == expected.known_fields
        # Compared by repr, because True equals 1.
        assert {field: repr(getattr(actual, field)) for field in OBJECT_FIELDS[key.kind]} == {
            field: repr(getattr(expected, field)) for field in OBJECT_FIELDS[key.kind]
        }


class CountingRow(dict[str, Any]):
    """A row that counts the reads of its display name."""

    reads = 0

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, and count it if it is the display name."""
        self.reads += key == "name_display"
        return super().get(key, default)


def test_names_of_a_roster_are_converted_when_they_are_read() -> None:
    store = Store("lakeside")
    rows = [CountingRow(id=number, uid=number, name_display="Ada") for number in (8, 9)]
    for row in rows:
        add_enrollment(store, row, "4")
    assert [row.reads for row in rows] == [0, 0]
    user: Any = store.find(Key(Kind.USER, "9"))
    assert user.display_name == "Ada"
    assert [row.reads for row in rows] == [0, 1]


def test_an_enrollment_without_a_user_is_invalid_and_not_added() -> None:
    store = Store("lakeside")
    with pytest.raises(UpstreamInvalid):
        add_enrollment(store, {"id": 8}, "4")
    assert store.find(Key(Kind.ENROLLMENT, "4.8")) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [(1, True), ("1", True), (True, True), (0, False), ("0", False), ("", None), (None, None)],
)
def test_booleans_are_numbers_text_or_null(written: Any, read: bool | None) -> None:
    assert converters.to_bool(written) is read


@pytest.mark.parametrize("nonsense", [[], {}, "x", object(), [[]], {"a": []}, float("nan")])
def test_an_unreadable_value_is_null(nonsense: Any) -> None:
    for convert in (
        converters.parse_id,
        to_int,
        converters.to_float,
        converters.to_bool,
        converters.to_time,
    ):
        assert convert(nonsense) is None
    assert converters.to_days(nonsense) == ()
    assert converters.start_of_day(nonsense, None) is None
