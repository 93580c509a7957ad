"""The simulator application: control routes, request log and reset."""

import logging
from contextlib import suppress

import httpx2
import pytest

from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas.state.auth import TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.data.models import Section
from lms_sandbox.server import SandboxServer
from tests.sandbox.canvas.client import CanvasCaller


def test_the_log_contains_each_request_as_sent(canvas: CanvasCaller) -> None:
    canvas.get(f"/courses/{MAPLE.course}/sections?include[]=total_students")
    canvas.request("/courses/sis_course_id:a%2Fb", token=TEACHER_TOKEN)
    first, second = canvas.server.log.entries("canvas")

    assert str(first) == f"GET /api/v1/courses/{MAPLE.course}/sections?include[]=total_students"
    assert first.params == [("include[]", "total_students")]
    assert (first.status, second.status) == (200, 404)
    assert second.path == "/api/v1/courses/sis_course_id:a%2Fb"
    assert len(first.credential) == len(second.credential) == 8
    assert first.credential != second.credential
    assert (first.credits, first.concurrency) == (0, 1)


def test_schoologys_credits_are_counted_by_method(server: SandboxServer) -> None:
    httpx2.get(f"{server.schoology_url}/sections/1")
    httpx2.post(f"{server.schoology_url}/multiget")

    assert [entry.credits for entry in server.log.entries("schoology")] == [1, 3]
    assert server.log.credits() == 4
    assert server.log.requests("schoology") == 2
    assert server.log.peak_concurrency("schoology") == 1


def test_the_log_is_read_and_cleared_over_http(canvas: CanvasCaller) -> None:
    canvas.get("/courses")
    address = f"{canvas.server.url}/_sandbox/log"
    log = httpx2.get(address).json()

    assert log["requests"] == {"canvas": 1, "schoology": 0}
    assert log["max_in_flight"]["canvas"] == 1
    assert log["entries"][0]["path"] == "/api/v1/courses"
    assert "canvas-demo-token" not in str(log)
    assert httpx2.delete(address).status_code == 204
    assert canvas.server.log.entries() == []


def test_faults_are_scripted_over_http(canvas: CanvasCaller) -> None:
    address = f"{canvas.server.url}/_sandbox/faults"

    sent = httpx2.put(address, json=[{"kind": "reply", "status": 503, "count": 0}])
    assert sent.status_code == 204
    assert canvas.request("/courses").status_code == 503
    assert httpx2.delete(address).status_code == 204
    assert canvas.request("/courses").status_code == 200
    refused = httpx2.put(address, json=[{"kind": "explode"}])
    assert refused.status_code == 400
    assert "explode" in refused.json()["error"]


def test_the_index_lists_the_urls(server: SandboxServer) -> None:
    assert httpx2.get(server.url).json() == {
        "canvas": f"{server.canvas_url}/api/v1",
        "schoology": server.schoology_url,
        "log": f"{server.url}/_sandbox/log",
        "faults": f"{server.url}/_sandbox/faults",
    }


def test_reset_undoes_every_change(canvas: CanvasCaller) -> None:
    path = f"/sections/{MAPLE.sections[0]}"
    school = canvas.server.sandbox.canvas_school
    section = school.sections[MAPLE.sections[0]]
    before = canvas.get(path)["name"]
    school.change(section, name="Renamed", sis_id="renamed")
    assert canvas.get(path)["name"] == "Renamed"
    assert canvas.get("/sections/sis_section_id:renamed")["id"] == section.id

    canvas.server.reset()

    assert canvas.get(path)["name"] == before
    assert canvas.server.sandbox.canvas_school.by_sis(Section, "renamed") is None
    assert canvas.server.log.calls() == [f"GET /api/v1{path}"]


def test_one_server_serves_both_schools(server: SandboxServer) -> None:
    assert server.sandbox.canvas_school.name == "Maple University"
    assert server.sandbox.schoology_school.name == "Lakeside High"


def test_a_sandbox_server_does_not_change_the_logging_of_its_process() -> None:
    def logging_state() -> list[object]:
        logs = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error")]
        return [(log.level, log.propagate, list(log.handlers)) for log in logs]

    before = logging_state()
    with SandboxServer(create_sandbox(1)):
        assert logging_state() == before


def test_a_disconnected_client_is_not_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """The gateway disconnects if its own client does; tracebacks would fill the demo's output."""
    with SandboxServer(create_sandbox(1, latency_ms=50)) as server:
        for url in (f"{server.canvas_url}/api/v1/courses", f"{server.schoology_url}/courses"):
            with suppress(httpx2.ReadTimeout):
                httpx2.get(url, headers={"Authorization": "Bearer x"}, timeout=0.02)
        for _ in range(2):  # answered after the aborted requests
            httpx2.get(f"{server.canvas_url}/api/v1/users/self", timeout=30)
    assert [
        record.getMessage()
        for record in caplog.records
        if record.name == "uvicorn.error" and record.levelno >= logging.WARNING
    ] == []
