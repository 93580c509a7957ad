"""The library `canvasapi`, unmodified, reads the simulator over a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import canvasapi  # type: ignore[import-untyped]
import pytest
from canvasapi.exceptions import (  # type: ignore[import-untyped]
    Forbidden,
    InvalidAccessToken,
    RateLimitExceeded,
    ResourceDoesNotExist,
)

from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from lms_sandbox.server import SandboxServer

# canvasapi warns about http; the simulator listens on the loopback interface.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Any]:
    with open_client(server, ADMIN_TOKEN) as client:
        yield client


@contextmanager
def open_client(server: SandboxServer, token: str) -> Iterator[Any]:
    """Yield a client and close its connections, which canvasapi does not do itself."""
    client = canvasapi.Canvas(server.canvas_url, token)
    yield client
    client._Canvas__requester._session.close()


def test_lists_courses_users_sub_accounts_and_terms(client: Any, server: SandboxServer) -> None:
    school = server.sandbox.canvas_school
    account = client.get_account(MAPLE.root)

    courses = {course.id for course in account.get_courses(include=["term"], per_page=7)}
    assert courses == {course_id for course_id, record in school.courses.items() if record.state != "deleted"}
    users = list(account.get_users(per_page=50))
    assert len(users) == len(school.users) - 1  # no test student
    assert len(list(account.get_subaccounts(recursive=True))) == 3
    terms = {term.name for term in account.get_enrollment_terms()}
    assert terms == {term.name for term in school.terms.values()}
    assert [record.id for record in client.get_accounts()] == [MAPLE.root]
    assert account.get_enrollment_term(MAPLE.current_term).name == "Autumn 2026"


def test_reads_sections_and_people_of_a_course(client: Any, server: SandboxServer) -> None:
    school = server.sandbox.canvas_school
    course = client.get_course("BIO-101", use_sis_id=True, include=["total_students"])
    sections = list(course.get_sections(include=["students", "total_students"], per_page=3))

    assert course.id == MAPLE.course
    assert [record.id for record in sections] == list(MAPLE.sections)
    assert sections[3].students is None
    for section in sections:
        assert section.total_students == school.count_students(section.id)
    listed = list(sections[0].get_enrollments(per_page=4))
    assert len({record.id for record in listed}) == len(listed) > 10
    people = {user.id for user in course.get_users(enrollment_type=["student"], per_page=9)}
    assert len(people) == course.total_students
    assert len(list(course.get_enrollments(per_page=10))) > len(people)


def test_reads_single_objects(client: Any) -> None:
    assert client.get_section(MAPLE.sections[0]).name == "Section 01"
    assert client.get_user(MAPLE.student).name
    assert client.get_user("P000003", "sis_user_id").id == MAPLE.student
    assert client.get_user(MAPLE.student).get_profile()["id"] == MAPLE.student
    assert client.get_current_user().id == MAPLE.admin
    assert len(list(client.get_user(MAPLE.student).get_enrollments())) > 3
    assert len(list(client.get_user(MAPLE.student).get_courses())) > 3


def test_lists_the_courses_of_a_teacher(server: SandboxServer) -> None:
    with open_client(server, TEACHER_TOKEN) as client:
        courses = {course.id for course in client.get_courses()}

    assert courses == {MAPLE.course, MAPLE.host_course, MAPLE.original_course}


def test_distinguishes_errors(server: SandboxServer, client: Any) -> None:
    with pytest.raises(ResourceDoesNotExist):
        client.get_section(7)
    for token, error, status in (
        ("unknown", InvalidAccessToken, None),
        (STUDENT_TOKEN, Forbidden, None),
        (ADMIN_TOKEN, RateLimitExceeded, 429),
    ):
        if status is not None:
            server.faults.add(
                Fault("reply", status=status, body="429 Too Many Requests (Rate Limit Exceeded)\n")
            )
        with open_client(server, token) as other, pytest.raises(error):
            list(other.get_account(1).get_courses())
