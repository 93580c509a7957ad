"""Scripted faults over a real socket, and their files."""

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


def test_a_fault_applies_from_the_nth_match_as_often_as_configured(canvas: CanvasCaller) -> None:
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
def test_a_fault_replaces_the_response(
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


def test_a_truncated_response_is_half_of_its_json(canvas: CanvasCaller) -> None:
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


def test_the_next_link_may_name_another_host(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("foreign_next", host="https://thief.example"))
    reply = canvas.request(SECTIONS)

    assert reply.links["next"]["url"].startswith("https://thief.example/canvas/api/v1/courses/")
    assert reply.links["first"]["url"].startswith(canvas.server.url)


def test_the_next_link_may_name_the_same_page(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("repeated_page", count=0))
    following = canvas.request(SECTIONS).links["next"]["url"]

    assert following == canvas.url(SECTIONS)


def test_an_empty_page_may_have_a_next_link(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("empty_page", count=2))
    reply = canvas.request(SECTIONS)

    assert reply.json() == []
    assert "next" in reply.links
    assert canvas.get("/accounts/self/terms") == {"enrollment_terms": []}


def test_a_connection_may_be_closed_within_the_body(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("cut"))

    with pytest.raises(httpx2.RemoteProtocolError):
        canvas.request(SECTIONS)
    assert canvas.get(SECTIONS)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_connection_may_be_closed_without_a_response(canvas: CanvasCaller, kind: FaultKind) -> None:
    canvas.server.faults.add(Fault(kind))

    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        canvas.request(SECTIONS)
    assert canvas.server.log.entries()[-1].status == 0
    assert canvas.get(SECTIONS)


def test_a_fault_may_apply_after_the_request_was_processed(canvas: CanvasCaller) -> None:
    canvas.server.faults.add(Fault("reply_after", status=503, body="too late"))
    reply = canvas.request(SECTIONS)

    assert (reply.status_code, reply.text) == (503, "too late")


def test_slow_and_latency_use_the_given_sleep() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    sandbox = create_sandbox(13, latency_ms=80, sleep=sleep, faults=[Fault("slow", seconds=30, first=2)])
    with SandboxServer(sandbox) as server, CanvasCaller(server) as canvas:
        canvas.get("/courses")
        canvas.get("/courses")

    assert slept == [0.08, 0.08, 30]


async def test_a_hanging_request_counts_as_concurrent_until_its_client_disconnects(
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


async def test_faults_of_pages_apply_to_the_body_at_schoology() -> None:
    """The next link of Schoology is in the body, not in a header."""
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


def test_faults_are_loaded_from_toml_and_json(tmp_path: Path) -> None:
    toml_file, json_file = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml_file.write_text('[[fault]]\nkind = "reply"\nstatus = 503\npath = "/users"\ncount = 0\n')
    json_file.write_text('[{"kind": "reply", "status": 503, "path": "/users", "count": 0}]')

    expected = [Fault("reply", status=503, path="/users", count=0)]
    assert load_faults(toml_file) == load_faults(json_file) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"fault": [{"kind": "explode"}]}, "unknown kind"),
        ([{"kind": "html", "vendor": "moodle"}], "unknown vendor"),
        ([{"kind": "html", "paths": "/"}], "unknown key 'paths'"),
        ([{"path": "/"}], "needs a kind"),
        ("html", "list of tables"),
    ],
)
def test_invalid_faults_are_rejected(raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_faults(raw)
