"""Pagination of Schoology's lists, and invalid pages."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, LmsError, Unsupported, UpstreamInvalid
from lms_gateway.domain.loads import Children, Load, LoadResult, Page, PageRequest, SectionFilter
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.fake_upstream import query_of
from tests.vendors.fetching import fetch_answers, vendor_ids
from tests.vendors.schoology.rows import BASE, paged_list, section_row
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream

PATH = "/courses/1/sections"


def section_loads(page_size: int = 50, after: Any = None, **filters: Any) -> Children:
    return Children(
        Key(Kind.COURSE, "1"), Kind.SECTION, SectionFilter(**filters), PageRequest(page_size, after)
    )


async def read(reply: Any, load: Load | None = None) -> tuple[LoadResult | LmsError, list[str]]:
    upstream, load = schoology_upstream(), load or section_loads()
    upstream.set_reply(PATH, reply)
    results = await fetch_answers(schoology_backend(upstream), {load: Projection.of("name")})
    return results[load], upstream.lines


async def read_page(reply: Any, load: Load | None = None) -> tuple[Page, list[str]]:
    page, calls = await read(reply, load)
    assert isinstance(page, Page), page
    return page, calls


def ids(page: Page) -> list[int]:
    return [int(section_id) for section_id in vendor_ids(page)]


def paged_sections(count: int, **options: Any) -> Callable[[Call], Any]:
    return paged_list(PATH, "section", (section_row(number) for number in range(1, count + 1)), **options)


async def test_each_page_costs_one_call() -> None:
    page, calls = await read_page(paged_sections(120))
    assert (ids(page), page.has_next, page.total) == (list(range(1, 51)), True, 120)
    following, more = await read_page(paged_sections(120), section_loads(after=page.positions[-1]))
    assert ids(following) == list(range(51, 101))
    assert calls == [f"GET {PATH}?limit=50"]
    assert more == [f"GET {PATH}?start=50&limit=50"]


async def test_a_cursor_of_any_row_continues_after_it() -> None:
    page, _ = await read_page(paged_sections(120))
    following, _ = await read_page(paged_sections(120), section_loads(after=page.positions[16]))
    assert ids(following)[0] == 18


async def test_an_unpaged_list_ends() -> None:
    """The list of buildings has no `links` and no pages: it ignores `start` and `limit`."""
    unpaged = {"section": [section_row(number) for number in range(1, 4)]}
    seen: list[int] = []
    page, _ = await read_page(unpaged, section_loads(page_size=1))
    while page.has_next:
        seen += ids(page)
        assert len(seen) < 3
        page, _ = await read_page(unpaged, section_loads(page_size=1, after=page.positions[-1]))
    assert [*seen, *ids(page)] == [1, 2, 3]


async def test_five_hundred_rows_take_three_calls() -> None:
    page, calls = await read_page(paged_sections(700), section_loads(page_size=500))
    assert (ids(page), page.has_next) == (list(range(1, 501)), True)
    assert [call.partition("?")[2] for call in calls] == [
        "limit=200",
        "start=200&limit=200",
        "start=400&limit=100",
    ]


async def test_a_lowered_limit_is_read_on() -> None:
    page, calls = await read_page(paged_sections(60, clamp=20))
    assert (ids(page), page.has_next) == (list(range(1, 51)), True)
    assert len(calls) == 3


async def test_a_complete_list_without_a_total_has_one() -> None:
    page, _ = await read_page(paged_sections(7, with_total=False))
    assert (page.has_next, page.total) == (False, 7)


async def test_a_page_of_no_rows_costs_no_call() -> None:
    page, calls = await read_page(paged_sections(7), section_loads(page_size=0))
    assert (ids(page), page.has_next, calls) == ([], False, [])


async def test_past_sections_are_requested_with_a_parameter() -> None:
    _, calls = await read_page(paged_sections(1), section_loads(include_past=True))
    assert calls == [f"GET {PATH}?include_past=1&limit=50"]
    _, calls = await read_page(paged_sections(1), section_loads(include_past=False))
    assert calls == [f"GET {PATH}?limit=50"]


async def test_a_search_is_rejected_without_a_call() -> None:
    answer, calls = await read(paged_sections(1), section_loads(search="algebra"))
    assert isinstance(answer, Unsupported)
    assert calls == []


async def test_loads_that_differ_in_page_size_share_one_read() -> None:
    upstream = schoology_upstream()
    upstream.set_reply(PATH, paged_sections(30))
    loads = [section_loads(5), section_loads(10)]
    results = await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")))
    pages = [results[load] for load in loads]
    assert [len(page.items) for page in pages if isinstance(page, Page)] == [5, 10]
    assert all(page.has_next for page in pages if isinstance(page, Page))
    assert upstream.lines == [f"GET {PATH}?limit=10"]


def scripted(*pages: dict[str, Any]) -> Callable[[Call], Any]:
    """Return these pages in order, regardless of the parameters."""
    waiting = list(pages)
    return lambda call: waiting.pop(0)


def next_page(**params: Any) -> dict[str, str]:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return {"next": f"{BASE}{PATH}?{query}"}


async def test_empty_pages_with_a_next_link_are_skipped() -> None:
    page, calls = await read_page(
        scripted(
            {"section": [], "links": next_page(start=20)},
            {"section": None, "links": next_page(start=40)},
            {"section": [section_row(1)], "links": {}},
        )
    )
    assert (ids(page), page.has_next, len(calls)) == ([1], False, 3)


async def test_repeated_rows_are_ignored() -> None:
    page, _ = await read_page(
        scripted(
            {"section": [section_row(1), section_row(2)], "links": next_page(start=2)},
            {"section": [section_row(2), section_row(3)]},
        )
    )
    assert ids(page) == [1, 2, 3]


async def test_a_cursor_within_a_short_page_skips_rows_of_it() -> None:
    """Hidden rows leave gaps: the number of rows does not give the start of the next page."""
    short = {"section": [section_row(1), section_row(2)], "links": next_page(start=20)}
    page, _ = await read_page(scripted(short), section_loads(2))
    assert (page.positions[0], page.positions[1]) == ((0, 1), (20, 0))
    following, calls = await read_page(
        scripted(short, {"section": [section_row(3)]}), section_loads(2, after=(0, 1))
    )
    assert ids(following) == [2, 3]
    assert calls[0] == f"GET {PATH}?limit=3"


async def test_a_list_that_is_paged_by_ids_continues_by_ids() -> None:
    first_reply = {"section": [section_row(1), section_row(2)], "links": next_page(start_id=2)}
    second_reply = {"section": [section_row(3)]}
    page, calls = await read_page(scripted(first_reply, second_reply))
    assert ids(page) == [1, 2, 3]
    assert calls[1] == f"GET {PATH}?start_id=2&limit=48"
    first_page, _ = await read_page(scripted(first_reply), section_loads(2))
    following, calls = await read_page(
        scripted(second_reply), section_loads(2, after=first_page.positions[-1])
    )
    assert ids(following) == [3]
    assert calls == [f"GET {PATH}?start_id=2&limit=2"]


@pytest.mark.parametrize(
    "links",
    [
        {"next": "https://elsewhere.example/v1/courses/1/sections?start=1"},
        {"next": "//elsewhere.example/v1/courses/1/sections?start=1"},
        {"next": f"{BASE}@elsewhere.example/?start=1"},
        {"next": 7},
        next_page(start=0),
        next_page(start=-5),
    ],
)
async def test_a_next_link_to_another_host_or_backwards_is_invalid(links: Any) -> None:
    answer, calls = await read(scripted({"section": [section_row(1)], "links": links}))
    assert isinstance(answer, UpstreamInvalid)
    assert len(calls) == 1


async def test_repeated_pages_are_invalid() -> None:
    same = {"section": [section_row(1)], "links": next_page(start=1)}
    answer, calls = await read(lambda call: same)
    assert isinstance(answer, UpstreamInvalid)
    assert len(calls) == 2


async def test_endless_empty_pages_are_invalid() -> None:
    def page(call: Call) -> Any:
        return {"section": [], "links": next_page(start=int(query_of(call).get("start", 0)) + 20)}

    answer, calls = await read(page)
    assert isinstance(answer, UpstreamInvalid)
    assert len(calls) < 100


@pytest.mark.parametrize(
    "body",
    [
        {"id": 1, "title": "the parent instead"},
        {"section": "text"},
        {"section": [1]},
        {"section": [{"section_title": "without an id"}]},
        [],
        "text",
        None,
        Reply(200, {}, b"<html>"),
        Reply(200, {}, b'{"section": ['),
        Reply(200, {}, b""),
    ],
)
async def test_a_reply_without_a_list_is_invalid(body: Any) -> None:
    answer, _ = await read(body)
    assert isinstance(answer, UpstreamInvalid)


async def test_a_single_row_is_a_list_of_one() -> None:
    page, _ = await read_page({"section": section_row(1)})
    assert ids(page) == [1]


@pytest.mark.parametrize("links", [[], None, "", {"next": None}, {"next": ""}])
async def test_missing_links_end_the_list(links: Any) -> None:
    page, _ = await read_page({"section": [section_row(1)], "links": links, "total": "x"})
    assert (page.has_next, page.total) == (False, 1)


@pytest.mark.parametrize("after", [(), ("x",), (-1, 0), (0, 99_999), (0, 0, "a/b"), ("all", 0, 0)])
async def test_a_cursor_of_another_list_is_bad_input(after: Any) -> None:
    answer, calls = await read(paged_sections(5), section_loads(after=after))
    assert isinstance(answer, BadInput)
    assert calls == []
