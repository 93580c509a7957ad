"""UpstreamClient with the simulators, which check quota, credits and signatures."""

import asyncio
from typing import Any, Literal

import httpx2
import pytest

from lms_gateway.domain.errors import CredentialsRejected, Forbidden, NotFound
from lms_gateway.upstream.client import UpstreamClient
from lms_gateway.upstream.messages import Call
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.upstream.vendor_policy import Policy
from lms_gateway.vendors.canvas.api.credentials import (
    CanvasCredentials,
    OAuth2,
    StaticToken,
    create_signer,
)
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy, QuotaBudget
from lms_gateway.vendors.schoology.api.credentials import OAuth1, OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import SchoologyPolicy
from lms_sandbox.app import CANVAS_PATH, SCHOOLOGY_PATH, Sandbox, create_sandbox
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state import auth
from lms_sandbox.schoology import api_keys
from lms_sandbox.schoology.quirks import SchoologyQuirks
from tests.upstream.vendor import FakeClock, distinct_calls

EPOCH = 1_800_000_000.0
KEY = OAuth1(api_keys.ADMIN_KEY, api_keys.ADMIN_SECRET)
THREE_LEGGED = OAuth1(
    api_keys.ADMIN_KEY, api_keys.ADMIN_SECRET, api_keys.STUDENT_TOKEN, api_keys.STUDENT_TOKEN_SECRET
)
ROOT = "http://127.0.0.1:8001"
COURSES = Call("/api/v1/accounts/self/courses", "/accounts/:id/courses")
WHO = Call("/app-user-info", "/app-user-info")


