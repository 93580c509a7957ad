"""Pagination and the Link header."""

import re
from collections.abc import Callable

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

SECTIONS = f"/courses/{MAPLE.course}/sections"


def rels(canvas: CanvasCaller, path: str) -> list[str]:
    return re.findall(r'rel="(\w+)"', canvas.request(path).headers["link"])


def test_links_are_joined_by_commas_in_the_order_of_canvas(canvas: CanvasCaller) -> None:
    url = canvas.url(SECTIONS)
    reply = canvas.request(f"{SECTIONS}?per_page=1&page=2&include[]=total_students&access_token=x")
    query = "include%5B%5D=total_students&page={}&per_page=1"

    assert reply.headers["link"] == ",".join(
        f'<{url}?{query.format(page)}>; rel="{rel}"'
        for rel, page in (("current", 2), ("next", 3), ("prev", 1), ("first", 1), ("last", 4))
    )


@pytest.mark.parametrize(
    ("per_page", "size"), [("", 10), ("?per_page=500", 100), ("?per_page=0", 1), ("?per_page=x", 1)]
)
def test_page_size_defaults_to_ten_and_is_limited(canvas: CanvasCaller, per_page: str, size: int) -> None:
    reply = canvas.request(f"/accounts/self/users{per_page}")

    assert len(reply.json()) == size
    assert f"per_page={size}>" in reply.headers["link"]


def test_a_page_after_the_last_is_empty_without_next(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{SECTIONS}?page=99")

    assert reply.json() == []
    assert "next" not in reply.links


@pytest.mark.parametrize("page", ["abc", "0", "-1"])
def test_an_invalid_page_number_is_not_found(canvas: CanvasCaller, page: str) -> None:
    reply = canvas.request(f"{SECTIONS}?page={page}")

    assert reply.status_code == 404
    assert reply.json() == {"errors": [{"message": "The specified resource does not exist."}]}


@pytest.mark.parametrize(
    "path",
    [
        f"/courses/{MAPLE.course}/users",
        "/accounts/self/courses",
        "/accounts/self/sub_accounts?recursive=true",
        f"/sections/{MAPLE.sections[0]}/enrollments",
    ],
)
def test_some_lists_have_no_last_link(canvas: CanvasCaller, path: str) -> None:
    mark = "&" if "?" in path else "?"

    assert "last" not in rels(canvas, f"{path}{mark}per_page=1")
    assert "next" in rels(canvas, f"{path}{mark}per_page=1")


def test_enrollments_have_bookmarked_pages(canvas: CanvasCaller) -> None:
    path = f"/sections/{MAPLE.sections[0]}/enrollments"
    first = canvas.request(f"{path}?per_page=5")
    following = first.links["next"]["url"]
    pages = canvas.pages(f"{path}?per_page=5")

    assert "page=bookmark%3A" in following
    assert re.findall(r'rel="(\w+)"', first.headers["link"]) == ["current", "next", "first"]
    ids = [row["id"] for page in pages for row in page]
    assert len(ids) == len(set(ids)) == len(canvas.get(f"{path}?per_page=100"))
    assert canvas.get(f"{path}?per_page=5&page=bookmark:!!") == first.json()


def test_the_removed_test_student_shortens_a_page(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}/users?per_page=1"
    pages = canvas.pages(path)
    empty = [index for index, page in enumerate(pages) if not page]

    assert len(empty) == 1
    assert empty[0] < len(pages) - 1  # it has a next link although it is empty
    with_test = canvas.pages(f"{path}&include[]=test_student")
    assert [len(page) for page in with_test] == [1] * len(pages)


def test_links_of_search_users_name_users(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/courses/{MAPLE.course}/search_users?per_page=2&search_term=an")

    assert "/users?per_page" not in reply.links["next"]["url"]
    assert f"/courses/{MAPLE.course}/users?search_term=an&page=2" in reply.links["next"]["url"]


def test_a_course_with_thousands_of_users_is_read_in_pages(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_school=lambda: small_school(students=2500), canvas_quirks=CanvasQuirks())
    pages = canvas.pages("/courses/1/users?per_page=100&enrollment_type[]=student")

    assert [len(page) for page in pages] == [100] * 25
    assert len({row["id"] for page in pages for row in page}) == 2500


def test_links_beyond_the_size_limit_are_left_out(canvas: CanvasCaller) -> None:
    many = "&".join(f"user_ids[]={user_id}" for user_id in range(MAPLE.student, MAPLE.student + 300))
    reply = canvas.request(f"/courses/{MAPLE.course}/users?per_page=1&{many}")

    assert reply.status_code == 200
    assert "next" not in reply.links


def test_quirks_change_page_sizes_and_links(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(
        canvas_quirks=CanvasQuirks(opaque_pages="all", max_per_page=50, link_origin="https://vanity.example")
    )
    reply = canvas.request("/accounts/self/users?per_page=100")

    assert len(reply.json()) == 50
    following = reply.links["next"]["url"]
    assert following.startswith("https://vanity.example/canvas/api/v1/accounts/self/users?")
    assert "bookmark" in following


def test_students_of_a_course_are_not_paginated(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/courses/{MAPLE.course}/students?per_page=1")

    assert len(reply.json()) > 20
    assert "link" not in reply.headers
