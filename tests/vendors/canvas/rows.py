"""Canvas rows and lists for tests."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.fake_upstream import json_reply, query_of

BASE = "https://maple.instructure.com"


def linked_reply(body: Any, **links: str) -> Reply:
    """Return a reply with a JSON body and a Link header, if there are links."""
    if not links:
        return json_reply(body)
    return json_reply(body, link=",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items()))


def paged_list(
    path: str,
    rows: Sequence[Any],
    *,
    max_rows: int = 100,
    bookmarks: bool = False,
    is_hidden: Callable[[Any], bool] = lambda row: False,
) -> Callable[[Call], Reply]:
    """Return a paged list; hidden rows are dropped after paging, as Canvas does."""

    def page(call: Call) -> Reply:
        query = query_of(call)
        size = min(int(query["per_page"]), max_rows)
        token = query.get("page", "1")
        number = int(token.removeprefix("bookmark:"))
        begin = (number - 1) * size
        shown = [row for row in rows[begin : begin + size] if not is_hidden(row)]
        if begin + size >= len(rows):
            return linked_reply(shown)
        next_page = f"bookmark:{number + 1}" if bookmarks else str(number + 1)
        query_string = urlencode({"page": next_page, "per_page": size})
        return linked_reply(shown, next=f"{BASE}/api/v1{path}?{query_string}")

    return page


def section_row(number: int, course: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a section as an administrator sees it."""
    return {
        "id": number,
        "name": f"Section {number}",
        "course_id": course,
        "nonxlist_course_id": None,
        "start_at": "2012-06-01T00:00:00-06:00",
        "end_at": None,
        "restrict_enrollments_to_section_dates": None,
        "created_at": "2012-01-01T00:00:00Z",
        "sis_section_id": f"S{number}",
        "sis_course_id": f"C{course}",
        "integration_id": None,
        "sis_import_id": 47,
        **fields,
    }


def course_row(number: int, **fields: Any) -> dict[str, Any]:
    """Return a course as lists and `/courses/:id` have it, without includes."""
    return {
        "id": number,
        "name": f"Course {number}",
        "course_code": f"C-{number}",
        "workflow_state": "available",
        "account_id": 1,
        "root_account_id": 1,
        "enrollment_term_id": 34,
        "start_at": "2012-06-01T00:00:00-06:00",
        "end_at": None,
        "time_zone": "America/Denver",
        "is_public": None,
        "calendar": {"ics": "https://maple.instructure.com/feeds/calendars/course_a.ics"},
        "sis_course_id": f"C{number}",
        **fields,
    }


def user_row(number: int, **fields: Any) -> dict[str, Any]:
    """Return a user as rosters have them."""
    return {
        "id": number,
        "name": f"Ada Number{number}",
        "sortable_name": f"Number{number}, Ada",
        "short_name": f"Ada {number}",
        "created_at": "2012-01-01T00:00:00Z",
        "sis_user_id": f"U{number}",
        "login_id": f"ada{number}",
        **fields,
    }


def enrollment_row(
    number: int, person: int, of_section: int | None = 1, course: int = 1, **fields: Any
) -> dict[str, Any]:
    """Return an enrollment without its user."""
    row: dict[str, Any] = {
        "id": number,
        "user_id": person,
        "course_id": course,
        "type": "StudentEnrollment",
        "role": "StudentEnrollment",
        "role_id": 3,
        "enrollment_state": "active",
        "start_at": None,
        "end_at": None,
    }
    if of_section is not None:
        row["course_section_id"] = of_section
    return row | fields


def roster_rows(sections: Iterable[int], each: int, **fields: Any) -> list[dict[str, Any]]:
    """Return a course's roster; people of the sections are interleaved."""
    numbers = list(sections)
    people = [(person_number, section_number) for person_number in range(each) for section_number in numbers]
    return [
        user_row(
            1000 * section_number + person_number,
            email=f"u{section_number}.{person_number}@maple.example",
            enrollments=[
                enrollment_row(9000 + index, 1000 * section_number + person_number, section_number, **fields)
            ],
        )
        for index, (person_number, section_number) in enumerate(people)
    ]