class SandboxUpstreams:
    """A simulator with the test's clock, and clients of it."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        self.clock = clock
        self.started_at = clock()
        self.sandbox: Sandbox = create_sandbox(4, clock=self.now, sleep=clock.sleep, **options)
        self.transport = HttpxTransport(httpx2.ASGITransport(self.sandbox.app))

    def now(self) -> float:
        return EPOCH + self.clock() - self.started_at

    def canvas(self, credentials: CanvasCredentials, quota: QuotaBudget | None = None) -> UpstreamClient:
        signer = create_signer(
            credentials, base_url=ROOT + CANVAS_PATH, transport=self.transport, clock=self.clock
        )
        return self._stack(CANVAS_PATH, CanvasPolicy(signer, quota or QuotaBudget()))

    def schoology(self, credentials: OAuth1) -> UpstreamClient:
        signer = OAuth1Signer(credentials, now=self.now)
        return self._stack(SCHOOLOGY_PATH, SchoologyPolicy(signer))

    def _stack(self, path: str, policy: Policy) -> UpstreamClient:
        return UpstreamClient(
            tenant="maple",
            base_url=ROOT + path,
            transport=self.transport,
            policy=policy,
            default_timeout=120.0,
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 0.0,
        )

    def statuses(self) -> list[int]:
        return [entry.status for entry in self.sandbox.log.entries()]


@pytest.fixture
async def schools(clock: FakeClock) -> SandboxUpstreams:
    return SandboxUpstreams(clock)


async def test_canvas_accepts_the_token_and_returns_string_ids(schools: SandboxUpstreams) -> None:
    upstream = schools.canvas(StaticToken(auth.ADMIN_TOKEN))
    courses = (await upstream.send(COURSES)).decode()
    assert courses
    assert all(isinstance(course["id"], str) for course in courses)
    assert upstream.budget() is not None


async def test_canvas_errors_of_an_unknown_token_and_an_unknown_course_differ(
    schools: SandboxUpstreams,
) -> None:
    with pytest.raises(CredentialsRejected):
        await schools.canvas(StaticToken("no-such")).send(COURSES)
    with pytest.raises(NotFound):
        await schools.canvas(StaticToken(auth.ADMIN_TOKEN)).send(
            Call("/api/v1/courses/999999999", "/courses/:id")
        )


@pytest.mark.parametrize("status", [403, 401])
async def test_both_canvas_statuses_of_missing_permission_are_forbidden(
    clock: FakeClock, status: Literal[401, 403]
) -> None:
    schools = SandboxUpstreams(clock, canvas_quirks=CanvasQuirks(forbidden_status=status))
    with pytest.raises(Forbidden):
        await schools.canvas(StaticToken(auth.STUDENT_TOKEN)).send(COURSES)


async def test_canvas_tokens_are_renewed_before_they_expire(
    schools: SandboxUpstreams, clock: FakeClock
) -> None:
    upstream = schools.canvas(OAuth2(auth.CLIENT_ID, auth.CLIENT_SECRET, auth.REFRESH_TOKEN))
    for _ in range(5):
        await upstream.send(COURSES)
        clock.now += 1700
    assert 401 not in schools.statuses()


@pytest.mark.parametrize("status", [429, 403])
async def test_a_burst_waits_for_the_canvas_quota(clock: FakeClock, status: Literal[403, 429]) -> None:
    """The bucket has room for one call: a burst is throttled, and every call is answered."""
    quirks = CanvasQuirks(throttled_status=status, high_water=60.0, request_cost=20.0)
    schools = SandboxUpstreams(clock, canvas_quirks=quirks)
    upstream = schools.canvas(StaticToken(auth.ADMIN_TOKEN))
    await asyncio.gather(*map(upstream.send, distinct_calls(COURSES, 8)))
    assert schools.statuses().count(200) == 8


async def test_schoology_accepts_signatures_of_reads_and_of_bodies(
    schools: SandboxUpstreams,
) -> None:
    upstream = schools.schoology(KEY)
    assert (await upstream.send(WHO)).decode()["api_uid"]
    hop = await upstream.send(Call("/users/me", "/users/me"))
    path, _ = upstream.resolve_link(hop.headers["location"])
    multiget = {"request": [f"/v1{path}"] * 2}
    rows = await upstream.send(Call("/multiget", "/multiget", method="POST", json=multiget))
    assert [row["response_code"] for row in rows.decode()["response"]] == [200, 200]


async def test_schoology_accepts_a_three_legged_signature(schools: SandboxUpstreams) -> None:
    mine, theirs = [
        (await schools.schoology(key).send(WHO)).decode()["api_uid"] for key in (KEY, THREE_LEGGED)
    ]
    assert mine != theirs


async def test_schoology_accepts_a_signature_over_parameters(schools: SandboxUpstreams) -> None:
    call = Call("/users", "/users", (("school_uids", "a b,c&d/é+"), ("limit", "5")))
    assert (await schools.schoology(KEY).send(call)).status == 200


async def test_a_wrong_secret_is_rejected_after_two_signatures(schools: SandboxUpstreams) -> None:
    with pytest.raises(CredentialsRejected):
        await schools.schoology(OAuth1(api_keys.ADMIN_KEY, "wrong")).send(WHO)
    assert schools.statuses() == [401, 401]


async def test_a_burst_never_exceeds_the_schoology_limit(schools: SandboxUpstreams, clock: FakeClock) -> None:
    upstream, began = schools.schoology(KEY), clock()
    await asyncio.gather(*map(upstream.send, distinct_calls(WHO, 120)))
    assert schools.statuses() == [200] * 120
    assert schools.sandbox.log.peak_concurrency("schoology") <= 10
    assert clock() - began == pytest.approx(10.0, abs=1.0)


@pytest.mark.parametrize(
    "quirks",
    [
        SchoologyQuirks(),
        SchoologyQuirks(retry_after="milliseconds"),
        SchoologyQuirks(retry_after="absent"),
        SchoologyQuirks(over_limit="html"),
    ],
    ids=["seconds", "milliseconds", "no wait told", "web page"],
)
async def test_two_clients_with_one_key_wait_for_retry_after(
    clock: FakeClock, quirks: SchoologyQuirks
) -> None:
    """A second replica uses the same credits: the vendor throttles, and both wait."""
    schools = SandboxUpstreams(clock, schoology_quirks=quirks)
    stacks = [schools.schoology(KEY) for _ in range(2)]
    await asyncio.gather(*(stack.send(who) for stack in stacks for who in distinct_calls(WHO, 40)))
    statuses = schools.statuses()
    assert len(statuses) > 80  # some were throttled and retried
    assert set(statuses) <= {200, 429}
