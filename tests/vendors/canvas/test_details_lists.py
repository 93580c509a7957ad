"""Lists that Canvas tells page by page beside facets: wrapped, bookmarked, without ids."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported, UpstreamInvalid
from lms_gateway.domain.records import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Reply
from tests.vendors.canvas.asking import ACCOUNT, COURSE, DENIED, Judged, rows
from tests.vendors.canvas.changing import told
from tests.vendors.canvas.script import BASE, ids, listing, reply, user
from tests.vendors.wants import wanting

NO_MODULES = {"error": {"message": "No progress available because …"}}


def calendar(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Account {number}", "visible": True, **fields}


def values(page: Any) -> list[Any]:
    return [item.value for item in page.items]


async def test_progress_of_all_students_is_one_list_and_tells_their_names() -> None:
    """Canvas writes these ids as numbers whatever it is asked for."""
    path = "/courses/1/bulk_user_progress"
    progress = {"requirement_count": 2, "requirement_completed_count": 1, "completed_at": None}
    script = Judged(
        {path: [
            {"id": 5, "display_name": "Ada", "avatar_image_url": None, "progress": progress},
            {"id": 6, "display_name": "Bo", "progress": {"error": {"message": "none"}}},
        ]}
    )  # fmt: skip
    store = Store("maple")
    found = await rows(script, "student_progress", COURSE, store=store)
    assert values(found) == [
        {"id": "5", "display_name": "Ada", "avatar_image_url": None, "progress": progress},
        {"id": "6", "display_name": "Bo", "progress": None},
    ]
    assert store.knows(Key(Kind.USER, "5"), {"display_name"})
    assert not found.has_next
    assert found.total == 2


async def test_a_course_without_modules_has_no_progress_of_students() -> None:
    script = Judged({"/courses/1/bulk_user_progress": told(NO_MODULES, 400)})
    assert isinstance(await rows(script, "student_progress", COURSE), NotFound)


async def test_a_cursor_of_another_list_is_told_apart_from_a_course_without_modules() -> None:
    script = Judged()
    found = await rows(script, "student_progress", COURSE, after=("users", "", 10, 1))
    assert isinstance(found, BadInput)
    assert not script.calls


async def test_recent_students_tell_their_last_login() -> None:
    """The documents' example asks for `recent_users`, which is no address of Canvas."""
    path = "/courses/1/recent_students"
    script = Judged({path: listing(path, [user(5, last_login="2026-01-01T00:00:00Z")])})
    found = await rows(script, "recent_students", COURSE, wants=wanting("canvas.last_login"))
    assert ids(found) == ["5"]
    assert found.items[0].native["last_login"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert script.paths == [path]


@pytest.mark.parametrize("search", [None, "", "  "])
async def test_sharing_needs_a_search(search: str | None) -> None:
    given: dict[str, Any] = {} if search is None else {"search": search}
    script = Judged()
    assert isinstance(await rows(script, "content_share_users", COURSE, **given), BadInput)
    assert not script.calls


async def test_whom_content_can_be_shared_with() -> None:
    path = "/courses/1/content_share_users"
    script = Judged({path: listing(path, [user(5, email="a@maple.example", avatar_url="/a")])})
    found = await rows(script, "content_share_users", COURSE, search="Ada", wants=wanting("email"))
    assert found.items[0].email == "a@maple.example"
    assert script.calls == [f"{path}?search_term=Ada&per_page=50"]


async def test_an_activity_stream_has_bookmarks_for_pages() -> None:
    path = "/courses/1/activity_stream"
    told_ = [{"id": n, "type": "Message", "created_at": "2026-01-01T00:00:00Z"} for n in range(5)]
    script = Judged({path: listing(path, told_, bookmarks=True)})
    first = await rows(script, "activity_stream", COURSE, first=2)
    assert [one["id"] for one in values(first)] == ["0", "1"]
    assert first.has_next
    rest = await rows(script, "activity_stream", COURSE, first=9, after=first.positions[-1])
    assert [one["id"] for one in values(rest)] == ["2", "3", "4"]
    assert "page=bookmark:2" in script.calls[1]
    assert values(rest)[0]["created_at"] == datetime(2026, 1, 1, tzinfo=UTC)


async def test_an_item_that_two_pages_hold_is_told_once() -> None:
    path = "/courses/1/activity_stream"
    first = reply([{"id": 1, "type": "Message"}, {"id": 1, "type": "Submission"}],
                  next=f"{BASE}/api/v1{path}?page=b")  # fmt: skip
    script = Judged({path: lambda query: reply([{"id": 1, "type": "Message"}, {"id": 2}])
                     if "page" in query else first})  # fmt: skip
    found = await rows(script, "activity_stream", COURSE, first=10)
    assert [(one.get("type"), one["id"]) for one in values(found)] == [
        ("Message", "1"), ("Submission", "1"), (None, "2"),
    ]  # fmt: skip


async def test_things_to_do_have_no_ids_and_are_all_told() -> None:
    path = "/courses/1/todo"
    item = {"type": "grading", "needs_grading_count": 3, "course_id": 1,
            "assignment": {"id": 8, "due_at": "2026-01-01T00:00:00Z"}}  # fmt: skip
    script = Judged({path: listing(path, [item] * 7, bookmarks=True)})
    first = await rows(script, "todo_items", COURSE, first=3)
    rest = await rows(script, "todo_items", COURSE, first=10, after=first.positions[-1])
    assert (len(first.items), len(rest.items)) == (3, 4)
    assert first.items[0].value == {
        **item, "course_id": "1", "assignment": {"id": "8", "due_at": "2026-01-01T00:00:00Z"},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["manageable_accounts", "course_creation_accounts"])
async def test_accounts_that_the_viewer_manages(name: str) -> None:
    script = Judged({f"/{name}": listing(f"/{name}", [{"id": 4, "name": "Maple"}])})
    found = await rows(script, name, wants=wanting("name"))
    assert [(one.key, one.name) for one in found.items] == [(ACCOUNT, "Maple")]


async def test_accounts_of_courses_that_one_teaches_have_bookmarks() -> None:
    path = "/course_accounts"
    told_ = [{"id": n, "name": str(n), "parent_account_id": None} for n in range(1, 5)]
    script = Judged({path: listing(path, told_, bookmarks=True)})
    first = await rows(script, "course_accounts", first=3)
    rest = await rows(script, "course_accounts", first=3, after=first.positions[-1])
    assert (ids(first), ids(rest)) == (["1", "2", "3"], ["4"])


async def test_teachers_manage_no_accounts() -> None:
    found = await rows(Judged({"/manageable_accounts": []}), "manageable_accounts")
    assert (list(found.items), found.has_next, found.total) == ([], False, 0)


async def test_account_calendars_are_wrapped_in_an_object_with_their_count() -> None:
    path = "/account_calendars"

    def page(query: Any) -> Reply:
        if query.get("page"):
            return reply({"account_calendars": [calendar(3)], "total_results": 3})
        return reply(
            {"account_calendars": [calendar(1), calendar(2)], "total_results": 3},
            next=f"{BASE}/api/v1{path}?page=2&per_page=2",
        )

    script = Judged({path: page})
    first = await rows(script, "account_calendars", first=2, search="Acc")
    assert [one.key for one in first.items] == [Key(Kind.CALENDAR, "1"), Key(Kind.CALENDAR, "2")]
    assert (first.has_next, first.total) == (True, 3)
    rest = await rows(script, "account_calendars", first=2, search="Acc", after=first.positions[-1])
    assert [one["id"] for one in values(rest)] == ["3"]
    assert script.calls[0] == f"{path}?search_term=Acc&per_page=2"


async def test_account_calendars_are_bare_as_the_documents_say() -> None:
    path = "/account_calendars"
    script = Judged({path: listing(path, [calendar(1), calendar(2)])})
    found = await rows(script, "account_calendars")
    assert [one["name"] for one in values(found)] == ["Account 1", "Account 2"]


async def test_an_object_where_the_wrapper_is_empty_cannot_be_read() -> None:
    script = Judged({"/account_calendars": {"calendars": []}})
    assert isinstance(await rows(script, "account_calendars"), UpstreamInvalid)


async def test_calendars_of_an_account_tell_how_many_lie_below() -> None:
    path = "/accounts/4/account_calendars"
    script = Judged({path: listing(path, [calendar(4, sub_account_count=2)])})
    found = await rows(script, "calendars", ACCOUNT, search="Ma", filter="hidden")
    assert values(found)[0]["sub_account_count"] == 2
    assert script.calls == [f"{path}?search_term=Ma&filter=hidden&per_page=50"]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("calendars", {"filter": "all"}),
        ("calendars", {"search": "a"}),
        ("account_calendars", {"search": "a"}),
        ("reports", {"report": "../users"}),
        ("reports", {}),
    ],
)
async def test_arguments_that_canvas_would_refuse_are_not_sent(
    name: str, given: dict[str, Any]
) -> None:
    script = Judged()
    of = None if name == "account_calendars" else ACCOUNT
    assert isinstance(await rows(script, name, of, **given), BadInput)
    assert not script.calls


async def test_runs_of_a_report_can_be_fetched_again() -> None:
    path = "/accounts/4/reports/grade_export_csv"
    runs = [{"id": n, "report": "grade_export_csv", "status": "complete"} for n in (9, 8)]
    script = Judged({path: listing(path, runs)})
    found = await rows(script, "reports", ACCOUNT, report="grade_export_csv")
    assert [one.key.id for one in found.items] == [f"4.grade_export_csv.{n}" for n in (9, 8)]


async def test_a_list_of_an_account_that_is_refused_says_so() -> None:
    script = Judged({"/accounts/4/account_calendars": DENIED})
    assert isinstance(await rows(script, "calendars", ACCOUNT), Forbidden)


async def test_an_empty_page_costs_no_call() -> None:
    script = Judged()
    found = await rows(script, "activity_stream", COURSE, first=0)
    assert (list(found.items), script.calls) == ([], [])


@pytest.mark.parametrize(("name", "of"), [("everything", COURSE), ("todo_items", ACCOUNT)])
async def test_what_canvas_lists_of_nothing_such_is_refused(name: str, of: Key) -> None:
    script = Judged()
    assert isinstance(await rows(script, name, of), Unsupported)
    assert not script.calls
