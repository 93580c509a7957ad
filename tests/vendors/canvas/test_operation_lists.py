"""Paged lists that only Canvas has: wrapped, bookmarked, without ids."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported, UpstreamInvalid
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.canvas.rows import BASE, linked_reply, paged_list, user_row
from tests.vendors.canvas.scripted import ACCOUNT, COURSE, DENIED, canvas_upstream, operation_list
from tests.vendors.fake_upstream import json_reply, query_of
from tests.vendors.fetching import vendor_ids

NO_MODULES = {"error": {"message": "No progress available because …"}}


def calendar(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Account {number}", "visible": True, **fields}


def values(page: Any) -> list[Any]:
    return [item.value for item in page.items]


async def test_progress_of_all_students_also_contains_their_names() -> None:
    """Canvas writes these ids as numbers, even if strings are requested."""
    path = "/courses/1/bulk_user_progress"
    progress = {"requirement_count": 2, "requirement_completed_count": 1, "completed_at": None}
    upstream = canvas_upstream(
        {path: [
            {"id": 5, "display_name": "Ada", "avatar_image_url": None, "progress": progress},
            {"id": 6, "display_name": "Bo", "progress": {"error": {"message": "none"}}},
        ]}
    )  # fmt: skip
    store = Store("maple")
    results = await operation_list(upstream, "student_progress", COURSE, store=store)
    assert values(results) == [
        {"id": "5", "display_name": "Ada", "avatar_image_url": None, "progress": progress},
        {"id": "6", "display_name": "Bo", "progress": None},
    ]
    assert store.has_fields(Key(Kind.USER, "5"), {"display_name"})
    assert not results.has_next
    assert results.total == 2


async def test_a_course_without_modules_has_no_progress_of_students() -> None:
    upstream = canvas_upstream({"/courses/1/bulk_user_progress": json_reply(NO_MODULES, 400)})
    assert isinstance(await operation_list(upstream, "student_progress", COURSE), NotFound)


async def test_a_foreign_cursor_is_not_taken_for_a_course_without_modules() -> None:
    upstream = canvas_upstream()
    results = await operation_list(upstream, "student_progress", COURSE, after=("users", "", 10, 1))
    assert isinstance(results, BadInput)
    assert not upstream.urls


async def test_recent_students_have_their_last_login() -> None:
    """The documented example uses `recent_users`, which does not exist."""
    path = "/courses/1/recent_students"
    upstream = canvas_upstream({path: paged_list(path, [user_row(5, last_login="2026-01-01T00:00:00Z")])})
    results = await operation_list(
        upstream, "recent_students", COURSE, projection=Projection.of("canvas.last_login")
    )
    assert vendor_ids(results) == ["5"]
    assert results.items[0].vendor_fields["last_login"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert upstream.paths == [path]


@pytest.mark.parametrize("search", [None, "", "  "])
async def test_sharing_needs_a_search(search: str | None) -> None:
    arguments: dict[str, Any] = {} if search is None else {"search": search}
    upstream = canvas_upstream()
    assert isinstance(await operation_list(upstream, "content_share_users", COURSE, **arguments), BadInput)
    assert not upstream.urls


async def test_users_with_whom_content_can_be_shared() -> None:
    path = "/courses/1/content_share_users"
    upstream = canvas_upstream(
        {path: paged_list(path, [user_row(5, email="a@maple.example", avatar_url="/a")])}
    )
    results = await operation_list(
        upstream, "content_share_users", COURSE, search="Ada", projection=Projection.of("email")
    )
    assert results.items[0].email == "a@maple.example"
    assert upstream.urls == [f"{path}?search_term=Ada&per_page=50"]


async def test_an_activity_stream_is_paged_by_bookmarks() -> None:
    path = "/courses/1/activity_stream"
    raw_rows = [{"id": n, "type": "Message", "created_at": "2026-01-01T00:00:00Z"} for n in range(5)]
    upstream = canvas_upstream({path: paged_list(path, raw_rows, bookmarks=True)})
    first = await operation_list(upstream, "activity_stream", COURSE, first=2)
    assert [item["id"] for item in values(first)] == ["0", "1"]
    assert first.has_next
    rest = await operation_list(upstream, "activity_stream", COURSE, first=9, after=first.positions[-1])
    assert [item["id"] for item in values(rest)] == ["2", "3", "4"]
    assert "page=bookmark:2" in upstream.urls[1]
    assert values(rest)[0]["created_at"] == datetime(2026, 1, 1, tzinfo=UTC)


async def test_an_item_on_two_pages_is_returned_once() -> None:
    path = "/courses/1/activity_stream"
    first = linked_reply(
        [{"id": 1, "type": "Message"}, {"id": 1, "type": "Submission"}],
        next=f"{BASE}/api/v1{path}?page=b",
    )
    second = linked_reply([{"id": 1, "type": "Message"}, {"id": 2}])
    upstream = canvas_upstream({path: lambda call: second if "page" in query_of(call) else first})
    results = await operation_list(upstream, "activity_stream", COURSE, first=10)
    assert [(item.get("type"), item["id"]) for item in values(results)] == [
        ("Message", "1"), ("Submission", "1"), (None, "2"),
    ]  # fmt: skip


async def test_todo_items_without_ids_are_all_returned() -> None:
    path = "/courses/1/todo"
    item = {"type": "grading", "needs_grading_count": 3, "course_id": 1,
            "assignment": {"id": 8, "due_at": "2026-01-01T00:00:00Z"}}  # fmt: skip
    upstream = canvas_upstream({path: paged_list(path, [item] * 7, bookmarks=True)})
    first = await operation_list(upstream, "todo_items", COURSE, first=3)
    rest = await operation_list(upstream, "todo_items", COURSE, first=10, after=first.positions[-1])
    assert (len(first.items), len(rest.items)) == (3, 4)
    assert first.items[0].value == {
        **item, "course_id": "1", "assignment": {"id": "8", "due_at": "2026-01-01T00:00:00Z"},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["manageable_accounts", "course_creation_accounts"])
async def test_accounts_that_the_viewer_manages(name: str) -> None:
    upstream = canvas_upstream({f"/{name}": paged_list(f"/{name}", [{"id": 4, "name": "Maple"}])})
    results = await operation_list(upstream, name, projection=Projection.of("name"))
    assert [(item.key, item.name) for item in results.items] == [(ACCOUNT, "Maple")]


async def test_accounts_of_taught_courses_are_paged_by_bookmarks() -> None:
    path = "/course_accounts"
    raw_rows = [{"id": n, "name": str(n), "parent_account_id": None} for n in range(1, 5)]
    upstream = canvas_upstream({path: paged_list(path, raw_rows, bookmarks=True)})
    first = await operation_list(upstream, "course_accounts", first=3)
    rest = await operation_list(upstream, "course_accounts", first=3, after=first.positions[-1])
    assert (vendor_ids(first), vendor_ids(rest)) == (["1", "2", "3"], ["4"])


async def test_teachers_manage_no_accounts() -> None:
    results = await operation_list(canvas_upstream({"/manageable_accounts": []}), "manageable_accounts")
    assert (list(results.items), results.has_next, results.total) == ([], False, 0)


async def test_account_calendars_may_be_wrapped_with_their_count() -> None:
    path = "/account_calendars"

    def page(call: Call) -> Reply:
        if query_of(call).get("page"):
            return linked_reply({"account_calendars": [calendar(3)], "total_results": 3})
        return linked_reply(
            {"account_calendars": [calendar(1), calendar(2)], "total_results": 3},
            next=f"{BASE}/api/v1{path}?page=2&per_page=2",
        )

    upstream = canvas_upstream({path: page})
    first = await operation_list(upstream, "account_calendars", first=2, search="Acc")
    assert [item.key for item in first.items] == [Key(Kind.CALENDAR, "1"), Key(Kind.CALENDAR, "2")]
    assert (first.has_next, first.total) == (True, 3)
    rest = await operation_list(
        upstream, "account_calendars", first=2, search="Acc", after=first.positions[-1]
    )
    assert [item["id"] for item in values(rest)] == ["3"]
    assert upstream.urls[0] == f"{path}?search_term=Acc&per_page=2"


async def test_account_calendars_may_be_a_plain_list() -> None:
    path = "/account_calendars"
    upstream = canvas_upstream({path: paged_list(path, [calendar(1), calendar(2)])})
    results = await operation_list(upstream, "account_calendars")
    assert [item["name"] for item in values(results)] == ["Account 1", "Account 2"]


async def test_a_wrapper_without_rows_is_invalid() -> None:
    upstream = canvas_upstream({"/account_calendars": {"calendars": []}})
    assert isinstance(await operation_list(upstream, "account_calendars"), UpstreamInvalid)


async def test_calendars_of_an_account_count_their_sub_accounts() -> None:
    path = "/accounts/4/account_calendars"
    upstream = canvas_upstream({path: paged_list(path, [calendar(4, sub_account_count=2)])})
    results = await operation_list(upstream, "calendars", ACCOUNT, search="Ma", filter="hidden")
    assert values(results)[0]["sub_account_count"] == 2
    assert upstream.urls == [f"{path}?search_term=Ma&filter=hidden&per_page=50"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("calendars", {"filter": "all"}),
        ("calendars", {"search": "a"}),
        ("account_calendars", {"search": "a"}),
        ("reports", {"report": "../users"}),
        ("reports", {}),
    ],
)
async def test_invalid_arguments_are_not_sent(name: str, arguments: dict[str, Any]) -> None:
    upstream = canvas_upstream()
    of = None if name == "account_calendars" else ACCOUNT
    assert isinstance(await operation_list(upstream, name, of, **arguments), BadInput)
    assert not upstream.urls


async def test_runs_of_a_report_can_be_fetched_again() -> None:
    path = "/accounts/4/reports/grade_export_csv"
    runs = [{"id": n, "report": "grade_export_csv", "status": "complete"} for n in (9, 8)]
    upstream = canvas_upstream({path: paged_list(path, runs)})
    results = await operation_list(upstream, "reports", ACCOUNT, report="grade_export_csv")
    assert [item.key.id for item in results.items] == [f"4.grade_export_csv.{n}" for n in (9, 8)]


async def test_a_refused_list_of_an_account_is_forbidden() -> None:
    upstream = canvas_upstream({"/accounts/4/account_calendars": DENIED})
    assert isinstance(await operation_list(upstream, "calendars", ACCOUNT), Forbidden)


async def test_an_empty_page_costs_no_call() -> None:
    upstream = canvas_upstream()
    results = await operation_list(upstream, "activity_stream", COURSE, first=0)
    assert (list(results.items), upstream.urls) == ([], [])


@pytest.mark.parametrize(("name", "of"), [("everything", COURSE), ("todo_items", ACCOUNT)])
async def test_a_list_of_another_kind_of_object_is_refused(name: str, of: Key) -> None:
    upstream = canvas_upstream()
    assert isinstance(await operation_list(upstream, name, of), Unsupported)
    assert not upstream.urls
