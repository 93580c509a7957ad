"""Published Schoology clients, unmodified, over a real socket.

`schoolopy` knows one host only; a transport adapter on its session reaches the sandbox instead.
It signs the address of the real host.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schoolopy  # type: ignore[import-untyped]
import uvicorn
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1Session  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.routing import Mount

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.faults import Faults
from lms_sandbox.request_log import RequestLog
from lms_sandbox.schoology import SchoologyQuirks, build
from lms_sandbox.schoology.api_keys import (
    ADMIN_KEY,
    ADMIN_SECRET,
    STUDENT_TOKEN,
    STUDENT_TOKEN_SECRET,
)
from lms_sandbox.schoology.oauth import REPLAYED
from lms_sandbox.schoology.quirks import PUBLIC_BASE

SECTION = LAKESIDE.sections[0]


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(60)


@pytest.fixture(scope="module")
def address(school: School) -> Iterator[str]:
    """The address of a simulator."""
    # These tests do not cover the rate limit.
    quirks = SchoologyQuirks(credits_per_window=10_000)
    app = build(school, log=RequestLog(), faults=Faults(), quirks=quirks)
    mounted = Starlette(routes=[Mount("/schoology/v1", app)])
    server = uvicorn.Server(
        uvicorn.Config(mounted, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/schoology/v1"
    server.should_exit = True
    thread.join(10)


class SandboxAdapter(HTTPAdapter):
    """Sends requests for the real host to the simulator."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        signed_url = request.url or ""
        request.url = signed_url.replace(PUBLIC_BASE, self._address)
        try:
            answer = super().send(request, *args, **options)
        finally:
            request.url = signed_url
        answer.url = signed_url
        return answer


@pytest.fixture
def client(address: str) -> Iterator[schoolopy.Schoology]:
    auth = schoolopy.Auth(ADMIN_KEY, ADMIN_SECRET)
    auth.oauth.mount("https://", SandboxAdapter(address))
    with auth.oauth:
        yield schoolopy.Schoology(auth)


def test_schoolopy_lists_courses_sections_users_and_enrollments(
    client: schoolopy.Schoology, school: School
) -> None:
    client.limit = 200

    courses = client.get_courses()
    sections = client.get_course_sections(LAKESIDE.course)
    users = client.get_users()
    enrollments = client.get_section_enrollments(SECTION)

    assert {one.id for one in courses} == {
        one.id for one in school.courses.values() if one.state != "deleted"
    }
    assert [one.id for one in sections] == [str(one) for one in LAKESIDE.sections]
    assert len(users) == min(200, len(school.users))
    assert str(LAKESIDE.student) in {one.uid for one in enrollments}
    assert {one.admin for one in enrollments} == {0, 1}


def test_schoolopy_reads_single_objects(client: schoolopy.Schoology) -> None:
    assert client.get_course(LAKESIDE.course).title == "Introduction to Biology"
    assert client.get_section(SECTION).course_id == str(LAKESIDE.course)
    assert client.get_user(LAKESIDE.student).name_first_preferred == "Sunny"
    assert client.get_school(LAKESIDE.root).title == "Lakeside High"
    assert {one.language_code for one in client.get_languages()} >= {"en", "es"}


def test_schoolopy_signs_the_redirect_to_its_user_again(client: schoolopy.Schoology) -> None:
    """The session signs each redirect; then the client reads the sections of its user id."""
    assert client.get_me().uid == str(LAKESIDE.admin)
    assert client.get_self_user_info().api_uid == LAKESIDE.admin
    assert client.get_sections() == []
    assert client.get_user_sections(LAKESIDE.student)


def test_schoolopy_with_a_wrong_secret_is_rejected(address: str) -> None:
    auth = schoolopy.Auth(ADMIN_KEY, "wrong")
    auth.oauth.mount("https://", SandboxAdapter(address))
    with auth.oauth, pytest.raises(requests.HTTPError) as refused:
        schoolopy.Schoology(auth).get_courses()

    assert refused.value.response.status_code == 401
    assert refused.value.response.text == REPLAYED


@pytest.mark.parametrize("method", ["HMAC-SHA1", "PLAINTEXT"])
def test_requests_oauthlib_signs_for_the_address_of_the_simulator(address: str, method: str) -> None:
    with OAuth1Session(ADMIN_KEY, ADMIN_SECRET, signature_method=method) as session:
        page = session.get(f"{address}/users", params={"role_ids": "1214,1213", "limit": "7"})
        following = session.get(page.json()["links"]["next"])
        many = session.post(f"{address}/multiget", json={"request": [f"/v1/sections/{SECTION}"] * 2})
        me = session.get(f"{address}/users/me")

    assert (page.status_code, len(page.json()["user"])) == (200, 7)
    assert following.json()["links"]["self"].endswith("start=7&limit=7")
    assert many.status_code == 207
    assert [row["body"]["id"] for row in many.json()["response"]] == [str(SECTION)] * 2
    assert me.json()["uid"] == str(LAKESIDE.admin)


def test_requests_oauthlib_signs_with_an_access_token(address: str) -> None:
    with OAuth1Session(ADMIN_KEY, ADMIN_SECRET, STUDENT_TOKEN, STUDENT_TOKEN_SECRET) as session:
        reply = session.get(f"{address}/app-user-info")

    assert reply.json()["api_uid"] == LAKESIDE.student


def test_a_form_signed_with_its_body_is_rejected(address: str) -> None:
    """OAuth 1 signs only form bodies, and Schoology does not accept this content type."""
    with OAuth1Session(ADMIN_KEY, ADMIN_SECRET) as session:
        reply = session.post(f"{address}/multiget", data={"request": "/v1/users/1"})

    assert reply.status_code == 401


def test_a_code_with_special_characters_is_signed_and_found(address: str) -> None:
    with OAuth1Session(ADMIN_KEY, ADMIN_SECRET) as session:
        reply = session.get(f"{address}/users/ext/u%2F8%20%3F50%25%2Cb.json", allow_redirects=False)

    assert reply.status_code == 303
    assert reply.headers["location"] == f"{address}/users/{LAKESIDE.awkward_user}"
