"""Schoology rows, lists and commands for tests."""

from collections.abc import Callable, Iterable
from typing import Any

from lms_gateway.domain.commands import Create
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Call
from tests.vendors.fake_upstream import ScriptedReply, ScriptedUpstream, query_of

BASE = "https://api.schoology.com/v1"
COURSE = Key(Kind.COURSE, "7")
TERMS = ("13011", "435")


def paged_list(
    path: str, key: str, rows: Iterable[Any], *, clamp: int = 200, with_total: bool = True
) -> Callable[[Call], ScriptedReply]:
    """Return a paged list; `clamp` is the largest page size."""
    all_rows = list(rows)

    def page(call: Call) -> ScriptedReply:
        params = query_of(call)
        start, limit = int(params.get("start", 0)), min(clamp, int(params.get("limit", 20)))
        links = {"self": f"{BASE}{path}"}
        if start + limit < len(all_rows):
            links["next"] = f"{BASE}{path}?start={start + limit}&limit={limit}"
        body = {key: all_rows[start : start + limit], "links": links}
        return body | ({"total": str(len(all_rows))} if with_total else {})

    return page


def section_row(number: int, course: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a section with the types of the documentation's example."""
    return {
        "id": str(number),
        "course_id": str(course),
        "course_title": f"Course {course}",
        "course_code": f"C{course}",
        "school_id": "9",
        "section_title": f"Section {number}",
        "section_code": "",
        "section_school_code": f"SIS-{number}",
        "synced": "0",
        "active": 1,
        "grading_periods": [435, 13011],
        "meeting_days": [""],
        "options": {"member_post": "1", "content_index_visibility": []},
        **fields,
    }


def course_row(number: int, **fields: Any) -> dict[str, Any]:
    """Return a course with the integers that the documentation shows."""
    return {
        "id": number,
        "title": f"Course {number}",
        "course_code": f"C{number}",
        "department": "Physics",
        "credits": 0,
        "subject_area": 5,
        "grade_level_range_start": 11,
        "grade_level_range_end": 14,
        "synced": 1,
        "building_id": "9",
        **fields,
    }


def user_row(number: int, **fields: Any) -> dict[str, Any]:
    """Return a user, whose id occurs twice with two types."""
    return {
        "uid": str(number),
        "id": number,
        "school_uid": f"U-{number}",
        "name_first": "Ada",
        "name_last": f"Number {number}",
        "name_display": f"Ada Number {number}",
        "primary_email": f"u{number}@school.example",
        "picture_url": "https://assets.school.example/u.png",
        "password": "",
        **fields,
    }


def enrollment_row(number: int, uid: int, *, admin: int = 0, status: str = "1") -> dict[str, Any]:
    """Return a row of a roster."""
    return {
        "id": str(number),
        "uid": str(uid),
        "school_uid": f"U-{uid}",
        "name_first": "Ada",
        "name_last": f"Number {uid}",
        "name_display": f"Ada Number {uid}",
        "admin": admin,
        "status": status,
        "picture_url": "",
    }


def set_roster(
    upstream: ScriptedUpstream, number: int, rows: Iterable[dict[str, Any]], **options: Any
) -> None:
    """Script a section's roster, filtered as the vendor filters it."""
    all_rows = list(rows)
    path = f"/sections/{number}/enrollments"

    def page(call: Call) -> ScriptedReply:
        params = query_of(call)
        selected = all_rows
        if "enrollment_status" in params:
            selected = [row for row in selected if row["status"] in params["enrollment_status"].split(",")]
        if "type" in params:
            selected = [row for row in selected if row["admin"] == (params["type"] == "admin")]
        if "uid" in params:
            selected = [row for row in selected if row["uid"] in params["uid"].split(",")]
        return paged_list(path, "enrollment", selected, **options)(call)

    upstream.set_reply(path, page)


def new_section(number: int, course: Key = COURSE, **values: Any) -> Create:
    """Return a command that creates a section with its own school code."""
    defaults = {"name": f"Section {number}", "sis_id": f"SIS-{number}", "term_ids": TERMS}
    return Create(Kind.SECTION, course, defaults | values)


def bulk_row(number: int, code: int = 200, **fields: Any) -> dict[str, Any]:
    """Return the bulk reply's row of a section."""
    return {
        "response_code": code,
        "id": str(number),
        "location": f"{BASE}/sections/{number}",
        "section_code": "",
        "section_school_code": f"SIS-{number}",
        "synced": None,
        "grading_periods": [435, 13011],
        **fields,
    }


def rejected_row(number: int, code: int = 400, **fields: Any) -> dict[str, Any]:
    """Return the bulk reply's row of a rejected section."""
    return {"response_code": code, "section_school_code": f"SIS-{number}", **fields}
