"""The catalog of Canvas's keys, compared with the page of documented keys."""

import re

import pytest

from lms_gateway.vendors.canvas.rows import field_maps
from lms_gateway.vendors.canvas.rows.field_maps import FieldMap
from tests.docs.pages import marked_tables, page

DOCUMENTED = {table.name: table.documented for table in marked_tables(page("coverage.md"))}
NOT_IN_ROWS = {
    # Read as lists of their own, or fields of the users in them.
    "canvas.Section": {"id", "students", "avatar_url", "enrollments"},
    "canvas.Course": {"id"},
    "canvas.User": {"id", "enrollments", "locked", "test_student", "group_ids"},
    "canvas.UserDisplay": {"id"},
    "canvas.Enrollment": {"id"},
    "canvas.Term": {"id"},
}


@pytest.mark.parametrize(
    ("name", "field_map"),
    [
        ("canvas.Section", field_maps.SECTION),
        ("canvas.Course", field_maps.COURSE),
        ("canvas.User", field_maps.USER),
        ("canvas.UserDisplay", field_maps.USER_DISPLAY),
        ("canvas.Enrollment", field_maps.ENROLLMENT),
        ("canvas.Term", field_maps.TERM),
    ],
)
def test_the_catalog_has_every_documented_key(name: str, field_map: FieldMap) -> None:
    keys = {key.name for key in field_map.keys}
    assert set(DOCUMENTED[name]) - NOT_IN_ROWS[name] <= keys


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("canvas.CourseProgress", "course_progress"),
        ("canvas.CalendarLink", "calendar"),
        ("canvas.ViewerEnrollment", "enrollments"),
    ],
)
def test_nested_objects_have_every_documented_key(name: str, key: str) -> None:
    assert set(DOCUMENTED[name]) <= nested_keys(field_maps.COURSE, key)


def test_grades_have_every_documented_key() -> None:
    assert set(DOCUMENTED["canvas.Grade"]) <= nested_keys(field_maps.ENROLLMENT, "grades") | {
        "current_score",
        "current_grade",
        "final_score",
        "final_grade",
    }


@pytest.mark.parametrize(
    ("name", "field_map", "block"),
    [
        ("input.canvas.Section", field_maps.SECTION, "course_section"),
        ("input.canvas.Course", field_maps.COURSE, "course"),
    ],
)
def test_the_documented_parameters_are_the_writable_keys(name: str, field_map: FieldMap, block: str) -> None:
    """`event` and the parameters outside of the block are options of the operation."""
    documented = re.findall(rf"\b{block}\[(\w+)\]", " ".join(DOCUMENTED[name]))
    parameters = {*field_map.parameters("c").values(), *field_map.parameters("u").values()}
    assert parameters == set(documented) - {"event"}


def test_the_documented_settings_are_the_writable_settings() -> None:
    writable = {key.name for key in field_maps.COURSE_SETTINGS if "u" in key.write}
    assert writable == set(DOCUMENTED["input.canvas.CourseSettings"])


def nested_keys(field_map: FieldMap, key: str) -> frozenset[str]:
    (entry,) = (entry for entry in field_map.keys if entry.name == key)
    return entry.nested_keys
