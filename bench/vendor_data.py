"""Replies of the simulated vendors, derived from ids.

The id of a course determines all its data. Its sections have the ids `id * 1000 + 1`,
`id * 1000 + 2` and so on, so any number of distinct objects exists without a table.

https://canvas.instructure.com/doc/api/courses.html
https://canvas.instructure.com/doc/api/sections.html
https://developers.schoology.com/api-documentation/rest-api-v1/course-section/
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

SECTION_COUNT = 20
"""Number of sections of an ordinary course."""
ROSTER_SIZE = 500
"""Number of students of every section."""
FIRST_SIZED_COURSE_ID = 800_000_000
"""From this id on, the last five digits of a course id are the number of its sections."""
FAILING_COURSE_IDS = range(600_000, 700_000)
"""Every tenth of these courses answers 403 to a read of its sections' users."""

_DEFAULT_PAGE_SIZE = 10  # of Canvas
_MAX_PAGE_SIZE = 100

Row = dict[str, Any]


class VendorReply(NamedTuple):
    """A status, a body, and the path of the next page (None: there is none)."""

    status: int
    body: bytes
    next_path: str | None = None


class UnknownPath(Exception):
    """The path does not exist."""


def canvas_reply(target: str) -> VendorReply:
    """Answer a GET at Canvas; `target` is path and query below `/api/v1`. Raises UnknownPath."""
    path, _, query = target.partition("?")
    match path.strip("/").split("/"):
        case ["courses", course]:
            return _row_reply(course_row(_parse_id(course)))
        case ["courses", course, "sections"]:
            id = _parse_id(course)
            return _page(path, query, section_count(id), lambda index: section_row(id, index))
        case ["sections", section]:
            return _row_reply(section_row(*divmod(_parse_id(section), 1000)))
        case ["sections", section, "users"]:
            return _section_users(path, query, _parse_id(section))
    raise UnknownPath(path)


def schoology_reply(target: str) -> VendorReply:
    """Answer a GET at Schoology; `target` is path and query below `/v1`. Raises UnknownPath."""
    path, _, _ = target.partition("?")
    match path.strip("/").split("/"):
        case ["courses", course]:
            return _row_reply(schoology_course_row(_parse_id(course)))
        case ["sections", section]:
            return _row_reply(schoology_section_row(*divmod(_parse_id(section), 1000)))
    raise UnknownPath(path)


def multiget_reply(body: bytes) -> VendorReply:
    """Answer `POST /v1/multiget`: a row for each path, in the same order. Raises UnknownPath."""
    paths: list[str] = json.loads(body)["request"]
    return VendorReply(207, b'{"response":[' + b",".join(map(_multiget_row, paths)) + b"]}")


def section_count(course: int) -> int:
    """Return the number of sections of a course."""
    return course % 100_000 if course >= FIRST_SIZED_COURSE_ID else SECTION_COUNT


def teacher_of(course: int) -> int:
    """Return the id of the only teacher of a course; each course has a different one."""
    return 7_000_000_000 + course


def course_row(id: int) -> Row:
    """Return a course in the format of Canvas."""
    return {
        "id": id,
        "name": f"Course {id}: Introduction to Biology",
        "account_id": 1,
        "uuid": "kq3Yp0ZtJ2bVn8sWc1Xf6Rd4Lg9Hm7Ta5Ue0Oi2",
        "start_at": "2026-01-10T08:00:00Z",
        "end_at": None,
        "grading_standard_id": None,
        "is_public": False,
        "created_at": "2025-12-01T10:00:00Z",
        "course_code": f"BIO-{id}",
        "default_view": "modules",
        "root_account_id": 1,
        "enrollment_term_id": 12,
        "license": "private",
        "grade_passback_setting": None,
        "public_syllabus": False,
        "storage_quota_mb": 500,
        "sis_course_id": f"SIS-C-{id}",
        "integration_id": None,
        "hide_final_grades": False,
        "apply_assignment_group_weights": True,
        "calendar": {"ics": f"https://maple.example.edu/feeds/calendars/course_{id}.ics"},
        "time_zone": "America/Denver",
        "blueprint": False,
        "template": False,
        "workflow_state": "available",
        "restrict_enrollments_to_course_dates": False,
    }


