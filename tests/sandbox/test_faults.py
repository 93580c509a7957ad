"""Scripted misfortune, met over a real socket; and the files that script it."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault, FaultKind, Faults, load_faults, read_faults
from lms_sandbox.server import SandboxServer
from tests.sandbox.canvas.client import CanvasCaller
from tests.sandbox.schoology.client import SchoologySandbox

SECTIONS = f"/courses/{MAPLE.course}/sections?per_page=2"


def test_a_fault_strikes_the_nth_match_as_often_as_it_says(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(
        Fault("reply", vendor="canvas", path="/sections/", first=2, count=2, status=503, body="no")
    )
    path = f"/sections/{MAPLE.sections[0]}"
    statuses = [canvas.request(path).status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert canvas.request("/courses").status_code == 200


def test_a_fault_may_match_by_method_vendor_and_query() -> None:
    faults = Faults([Fault("empty", vendor="schoology", method="POST", path=r"\?uid=7", count=0)])

    assert faults.take("schoology", "POST", "/x?uid=7")
    assert faults.take("schoology", "GET", "/x?uid=7") is None
    assert faults.take("canvas", "POST", "/x?uid=7") is None
    assert faults.take("schoology", "POST", "/x?uid=8") is None
    assert faults.take("schoology", "POST", "/x?uid=7")


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        (Fault("reply", body={"errors": [1]}), 500, "application/json", '{"errors": [1]}'),
        (Fault("reply", status=429, headers={"Retry-After": "3"}), 429, "application/json", ""),
        (Fault("html"), 502, "text/html", "<html><body><h1>Bad Gateway</h1></body></html>"),
        (Fault("text", body="busy"), 200, "text/plain", "busy"),
        (Fault("empty"), 200, "application/json", ""),
    ],
)
def test_a_fault_answers_in_the_vendors_place(
    canvas: CanvasCaller, fault: Fault, status: int, kind: str, body: str
) -> None:
    canvas.server.faults.add(fault)
    reply = canvas.request(SECTIONS)

    assert reply.status_code == status
    assert reply.headers["content-type"].startswith(kind)
    assert reply.text == body
    for name, value in fault.headers.items():
        assert reply.headers[name] == value
    assert canvas.server.log.entries()[-1].status == status


def test_a_truncated_answer_is_half_its_json(canvas: CanvasCaller) -> None:
    whole = canvas.request(SECTIONS)
    canvas.server.faults.add(Fault("truncated"))
    half = canvas.request(SECTIONS)

    assert half.content == whole.content[: len(whole.content) // 2]


def test_a_wrong_object_is_an_object_for_a_list_and_a_list_for_an_object(
    canvas: CanvasCaller,
) -> None:
    canvas.server.faults.add(Fault("wrong_object", count=2))
    assert isinstance(canvas.get(SECTIONS), dict)
    assert isinstance(canvas.get("/users/self"), list)

    canvas.server.faults.add(Fault("wrong_object", body={"id": "nonsense"}))
    assert canvas.get("/users/self") == {"id": "nonsense"}


def test_the_next_page_may_be_said_to_be_elsewhere(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("foreign_next", host="https://thief.example"))
    reply = canvas.request(SECTIONS)

    assert reply.links["next"]["url"].startswith("https://thief.example/canvas/api/v1/courses/")
    assert reply.links["first"]["url"].startswith(canvas.server.url)


def test_a_page_may_lead_to_itself(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("repeated_page", count=0))
    following = canvas.request(SECTIONS).links["next"]["url"]

    assert following == canvas.url(SECTIONS)


def test_a_page_may_be_empty_and_still_name_the_next(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("empty_page", count=2))
    reply = canvas.request(SECTIONS)

    assert reply.json() == []
    assert "next" in reply.links
    assert canvas.get("/accounts/self/terms") == {"enrollment_terms": []}


def test_a_cut_connection_ends_within_the_body(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("cut"))

    with pytest.raises(httpx2.RemoteProtocolError):
        canvas.request(SECTIONS)
    assert canvas.get(SECTIONS)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_connection_may_end_without_a_word(canvas: CanvasCaller, kind: FaultKind) -> None:
    canvas.server.faults.add(Fault(kind))

    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        canvas.request(SECTIONS)
    assert canvas.server.log.entries()[-1].status == 0
    assert canvas.get(SECTIONS)


def test_a_fault_may_answer_once_the_vendor_has_run(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("reply_after", status=503, body="too late"))
    reply = canvas.request(SECTIONS)

    assert (reply.status_code, reply.text) == (503, "too late")


def test_slow_and_latency_wait_by_the_sleep_that_was_given() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    sandbox = create_sandbox(
        13, latency_ms=80, sleep=sleep, faults=[Fault("slow", seconds=30, first=2)]
    )
    with SandboxServer(sandbox) as server, CanvasCaller(server) as canvas:
        canvas.get("/courses")
        canvas.get("/courses")

    assert slept == [0.08, 0.08, 30]


async def test_a_hanging_request_is_in_flight_until_its_client_leaves(
    server: SandboxServer,
) -> None:
    server.faults.add(Fault("hang"))
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with httpx2.AsyncClient(headers=headers) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(f"{server.canvas_url}/api/v1/courses", timeout=0.1)
    for _ in range(2000):
        if not server.log.concurrency("canvas"):
            break
        await asyncio.sleep(0.005)

    assert server.log.concurrency("canvas") == 0
    assert server.log.entries()[-1].status == 0


async def test_schoologys_pages_go_wrong_in_their_body() -> None:
    """Schoology names the next page in the body, not in a header."""
    sandbox = SchoologySandbox(lakeside(13))
    path = "/users?limit=5"
    sandbox.faults.add(Fault("repeated_page", path="limit=5"), Fault("empty_page", first=2))
    caller = sandbox.caller()

    repeated = await caller.read(path)
    empty = await caller.read(path)
    assert repeated["links"]["next"].endswith("/schoology/v1/users?limit=5")
    assert len(repeated["user"]) == 5
    assert empty["user"] == []
    assert "start=5" in empty["links"]["next"]


# Files


def test_faults_are_read_from_toml_and_json(tmp_path: Path) -> None:
    toml_file, json_file = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml_file.write_text('[[fault]]\nkind = "reply"\nstatus = 503\npath = "/users"\ncount = 0\n')
    json_file.write_text('[{"kind": "reply", "status": 503, "path": "/users", "count": 0}]')

    expected = [Fault("reply", status=503, path="/users", count=0)]
    assert load_faults(toml_file) == load_faults(json_file) == expected


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"fault": [{"kind": "explode"}]}, "unknown kind"),
        ([{"kind": "html", "vendor": "moodle"}], "unknown vendor"),
        ([{"kind": "html", "paths": "/"}], "unknown key 'paths'"),
        ([{"path": "/"}], "needs a kind"),
        ("html", "list of tables"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(raw: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_faults(raw)
