"""What the measured upstream tells: rows of Canvas's and Schoology's shape, made from ids alone.

A course's id says all there is about it. Its sections are `id * 1000 + 1` and on, so that any
number of distinct objects exists without a table of them.

https://canvas.instructure.com/doc/api/courses.html
https://canvas.instructure.com/doc/api/sections.html
https://developers.schoology.com/api-documentation/rest-api-v1/course-section/
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

SECTIONS = 20
"""Sections of an ordinary course."""
ROSTER = 500
"""Students of every section."""
SIZED = 800_000_000
"""From this id on, the last five digits of a course's id say how many sections it has."""
FAILING = range(600_000, 700_000)
"""Of these courses every tenth refuses to tell its sections' people."""

_PER_PAGE = 10  # Canvas's, where it is told nothing
_MOST_A_PAGE = 100

Row = dict[str, Any]


class Answer(NamedTuple):
    """A status, a body, and where the next page is (None: nowhere)."""

    status: int
    body: bytes
    onward: str | None = None


class Unknown(Exception):
    """No such address."""


def canvas_answer(target: str) -> Answer:
    """Answer a GET at Canvas, by its path below `/api/v1` and its query. Raises Unknown."""
    path, _, query = target.partition("?")
    match path.strip("/").split("/"):
        case ["courses", course]:
            return _told(course_row(_number(course)))
        case ["courses", course, "sections"]:
            number = _number(course)
            return _page(path, query, section_count(number), lambda at: section_row(number, at))
        case ["sections", section]:
            return _told(section_row(*divmod(_number(section), 1000)))
        case ["sections", section, "users"]:
            return _people(path, query, _number(section))
    raise Unknown(path)


def schoology_answer(target: str) -> Answer:
    """Answer a GET at Schoology, by its path below `/v1` and its query. Raises Unknown."""
    path, _, _ = target.partition("?")
    match path.strip("/").split("/"):
        case ["courses", course]:
            return _told(schoology_course_row(_number(course)))
        case ["sections", section]:
            return _told(schoology_section_row(*divmod(_number(section), 1000)))
    raise Unknown(path)


def multiget_answer(body: bytes) -> Answer:
    """Answer `POST /v1/multiget`: a row for each path, in the order asked. Raises Unknown."""
    paths: list[str] = json.loads(body)["request"]
    return Answer(207, b'{"response":[' + b",".join(map(_multiget_row, paths)) + b"]}")


def section_count(course: int) -> int:
    """How many sections a course has."""
    return course % 100_000 if course >= SIZED else SECTIONS


def teacher_of(course: int) -> int:
    """The id of a course's only teacher: everybody's own."""
    return 7_000_000_000 + course


def course_row(id: int) -> Row:
    """A course as Canvas tells it."""
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


def section_row(course: int, at: int) -> Row:
    """A course's section, counted from 1, as Canvas tells it with `total_students`."""
    return {
        "id": course * 1000 + at,
        "course_id": course,
        "name": f"Section {at:02d} of course {course}",
        "start_at": "2026-01-10T08:00:00Z",
        "end_at": "2026-05-20T23:59:59Z" if at % 2 else None,
        "created_at": "2025-12-01T10:00:00Z",
        "restrict_enrollments_to_section_dates": at % 3 == 0,
        "nonxlist_course_id": None,
        "sis_section_id": f"SIS-S-{course}-{at}",
        "sis_course_id": f"SIS-C-{course}",
        "integration_id": None if at % 2 else f"int-{at}",
        "sis_import_id": 47,
        "total_students": 20 + at,
    }


def person_row(id: int) -> Row:
    """A person on a roster, as Canvas tells them."""
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
    """A course as Schoology tells it: numbers as text."""
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


def schoology_section_row(course: int, at: int) -> Row:
    """A course's section, counted from 1, as Schoology tells it."""
    return {
        "id": str(course * 1000 + at),
        "course_title": f"Course {course}: Introduction to Biology",
        "course_code": f"BIO-{course}",
        "course_id": str(course),
        "school_id": "10",
        "building_id": "11",
        "access_code": "",
        "section_title": f"Section {at:02d}",
        "section_code": f"S{at:02d}",
        "section_school_code": f"SIS-S-{course}-{at}",
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


def _people(path: str, query: str, section: int) -> Answer:
    course = section // 1000
    if course in FAILING and course % 10 == 0:
        refusal = {"message": "user not authorized to perform that action"}
        return Answer(403, _encode({"status": "unauthorized", "errors": [refusal]}))
    if "teacher" in "".join(parse_qs(query).get("enrollment_type", [])):
        return _page(path, query, 1, lambda _: person_row(teacher_of(course)))
    return _page(path, query, ROSTER, lambda at: person_row(section * 1000 + at))


def _page(path: str, query: str, count: int, row: Any) -> Answer:
    """One page of a list of `count` rows, counted from 1, and the address of the next."""
    asked = parse_qs(query)
    size = min(int(asked.get("per_page", [str(_PER_PAGE)])[0]), _MOST_A_PAGE)
    page = int(asked.get("page", ["1"])[0])
    first, last = (page - 1) * size + 1, min(page * size, count)
    rows: Sequence[Row] = [row(at) for at in range(first, last + 1)]
    others = "&".join(part for part in query.split("&") if part.partition("=")[0] != "page")
    onward = f"{path}?{others}&page={page + 1}" if last < count else None
    return Answer(200, _encode(rows), onward)


@lru_cache(maxsize=50_000)
def _multiget_row(path: str) -> bytes:
    answer = schoology_answer(path.removeprefix("/v1"))
    head = _encode({"location": f"https://api.schoology.com{path}", "response_code": 200})
    return head[:-1] + b',"headers":null,"body":' + answer.body + b"}"


def _told(row: Mapping[str, Any]) -> Answer:
    return Answer(200, _encode(row))


def _encode(told: Any) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Unknown(text)
    return int(text)
