"""Account calendars: two forms of lists, changes of one and of several."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

ROOT, (SCIENCE, LETTERS, LIFE) = MAPLE.root, MAPLE.sub_accounts
ALL = f"/accounts/{ROOT}/account_calendars"


def ids(rows: list[Any]) -> list[int]:
    return [row["id"] for row in rows]


def test_the_callers_calendars_are_in_an_object(canvas: CanvasCaller) -> None:
    reply = canvas.request("/account_calendars?per_page=2", token=TEACHER_TOKEN)
    body = reply.json()

    assert set(body) == {"account_calendars", "total_results"}
    assert body["total_results"] == 3
    assert ids(body["account_calendars"]) == [SCIENCE, LIFE]  # by name, without hidden ones
    rest = canvas.request(reply.links["next"]["url"], token=TEACHER_TOKEN).json()
    assert ids(rest["account_calendars"]) == [ROOT]
    assert all("sub_account_count" not in row for row in body["account_calendars"])


def test_the_callers_calendars_can_be_an_array(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(wraps_calendars=False))

    assert ids(canvas.get("/account_calendars", token=TEACHER_TOKEN)) == [SCIENCE, LIFE, ROOT]


def test_a_calendar_search_needs_two_characters(canvas: CanvasCaller) -> None:
    results = canvas.get("/account_calendars?search_term=LIFE", token=TEACHER_TOKEN)

    assert (ids(results["account_calendars"]), results["total_results"]) == ([LIFE], 1)
    assert ids(canvas.get(f"{ALL}?search_term=life")) == [LIFE]
    for path in ("/account_calendars", ALL):
        reply = canvas.request(f"{path}?search_term=L")
        assert reply.status_code == 400
        assert reply.json()["errors"][0]["field"] == "search_term"


def test_a_calendar_has_all_keys(canvas: CanvasCaller) -> None:
    assert canvas.get(f"/account_calendars/{SCIENCE}") == {
        "id": SCIENCE,
        "name": "Faculty of Science",
        "parent_account_id": ROOT,
        "root_account_id": ROOT,
        "visible": True,
        "auto_subscribe": False,
        "asset_string": f"account_{SCIENCE}",
        "type": "account",
        "calendar_event_url": f"/accounts/{SCIENCE}/calendar_events/%7B%7B%20id%20%7D%7D",
        "can_create_calendar_events": True,
        "create_calendar_event_url": f"/accounts/{SCIENCE}/calendar_events",
        "new_calendar_event_url": f"/accounts/{SCIENCE}/calendar_events/new",
    }


def test_a_hidden_calendar_is_visible_to_admins_only(canvas: CanvasCaller) -> None:
    path = f"/account_calendars/{LETTERS}"

    assert canvas.get(path)["visible"] is False
    assert canvas.request(path, token=STUDENT_TOKEN).status_code == 403
    assert canvas.request("/account_calendars/77").status_code == 404


@pytest.mark.parametrize(("root_of_root", "expected"), [("null", None), ("zero", 0), ("own", ROOT)])
def test_the_root_of_the_root_account_has_three_forms(
    canvas_with: Callable[..., CanvasCaller], root_of_root: Any, expected: int | None
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(root_of_root=root_of_root))

    assert canvas.get(f"/account_calendars/{ROOT}")["root_account_id"] == expected
    assert canvas.get(f"/account_calendars/{LIFE}")["root_account_id"] == ROOT


def test_old_canvas_has_no_auto_subscribe(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(has_auto_subscribe=False))

    assert "auto_subscribe" not in canvas.get(f"/account_calendars/{ROOT}")


def test_an_accounts_calendars_are_an_array_of_two_levels(canvas: CanvasCaller) -> None:
    """With a search or a filter, all levels are listed; otherwise only the first one."""
    first = canvas.get(ALL)

    assert ids(first) == [ROOT, LETTERS, SCIENCE]
    assert [row["sub_account_count"] for row in first] == [2, 0, 1]
    assert ids(canvas.get(f"{ALL}?filter=visible")) == [SCIENCE, LIFE, ROOT]
    assert ids(canvas.get(f"{ALL}?filter=hidden")) == [LETTERS]
    assert ids(canvas.get(f"{ALL}?filter=hidden&search_term=life")) == []
    assert len(canvas.pages(f"{ALL}?per_page=2")) == 2
    assert canvas.request(ALL, token=TEACHER_TOKEN).status_code == 403


def test_an_invalid_filter_has_a_string_error(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{ALL}?filter=some")

    assert reply.status_code == 400
    message = "Expected filter param to be one of: visible, hidden"
    assert reply.json() == {"errors": message}


def test_one_calendar_is_changed(canvas: CanvasCaller) -> None:
    path, count = f"/account_calendars/{LETTERS}", f"/accounts/{ROOT}/visible_calendars_count"
    assert canvas.get(count) == {"count": 3}

    shown = canvas.write("PUT", path, data={"visible": "true"})
    assert (shown["visible"], shown["auto_subscribe"]) == (True, False)
    followed = canvas.write("PUT", path, {"auto_subscribe": True})
    assert (followed["visible"], followed["auto_subscribe"]) == (True, True)
    assert canvas.get(count) == {"count": 4}
    assert canvas.get(f"/accounts/{LIFE}/visible_calendars_count") == {"count": 1}
    assert canvas.request(path, method="PUT", token=TEACHER_TOKEN).status_code == 403


def test_several_calendars_are_changed_by_an_array(canvas: CanvasCaller) -> None:
    rows = [
        {"id": ROOT, "visible": False, "auto_subscribe": False},
        {"id": str(LETTERS), "visible": True},
    ]

    assert canvas.write("PUT", ALL, rows) == {"message": "Updated 2 accounts"}
    assert ids(canvas.get(f"{ALL}?filter=visible")) == [LETTERS, SCIENCE, LIFE]
    assert canvas.write("PUT", ALL, rows[:1]) == {"message": "Updated 1 account"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "Expected array of objects"),
        ({"id": 1}, "Expected array of objects"),
        ([1, 2], "Expected array of objects"),
        ([{"id": 1}, {"visible": True}], "Missing key(s)"),
        ([{"id": 1}, {"id": 1, "visible": True}], "Duplicate IDs"),
    ],
)
def test_an_invalid_array_has_a_string_error(canvas: CanvasCaller, rows: Any, message: str) -> None:
    reply = canvas.request(ALL, method="PUT", json=rows)

    assert reply.status_code == 400
    assert reply.json() == {"errors": message}


def test_an_array_requires_a_json_content_type(canvas: CanvasCaller) -> None:
    """The default of curl is a form; its array is not parsed."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b'[{"id": 1, "visible": false}]'
    reply = canvas.request(ALL, method="PUT", headers=headers, content=body)

    assert reply.status_code == 400
    assert reply.json() == {"errors": "Expected array of objects"}
    assert canvas.get(f"/account_calendars/{ROOT}")["visible"] is True


def test_an_array_is_limited_to_its_account(canvas: CanvasCaller) -> None:
    path = f"/accounts/{SCIENCE}/account_calendars"

    reply = canvas.request(path, method="PUT", json=[{"id": LIFE}, {"id": ROOT, "visible": False}])
    assert reply.status_code == 403
    assert canvas.get(f"/account_calendars/{ROOT}")["visible"] is True


def test_the_message_of_an_update_can_be_localized(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(is_localized=True))

    assert canvas.write("PUT", ALL, [{"id": ROOT}, {"id": LIFE}]) == {"message": "Se actualizaron 2 cuentas"}
