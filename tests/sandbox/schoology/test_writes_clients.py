"""Published clients write to Schoology over a real socket, also with faults during a write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schoolopy  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1Session  # type: ignore[import-untyped]
from schoolopy.errors import NoDataError  # type: ignore[import-untyped]

from lms_sandbox.app import create_sandbox
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from lms_sandbox.server import SandboxServer

SECTION = LAKESIDE.sections[3]
SECTIONS = f"courses/{LAKESIDE.course}/sections"
NIGHT = {"title": "Night school", "section_code": "N1", "grading_periods": [LAKESIDE.current_term]}


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxServer]:
    # These tests cover neither the rate limit nor the duration of a copy.
    quirks = SchoologyQuirks(credits_per_window=10_000, copy_delay=0.0)
    with SandboxServer(create_sandbox(13, schoology_quirks=quirks)) as server:
        yield server


@pytest.fixture
def server(shared: SandboxServer) -> SandboxServer:
    shared.reset()
    return shared


@pytest.fixture
def school(server: SandboxServer) -> School:
    return server.sandbox.schoology_school


@pytest.fixture
def client(server: SandboxServer) -> Iterator[schoolopy.Schoology]:
    auth = schoolopy.Auth(ADMIN_KEY, ADMIN_SECRET)
    with auth.oauth:
        yield schoolopy.Schoology(auth, api_host=f"{server.schoology_url}/")


@pytest.fixture
def session() -> Iterator[OAuth1Session]:
    with OAuth1Session(ADMIN_KEY, ADMIN_SECRET) as session:
        session.mount("http://", HTTPAdapter(max_retries=0))
        yield session


@dataclass
class WriteCase:
    """An enrollment for schoolopy, whose own `Enrollment.json` returns Python notation."""

    expected: dict[str, Any]

    def json(self) -> dict[str, Any]:
        return self.expected


def count_night_sections(school: School) -> int:
    return sum(section.name == "Night school" for section in school.sections.values())


def enrollment_states(school: School) -> list[str]:
    return [
        enrollment.state
        for enrollment in school.enrollments_of_section(SECTION)
        if enrollment.user_id == LAKESIDE.student
    ]


# schoolopy


def test_schoolopy_creates_updates_and_deletes_enrollments(
    client: schoolopy.Schoology, school: School
) -> None:
    row = WriteCase({"uid": str(LAKESIDE.student), "admin": "0", "status": "1"})
    made = client.create_section_enrollment(row, SECTION)
    assert (made.uid, made.status) == (str(LAKESIDE.student), 1)

    # A bulk request is correct, but schoolopy parses the wrapping of the rows as a row.
    with pytest.raises(ValueError, match="dictionary update sequence"):
        client.update_section_enrollments([WriteCase({"id": made.id, "status": "5"})], SECTION)
    assert client.get_section_enrollments(SECTION)[-1].status == "5"

    client.delete_section_enrollment(made.id, SECTION)
    assert enrollment_states(school) == ["deleted"]

    with pytest.raises(ValueError, match="dictionary update sequence"):
        client.create_section_enrollments([row], SECTION)
    assert enrollment_states(school) == ["deleted", "active"]


def test_the_notation_of_schoolopy_is_not_a_json_object(client: schoolopy.Schoology) -> None:
    enrollment = schoolopy.Enrollment({"uid": "1", "admin": "0", "status": "1"})
    with pytest.raises(requests.HTTPError) as refused:
        client.create_section_enrollment(enrollment, SECTION)

    assert refused.value.response.status_code == 400


def test_the_verbs_of_schoolopy_write_sections_and_courses(
    client: schoolopy.Schoology, school: School
) -> None:
    """schoolopy has no methods for these; its PUT requires a body, and a 204 has none."""
    course = client._post("courses", {"title": "Robotics", "course_code": "ROB-1"})
    section = client._post(f"courses/{course['id']}/sections", NIGHT)
    with pytest.raises(NoDataError):
        client._put(f"sections/{section['id']}", {"title": "Day school"})
    renamed = client.get_section(section["id"]).section_title
    client._delete(f"sections/{section['id']}")
    client._delete(f"courses/{course['id']}")

    assert renamed == "Day school"
    assert school.sections[int(section["id"])].state == "deleted"
    assert school.courses[course["id"]].state == "deleted"


# requests_oauthlib


def test_requests_oauthlib_writes_what_schoolopy_does_not_support(
    server: SandboxServer, session: OAuth1Session
) -> None:
    base = server.schoology_url
    made = session.post(f"{base}/{SECTIONS}", json=NIGHT).json()
    rows = {"sections": {"section": [NIGHT | {"location": "Lab"}, NIGHT | {"section_code": "N2"}]}}
    many = session.post(f"{base}/{SECTIONS}", params={"update_existing": 1}, json=rows)
    order = {
        "source_section_id": made["id"],
        "title": "Copied",
        "section_school_code": "COPY",
        "course_code": "BIO-101",
        "grading_periods": [LAKESIDE.current_term],
    }
    copied = session.post(f"{base}/sections/copy", json={"sections": {"section": [order]}})
    matches = session.get(f"{base}/sections", params={"section_school_codes": "COPY"}).json()
    read = session.get(f"{base}/sections/{made['id']}").json()
    deleted = session.delete(f"{base}/sections", params={"section_ids": made["id"]})

    assert (many.status_code, copied.status_code, deleted.status_code) == (207, 200, 207)
    assert [row["response_code"] for row in many.json()["section"]] == [200, 200]
    assert "id" not in copied.json()["section"][0]
    assert [entry["section_title"] for entry in matches["section"]] == ["Copied"]
    assert read["location"] == "Lab"
    assert session.get(f"{base}/sections/{made['id']}").status_code == 404
    written = [entry for entry in server.log.entries() if entry.method != "GET"]
    assert {entry.credits for entry in written} == {3}


# Faults during a write


@pytest.mark.parametrize(
    ("fault", "created"),
    [
        (Fault("cut_before"), 0),
        (Fault("cut_after"), 1),
        (Fault("cut"), 1),
        (Fault("hang"), 0),
        (Fault("hang_after"), 1),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_a_write_without_a_response_may_have_been_processed(
    server: SandboxServer, session: OAuth1Session, school: School, fault: Fault, created: int
) -> None:
    server.faults.add(fault)
    with pytest.raises(requests.RequestException):
        session.post(f"{server.schoology_url}/{SECTIONS}", json=NIGHT, timeout=0.5)

    assert count_night_sections(school) == created


@pytest.mark.parametrize(
    ("fault", "status", "created"),
    [
        (Fault("reply", status=429, headers={"Retry-After": "1"}), 429, 0),
        (Fault("reply", status=500), 500, 0),
        (Fault("reply_after", status=500), 500, 1),
        (Fault("reply_after", status=429), 429, 1),
        (Fault("truncated"), 201, 1),
    ],
)
def test_a_write_with_an_invalid_response_may_have_been_processed(
    server: SandboxServer,
    session: OAuth1Session,
    school: School,
    fault: Fault,
    status: int,
    created: int,
) -> None:
    server.faults.add(fault)
    reply = session.post(f"{server.schoology_url}/{SECTIONS}", json=NIGHT)

    assert (reply.status_code, count_night_sections(school)) == (status, created)


def _delete(session: OAuth1Session, base: str) -> requests.Response:
    reply: requests.Response = session.delete(f"{base}/sections/{SECTION}", timeout=5)
    return reply


def _put(session: OAuth1Session, base: str) -> requests.Response:
    body = {"location": "X"}
    reply: requests.Response = session.put(f"{base}/sections/{SECTION}", json=body, timeout=5)
    return reply


@pytest.mark.parametrize("call", [_delete, _put])
def test_a_response_without_a_body_can_be_aborted(
    server: SandboxServer,
    session: OAuth1Session,
    school: School,
    call: Callable[[OAuth1Session, str], requests.Response],
) -> None:
    server.faults.add(Fault("cut"))
    with pytest.raises(requests.ConnectionError):
        call(session, server.schoology_url)

    section = school.sections[SECTION]
    assert section.state == "deleted" or section.location == "X"


def test_reset_undoes_writes(server: SandboxServer, session: OAuth1Session) -> None:
    first = session.post(f"{server.schoology_url}/{SECTIONS}", json=NIGHT)
    duplicate = session.post(f"{server.schoology_url}/{SECTIONS}", json=NIGHT)
    server.reset()
    again = session.post(f"{server.schoology_url}/{SECTIONS}", json=NIGHT)

    assert [reply.status_code for reply in (first, duplicate, again)] == [201, 400, 201]
    assert again.json()["id"] == first.json()["id"]
