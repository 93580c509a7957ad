"""The stack against the sandbox, which keeps its own count of quota, credits and signatures."""

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
    """A sandbox that goes by the test's clock, and stacks that lead to it."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        self.clock = clock
        self.started_at = clock()
        self.sandbox: Sandbox = create_sandbox(4, clock=self.now, sleep=clock.sleep, **options)
        self.transport = HttpxTransport(httpx2.ASGITransport(self.sandbox.app))

    def now(self) -> float:
        return EPOCH + self.clock() - self.started_at

    def canvas(
        self, credentials: CanvasCredentials, quota: QuotaBudget | None = None
    ) -> UpstreamClient:
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


async def test_canvas_takes_the_token_and_gives_string_ids(schools: SandboxUpstreams) -> None:
    upstream = schools.canvas(StaticToken(auth.ADMIN_TOKEN))
    courses = (await upstream.send(COURSES)).decode()
    assert courses
    assert all(isinstance(course["id"], str) for course in courses)
    assert upstream.budget() is not None


async def test_canvas_refuses_an_unknown_token_and_not_an_unknown_course(
    schools: SandboxUpstreams,
) -> None:
    with pytest.raises(CredentialsRejected):
        await schools.canvas(StaticToken("no-such")).send(COURSES)
    with pytest.raises(NotFound):
        await schools.canvas(StaticToken(auth.ADMIN_TOKEN)).send(
            Call("/api/v1/courses/999999999", "/courses/:id")
        )


@pytest.mark.parametrize("status", [403, 401])
async def test_canvas_refuses_permission_in_both_dialects(
    clock: FakeClock, status: Literal[401, 403]
) -> None:
    schools = SandboxUpstreams(clock, canvas_quirks=CanvasQuirks(forbidden_status=status))
    with pytest.raises(Forbidden):
        await schools.canvas(StaticToken(auth.STUDENT_TOKEN)).send(COURSES)


async def test_canvas_tokens_are_renewed_before_the_sandbox_lets_them_expire(
    schools: SandboxUpstreams, clock: FakeClock
) -> None:
    upstream = schools.canvas(OAuth2(auth.CLIENT_ID, auth.CLIENT_SECRET, auth.REFRESH_TOKEN))
    for _ in range(5):
        await upstream.send(COURSES)
        clock.now += 1700
    assert 401 not in schools.statuses()


@pytest.mark.parametrize("status", [429, 403])
async def test_a_full_bucket_at_canvas_is_waited_out(
    clock: FakeClock, status: Literal[403, 429]
) -> None:
    """With room for a single call in its bucket, a burst is throttled, and still answered."""
    habits = CanvasQuirks(throttled_status=status, high_water=60.0, request_cost=20.0)
    schools = SandboxUpstreams(clock, canvas_quirks=habits)
    upstream = schools.canvas(StaticToken(auth.ADMIN_TOKEN))
    await asyncio.gather(*map(upstream.send, distinct_calls(COURSES, 8)))
    assert schools.statuses().count(200) == 8


async def test_schoology_takes_signatures_of_reads_and_of_bodies(schools: SandboxUpstreams) -> None:
    upstream = schools.schoology(KEY)
    assert (await upstream.send(WHO)).decode()["api_uid"]
    hop = await upstream.send(Call("/users/me", "/users/me"))
    path, _ = upstream.resolve_link(hop.headers["location"])
    multiget = {"request": [f"/v1{path}"] * 2}
    rows = await upstream.send(Call("/multiget", "/multiget", method="POST", json=multiget))
    assert [row["response_code"] for row in rows.decode()["response"]] == [200, 200]


async def test_schoology_takes_a_three_legged_signature(schools: SandboxUpstreams) -> None:
    mine, theirs = [
        (await schools.schoology(key).send(WHO)).decode()["api_uid"] for key in (KEY, THREE_LEGGED)
    ]
    assert mine != theirs


async def test_schoology_takes_a_signature_over_parameters(schools: SandboxUpstreams) -> None:
    call = Call("/users", "/users", (("school_uids", "a b,c&d/é+"), ("limit", "5")))
    assert (await schools.schoology(KEY).send(call)).status == 200


async def test_a_wrong_secret_is_rejected_after_two_signatures(schools: SandboxUpstreams) -> None:
    with pytest.raises(CredentialsRejected):
        await schools.schoology(OAuth1(api_keys.ADMIN_KEY, "wrong")).send(WHO)
    assert schools.statuses() == [401, 401]


async def test_a_burst_at_schoology_is_never_refused(
    schools: SandboxUpstreams, clock: FakeClock
) -> None:
    upstream, began = schools.schoology(KEY), clock()
    await asyncio.gather(*map(upstream.send, distinct_calls(WHO, 120)))
    assert schools.statuses() == [200] * 120
    assert schools.sandbox.log.peak_concurrency("schoology") <= 10
    assert clock() - began == pytest.approx(10.0, abs=1.0)


@pytest.mark.parametrize(
    "habits",
    [
        SchoologyQuirks(),
        SchoologyQuirks(retry_after="milliseconds"),
        SchoologyQuirks(retry_after="absent"),
        SchoologyQuirks(over_limit="html"),
    ],
    ids=["seconds", "milliseconds", "no wait told", "web page"],
)
async def test_two_stacks_that_share_a_key_wait_when_told(
    clock: FakeClock, habits: SchoologyQuirks
) -> None:
    """Another replica spends the same credits: the vendor says so, and its wait is kept."""
    schools = SandboxUpstreams(clock, schoology_quirks=habits)
    stacks = [schools.schoology(KEY) for _ in range(2)]
    await asyncio.gather(*(stack.send(who) for stack in stacks for who in distinct_calls(WHO, 40)))
    statuses = schools.statuses()
    assert len(statuses) > 80  # some were refused, and sent again
    assert set(statuses) <= {200, 429}
