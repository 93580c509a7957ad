"""Account reports: kinds, runs and files."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

REPORTS = f"/accounts/{MAPLE.root}/reports"
RUNS = f"{REPORTS}/provisioning_csv"


@pytest.fixture
def polled_canvas(canvas_with: Callable[..., CanvasCaller]) -> CanvasCaller:
    return canvas_with(canvas_quirks=CanvasQuirks(jobs_advance="polls", job_poll_count=3))


def start(canvas: CanvasCaller, path: str = RUNS, **parameters: Any) -> Any:
    return canvas.write("POST", path, {"parameters": parameters} if parameters else {})


def test_available_reports_are_sorted_and_not_paginated(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{REPORTS}?per_page=2")
    rows = reply.json()

    assert "link" not in reply.headers
    assert len(rows) == 5
    assert [row["title"] for row in rows] == sorted(row["title"] for row in rows)
    by_name = {row["report"]: row for row in rows}
    assert by_name["student_assignment_outcome_map_csv"]["parameters"] is None
    term = by_name["grade_export_csv"]["parameters"]["enrollment_term_id"]
    assert term["required"] is True
    assert term["description"]
    assert all(set(row) == {"report", "title", "parameters", "last_run"} for row in rows)
    assert canvas.request(REPORTS, token=TEACHER_TOKEN).status_code == 403


def test_a_report_kind_has_its_last_run(canvas: CanvasCaller) -> None:
    start(canvas)
    second = start(canvas)
    rows = canvas.get(f"{REPORTS}?include[]=description_html&include[]=parameters_html")
    by_name = {row["report"]: row for row in rows}

    assert by_name["provisioning_csv"]["last_run"]["id"] == second["id"]
    assert by_name["grade_export_csv"]["last_run"] is None
    assert "parameters[users]" in by_name["provisioning_csv"]["parameters_html"]


def test_a_report_advances_by_polls_until_its_file_exists(polled_canvas: CanvasCaller) -> None:
    started = start(polled_canvas, users=True)
    path = f"{RUNS}/{started['id']}"

    assert (started["status"], started["progress"], started["file_url"]) == ("created", 0, None)
    assert (started["started_at"], started["ended_at"], started["current_line"]) == (
        None,
        None,
        None,
    )
    assert "attachment" not in started
    first, second, done = (polled_canvas.get(path) for _ in range(3))
    assert [report["status"] for report in (first, second, done)] == [
        "running",
        "running",
        "complete",
    ]
    assert [report["progress"] for report in (first, second, done)] == [33, 67, 100]
    assert done["file_url"].endswith(f"/accounts/1/files/{done['attachment']['id']}/download")
    assert done["started_at"]
    assert done["ended_at"]
    assert done["current_line"] > second["current_line"] > 0
    assert polled_canvas.get(path) == done


def test_a_report_advances_with_time(canvas_with: Callable[..., CanvasCaller]) -> None:
    now = [1000.0]
    quirks = CanvasQuirks(job_seconds=10, throttles=False)
    canvas = canvas_with(clock=lambda: now[0], canvas_quirks=quirks)
    path = f"{RUNS}/{start(canvas)['id']}"
    statuses = []
    for _ in range(4):
        statuses.append(canvas.get(path)["status"])
        now[0] += 4.5

    assert statuses == ["created", "running", "compiling", "complete"]


def test_a_reports_file_requires_an_admin_or_its_verifier(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(job_seconds=0))
    done = canvas.get(f"{RUNS}/{start(canvas)['id']}")
    text = canvas.request(done["file_url"])

    lines = text.text.splitlines()
    assert lines[0].startswith("canvas_course_id,")
    assert len(lines) == done["current_line"]
    assert text.headers["content-type"].startswith("text/csv")
    assert int(text.headers["content-length"]) == done["attachment"]["size"]
    assert httpx2.get(done["attachment"]["url"]).text == text.text
    for token in (None, STUDENT_TOKEN):
        assert canvas.request(done["file_url"], token=token).status_code == 404


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("grade_export_csv", {"enrollment_term_id": "current"}),
        ("last_user_access_csv", {"course_id": MAPLE.course}),
        ("unpublished_courses_csv", {}),
        ("student_assignment_outcome_map_csv", {}),
    ],
)
def test_each_kind_of_report_writes_a_file(
    canvas_with: Callable[..., CanvasCaller], kind: str, parameters: dict[str, Any]
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(job_seconds=0))
    path = f"{REPORTS}/{kind}"
    done = canvas.get(f"{path}/{start(canvas, path, **parameters)['id']}")

    assert done["status"] == "complete"
    assert len(canvas.request(done["file_url"]).text.splitlines()) == done["current_line"]


def test_report_parameters_of_a_form_are_strings(canvas: CanvasCaller) -> None:
    form = {"parameters[users]": "true", "parameters[course_id]": str(MAPLE.course)}
    body = {"users": "true", "course_id": str(MAPLE.course)}

    assert canvas.write("POST", RUNS, data=form)["parameters"] == body
    parts = {name: (None, value) for name, value in form.items()}
    assert canvas.write("POST", RUNS, files=parts)["parameters"] == body
    native: dict[str, Any] = {"users": True, "course_id": MAPLE.course}
    assert start(canvas, **native)["parameters"] == native
    assert start(canvas)["parameters"] is None


def test_reports_are_listed_newest_first(canvas: CanvasCaller) -> None:
    created = [start(canvas)["id"] for _ in range(3)]
    start(canvas, f"{REPORTS}/unpublished_courses_csv")
    start(canvas, f"/accounts/{MAPLE.sub_accounts[0]}/reports/provisioning_csv")

    pages = canvas.pages(f"{RUNS}?per_page=2")
    assert [[row["id"] for row in page] for page in pages] == [created[:0:-1], created[:1]]


def test_an_unknown_report_is_not_found(canvas: CanvasCaller) -> None:
    assert canvas.request(f"{REPORTS}/weather_csv", method="POST", json={}).status_code == 404
    id = start(canvas)["id"]
    assert canvas.request(f"{REPORTS}/unpublished_courses_csv/{id}").status_code == 404
    assert canvas.request(f"{RUNS}/77").status_code == 404
    assert canvas.request(f"{RUNS}/{id}", token=TEACHER_TOKEN).status_code == 403


def test_an_invalid_term_has_a_string_error(canvas: CanvasCaller) -> None:
    body = {"parameters": {"enrollment_term_id": "x"}}
    reply = canvas.request(RUNS, method="POST", json=body)

    assert reply.status_code == 400
    assert reply.json() == {"error": "invalid enrollment_term_id 'x'"}
    assert start(canvas, enrollment_term_id="current")["status"] == "created"


def test_a_report_can_end_with_an_error(polled_canvas: CanvasCaller) -> None:
    path = f"{RUNS}/{start(polled_canvas, course_id=77)['id']}"
    ended = [polled_canvas.get(path) for _ in range(3)][-1]

    assert (ended["status"], ended["file_url"]) == ("error", None)
    assert "attachment" not in ended


def test_a_running_report_can_be_aborted(polled_canvas: CanvasCaller) -> None:
    path = f"{RUNS}/{start(polled_canvas)['id']}"
    polled_canvas.get(path)
    aborted = polled_canvas.write("PUT", f"{path}/abort")

    assert (aborted["status"], aborted["progress"]) == ("aborted", 33)
    assert [polled_canvas.get(path)["status"] for _ in range(3)] == ["aborted"] * 3
    assert polled_canvas.request(f"{path}/abort", method="PUT").status_code == 404


def test_a_finished_report_cannot_be_aborted(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(job_seconds=0))
    path = f"{RUNS}/{start(canvas)['id']}"

    assert canvas.get(path)["status"] == "complete"
    assert canvas.request(f"{path}/abort", method="PUT").status_code == 404


def test_a_deleted_report_and_its_file_are_not_found(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(job_seconds=0))
    path = f"{RUNS}/{start(canvas)['id']}"
    file = canvas.get(path)["file_url"]

    assert canvas.write("DELETE", path)["status"] == "deleted"
    for deleted_id in (path, file):
        assert canvas.request(deleted_id).status_code == 404
    assert canvas.get(RUNS) == []


def test_old_reports_have_no_times(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(has_report_lines=False))

    assert not {"started_at", "ended_at", "current_line"} & set(start(canvas))
