"""Schoology's rows as facts: the shapes that its documentation shows and that were seen live."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import AccountKind, Day, EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.rows import converters
from lms_gateway.vendors.schoology.rows.field_maps import (
    OBJECT_FIELDS,
    RecordFields,
    RowSource,
    decode_account,
    decode_course,
    decode_enrollment,
    decode_section,
    decode_term,
    decode_user,
)

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
"""The example of `GET /sections/{id}`."""
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
"""What is left of the example of a fresh section."""


def fields_of(decoded: list[RecordFields], kind: Kind) -> dict[str, Any]:
    return next(record.fields for record in decoded if record.kind is kind)


def test_the_documented_section_settles_every_facet_of_its_own() -> None:
    decoded = decode_section(DOCUMENTED, RowSource.OBJECT)
    assert fields_of(decoded, Kind.SECTION).keys() == OBJECT_FIELDS[Kind.SECTION]
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
    }.items() <= fields_of(decoded, Kind.SECTION).items()


def test_a_section_tells_its_courses_name_and_code_and_no_more() -> None:
    decoded = decode_section(DOCUMENTED, RowSource.OBJECT)[1]
    assert (decoded.kind, decoded.id) == (Kind.COURSE, "1407691")
    assert decoded.fields["name"] == "Time Travel"
    assert decoded.fields["code"] == "CC106"
    assert "department" not in decoded.fields


def test_a_section_without_its_courses_title_leaves_the_name_open() -> None:
    assert "name" not in decode_section(CREATED, RowSource.OBJECT)[1].fields


def test_options_are_booleans_and_an_empty_map_that_came_as_a_list_is_null() -> None:
    options = fields_of(decode_section(DOCUMENTED, RowSource.OBJECT), Kind.SECTION)[
        "schoology.options"
    ]
    assert options["member_post"] is True
    assert options["upload_documents"] is False
    assert options["course_format"] is None
    assert options["content_index_visibility"] == {"topics": True, "album": False}
    fresh = fields_of(decode_section(CREATED, RowSource.OBJECT), Kind.SECTION)["schoology.options"]
    assert fresh["member_post"] is None
    assert fresh["content_index_visibility"] is None


def test_the_field_tables_spelling_of_an_option_is_understood() -> None:
    assert converters.to_section_options({"upload_document": 1, "course_format": "2"}) == {
        **dict.fromkeys(converters.to_section_options({}) or {}),
        "upload_documents": True,
        "course_format": 2,
    }


def test_a_listed_section_leaves_open_what_lists_do_not_carry() -> None:
    row = {key: value for key, value in DOCUMENTED.items() if key != "subject_area"}
    row |= {"grade_level_range_start": 12}
    decoded = fields_of(decode_section(row, RowSource.LIST_ROW), Kind.SECTION)
    assert "schoology.subject_area" not in decoded
    assert "schoology.building_id" not in decoded
    assert decoded["schoology.grade_level_range_start"] == 12
    assert decoded["location"] is None


@pytest.mark.parametrize("as_written", [[1, 3, 6], ["1", "3", "7"], ["", "1", "3", "7", "6"]])
def test_meeting_days_count_from_sunday_and_saturday_is_six_or_seven(as_written: list[Any]) -> None:
    row = DOCUMENTED | {"meeting_days": as_written, "start_time": "8:05", "end_time": "09:00"}
    assert fields_of(decode_section(row, RowSource.OBJECT), Kind.SECTION)["meeting"] == Meeting(
        (Day.MONDAY, Day.WEDNESDAY, Day.SATURDAY), time(8, 5), time(9)
    )


def test_a_course_is_told_by_integers_its_subject_and_grades_by_their_names() -> None:
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
    (decoded,) = decode_course(row, RowSource.LIST_ROW)
    assert decoded.id == "1407691"
    assert decoded.fields.keys() == OBJECT_FIELDS[Kind.COURSE]
    assert decoded.fields["subject"] == "Science"
    assert decoded.fields["grade_levels"] == ("K", "1", "2")
    assert decoded.fields["credits"] == 0.5
    assert decoded.fields["account_id"] == "344232"
    assert decoded.fields["code"] is None


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
def test_grade_levels_may_have_no_end(start: Any, end: Any, levels: Any) -> None:
    assert converters.grade_levels(start, end) == levels


def test_a_user_keeps_no_password_and_has_one_id_however_it_is_written() -> None:
    row = {"uid": "45552", "id": 45552, "name_display": "Dr. Ada Lovelace", "password": "x"}
    (decoded,) = decode_user(row, RowSource.OBJECT)
    assert decoded.id == "45552"
    assert decoded.fields.keys() == OBJECT_FIELDS[Kind.USER]
    assert "x" not in decoded.fields.values()
    assert decoded.fields["display_name"] == "Dr. Ada Lovelace"
    assert decoded.fields["email"] is None


def test_a_person_without_a_display_name_is_called_by_the_preferred_one() -> None:
    row = {"id": 1, "name_first": "Adelaide", "name_first_preferred": "Ada", "name_last": "King"}
    facets = decode_user(row, RowSource.OBJECT)[0].fields
    assert facets["display_name"] == facets["name"] == "Ada King"


PARENT = {"uid": "7", "id": 7, "name_display": "Annabella"}


@pytest.mark.parametrize("parents", [[PARENT], {"parent": [PARENT]}, {"parent": PARENT}])
def test_parents_come_in_a_list_or_wrapped(parents: Any) -> None:
    decoded = decode_user({"id": 1, "parents": parents, "child_uids": "10,11"}, RowSource.OBJECT)
    assert decoded[0].fields["schoology.parents"] == ("7",)
    assert decoded[0].fields["schoology.child_uids"] == ("10", "11")
    assert decoded[1][:2] == (Kind.USER, "7")


def test_null_parents_of_a_listed_user_are_not_known_to_be_none() -> None:
    decoded = decode_user({"id": 1, "parents": None}, RowSource.LIST_ROW)
    assert "schoology.parents" not in decoded[0].fields


@pytest.mark.parametrize("status", ["3", 3])
def test_an_enrollment_is_told_under_its_section_and_tells_its_users_name(status: Any) -> None:
    row = {"id": "8", "uid": "5", "admin": 1, "status": status, "name_display": "Ada"}
    fields, person = decode_enrollment(row, "4")
    assert fields.id == "4.8"
    assert fields.fields["role"] is Role.TEACHER
    assert fields.fields["state"] is EnrollmentState.INVITED
    assert fields.fields["section_id"] == "4"
    assert (person.kind, person.id) == (Kind.USER, "5")
    assert person.fields["display_name"] == "Ada"
    assert "email" not in person.fields


def test_a_status_that_is_new_is_null_and_kept_as_it_is() -> None:
    fields = decode_enrollment({"id": 8, "uid": 5, "admin": 0, "status": "9"}, "4")[0].fields
    assert (fields["state"], fields["schoology.status"]) == (None, 9)


@pytest.mark.parametrize("time_of_day", ["", " 00:00:00"])
def test_a_period_ends_with_its_last_day_in_the_schools_time(time_of_day: str) -> None:
    row = {"id": 1, "start": f"2026-08-17{time_of_day}", "end": f"2026-12-18{time_of_day}"}
    denver = ZoneInfo("America/Denver")
    decoded = decode_term(row, RowSource.LIST_ROW, denver)[0].fields
    assert decoded["start_at"] == datetime(2026, 8, 17, tzinfo=denver)
    assert decoded["end_at"] == datetime(2026, 12, 18, 23, 59, 59, tzinfo=denver)
    assert "is_active" not in decoded
    assert decode_term(row, RowSource.LIST_ROW, None)[0].fields["start_at"].tzinfo is UTC


@pytest.mark.parametrize("active", ["0", 0])
def test_a_periods_flag_is_text_or_a_number(active: Any) -> None:
    assert (
        decode_term({"id": 1, "active": active}, RowSource.OBJECT, None)[0].fields["is_active"]
        is False
    )


def test_an_accounts_kind_is_left_open_where_nobody_told_it() -> None:
    row = {"id": "9", "title": "Lakeside", "postal_code": 80301}
    assert "account_kind" not in decode_account(row, None, None)[0].fields
    decoded = decode_account(row, AccountKind.BUILDING, "1")[0].fields
    assert (decoded["account_kind"], decoded["parent_id"]) == (AccountKind.BUILDING, "1")
    assert decoded["schoology.postal_code"] == "80301"


@pytest.mark.parametrize("id", [None, "", "abc", 0, True, {}])
def test_a_row_without_an_id_is_no_row(id: Any) -> None:
    with pytest.raises(UpstreamInvalid):
        decode_section({"id": id}, RowSource.OBJECT)


@pytest.mark.parametrize(
    ("written", "read"),
    [(1, True), ("1", True), (True, True), (0, False), ("0", False), ("", None), (None, None)],
)
def test_booleans_come_in_every_spelling(written: Any, read: bool | None) -> None:
    assert converters.to_bool(written) is read


@pytest.mark.parametrize("nonsense", [[], {}, "x", object(), [[]], {"a": []}, float("nan")])
def test_what_cannot_be_read_is_null(nonsense: Any) -> None:
    for convert in (
        converters.parse_id,
        converters.to_int,
        converters.to_float,
        converters.to_bool,
        converters.to_time,
    ):
        assert convert(nonsense) is None
    assert converters.to_days(nonsense) == ()
    assert converters.start_of_day(nonsense, None) is None