def section_row(course: int, index: int) -> Row:
    """Return a section of a course, counted from 1, in the format of Canvas."""
    return {
        "id": course * 1000 + index,
        "course_id": course,
        "name": f"Section {index:02d} of course {course}",
        "start_at": "2026-01-10T08:00:00Z",
        "end_at": "2026-05-20T23:59:59Z" if index % 2 else None,
        "created_at": "2025-12-01T10:00:00Z",
        "restrict_enrollments_to_section_dates": index % 3 == 0,
        "nonxlist_course_id": None,
        "sis_section_id": f"SIS-S-{course}-{index}",
        "sis_course_id": f"SIS-C-{course}",
        "integration_id": None if index % 2 else f"int-{index}",
        "sis_import_id": 47,
        "total_students": 20 + index,
    }


def user_row(id: int) -> Row:
    """Return a user of a section in the format of Canvas."""
    return {
        "id": id,
        "name": f"Student {id}",
        "created_at": "2025-08-01T10:00:00Z",
        "sortable_name": f"{id}, Student",
        "short_name": f"St. {id}",
        "sis_user_id": f"SIS-U-{id}",
        "integration_id": None,
        "sis_import_id": 47,
        "login_id": f"student{id}",
        "email": f"student{id}@maple.example.edu",
    }


def schoology_course_row(id: int) -> Row:
    """Return a course in the format of Schoology: the id is text."""
    return {
        "id": str(id),
        "title": f"Course {id}: Introduction to Biology",
        "course_code": f"BIO-{id}",
        "department": "Science",
        "description": "",
        "credits": 1,
        "subject_area": 6,
        "grade_level_range_start": 9,
        "grade_level_range_end": 12,
        "synced": 0,
        "building_id": "11",
    }


def schoology_section_row(course: int, index: int) -> Row:
    """Return a section of a course, counted from 1, in the format of Schoology."""
    return {
        "id": str(course * 1000 + index),
        "course_title": f"Course {course}: Introduction to Biology",
        "course_code": f"BIO-{course}",
        "course_id": str(course),
        "school_id": "10",
        "building_id": "11",
        "access_code": "",
        "section_title": f"Section {index:02d}",
        "section_code": f"S{index:02d}",
        "section_school_code": f"SIS-S-{course}-{index}",
        "synced": "0",
        "active": 1,
        "description": "",
        "subject_area": "6",
        "grade_level_range_start": "9",
        "grade_level_range_end": "12",
        "grading_periods": [5001],
        "profile_url": "https://assets.example.com/course-default.png",
        "location": "Room 12",
        "meeting_days": ["1", "3"],
        "start_time": "09:00",
        "end_time": "09:50",
        "weight": "0",
        "options": {
            "weighted_grading_categories": "0",
            "upload_documents": "0",
            "create_discussion": "0",
            "member_post": "1",
            "member_post_comment": "1",
            "default_grading_scale_id": 0,
            "content_index_visibility": {"topics": 0, "assignments": 0, "documents": 0},
            "hide_overall_grade": 0,
            "hide_grading_period_grade": 0,
            "allow_custom_overall_grade": 0,
            "allow_custom_overall_grade_text": 0,
        },
        "admin": 1,
    }


def _section_users(path: str, query: str, section: int) -> VendorReply:
    course = section // 1000
    if course in FAILING_COURSE_IDS and course % 10 == 0:
        error = {"message": "user not authorized to perform that action"}
        return VendorReply(403, _encode({"status": "unauthorized", "errors": [error]}))
    if "teacher" in "".join(parse_qs(query).get("enrollment_type", [])):
        return _page(path, query, 1, lambda _: user_row(teacher_of(course)))
    return _page(path, query, ROSTER_SIZE, lambda index: user_row(section * 1000 + index))


def _page(path: str, query: str, count: int, make_row: Any) -> VendorReply:
    """Return one page of a list of `count` rows, which are counted from 1."""
    parameters = parse_qs(query)
    size = min(int(parameters.get("per_page", [str(_DEFAULT_PAGE_SIZE)])[0]), _MAX_PAGE_SIZE)
    page = int(parameters.get("page", ["1"])[0])
    first, last = (page - 1) * size + 1, min(page * size, count)
    rows: Sequence[Row] = [make_row(index) for index in range(first, last + 1)]
    others = "&".join(part for part in query.split("&") if part.partition("=")[0] != "page")
    next_path = f"{path}?{others}&page={page + 1}" if last < count else None
    return VendorReply(200, _encode(rows), next_path)


@lru_cache(maxsize=50_000)
def _multiget_row(path: str) -> bytes:
    reply = schoology_reply(path.removeprefix("/v1"))
    head = _encode({"location": f"https://api.schoology.com{path}", "response_code": 200})
    return head[:-1] + b',"headers":null,"body":' + reply.body + b"}"


def _row_reply(row: Mapping[str, Any]) -> VendorReply:
    return VendorReply(200, _encode(row))


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _parse_id(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UnknownPath(text)
    return int(text)
