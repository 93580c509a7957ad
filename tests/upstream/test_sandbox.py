"""The stack against the sandbox, which keeps its own count of quota, credits and signatures."""

import asyncio

import httpx
import pytest

from lms_gateway.domain.errors import CredentialsRejected, Forbidden, NotFound
from lms_gateway.sandbox.app import CANVAS_PATH, SCHOOLOGY_PATH, Sandbox, create_sandbox
from lms_gateway.sandbox.canvas import tokens
from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.schoology import keys
from lms_gateway.sandbox.schoology.habits import SchoologyHabits
from lms_gateway.upstream.call import Call
from lms_gateway.upstream.policy import Policy
from lms_gateway.upstream.stack import Upstream
from lms_gateway.upstream.transport import HttpxTransport
from lms_gateway.vendors.canvas.credentials import Credentials, OAuth2, Token, signer_for
from lms_gateway.vendors.canvas.policy import CanvasPolicy, Quota
from lms_gateway.vendors.schoology.credentials import OAuth1, OAuth1Signer
from lms_gateway.vendors.schoology.policy import SchoologyPolicy
from tests.upstream.vendor import Clock, different

EPOCH = 1_800_000_000.0
KEY = OAuth1(keys.ADMIN_KEY, keys.ADMIN_SECRET)
THREE_LEGGED = OAuth1(
    keys.ADMIN_KEY, keys.ADMIN_SECRET, keys.STUDENT_TOKEN, keys.STUDENT_TOKEN_SECRET
)
ROOT = "http://127.0.0.1:8001"
COURSES = Call("/api/v1/accounts/self/courses", "/accounts/:id/courses")
WHO = Call("/app-user-info", "/app-user-info")


class Schools:
    """A sandbox that goes by the test's clock, and stacks that lead to it."""

    def __init__(self, clock: Clock, **habits: object) -> None:
        self.clock = clock
        self.began = clock()
        self.sandbox: Sandbox = create_sandbox(4, clock=self.now, sleep=clock.sleep, **habits)
        self.transport = HttpxTransport(httpx.ASGITransport(self.sandbox.app))

    def now(self) -> float:
        return EPOCH + self.clock() - self.began

    def canvas(self, credentials: Credentials, quota: Quota | None = None) -> Upstream:
        signer = signer_for(
            credentials, base_url=ROOT + CANVAS_PATH, transport=self.transport, clock=self.clock
        )
        return self._stack(CANVAS_PATH, CanvasPolicy(signer, quota or Quota()))

    def schoology(self, credentials: OAuth1) -> Upstream:
        signer = OAuth1Signer(credentials, now=self.now)
        return self._stack(SCHOOLOGY_PATH, SchoologyPolicy(signer))

    def _stack(self, path: str, policy: Policy) -> Upstream:
        return Upstream(
            tenant="maple",
            base_url=ROOT + path,
            transport=self.transport,
            policy=policy,
            patience=120.0,
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 0.0,
        )

    def statuses(self) -> list[int]:
        return [entry.status for entry in self.sandbox.log.entries()]


@pytest.fixture
async def schools(clock):
    return Schools(clock)


async def test_canvas_takes_the_token_and_gives_string_ids(schools):
    upstream = schools.canvas(Token(tokens.ADMIN_TOKEN))
    courses = (await upstream.send(COURSES)).decode()
    assert courses
    assert all(isinstance(course["id"], str) for course in courses)
    assert upstream.budget() is not None


async def test_canvas_refuses_an_unknown_token_and_not_an_unknown_course(schools):
    with pytest.raises(CredentialsRejected):
        await schools.canvas(Token("no-such")).send(COURSES)
    with pytest.raises(NotFound):
        await schools.canvas(Token(tokens.ADMIN_TOKEN)).send(
            Call("/api/v1/courses/999999999", "/courses/:id")
        )


@pytest.mark.parametrize("status", [403, 401])
async def test_canvas_refuses_permission_in_both_dialects(clock, status):
    schools = Schools(clock, canvas_habits=CanvasHabits(forbidden_status=status))
    with pytest.raises(Forbidden):
        await schools.canvas(Token(tokens.STUDENT_TOKEN)).send(COURSES)


async def test_canvas_tokens_are_renewed_before_the_sandbox_lets_them_expire(schools, clock):
    upstream = schools.canvas(OAuth2(tokens.CLIENT_ID, tokens.CLIENT_SECRET, tokens.REFRESH_TOKEN))
    for _ in range(5):
        await upstream.send(COURSES)
        clock.now += 1700
    assert 401 not in schools.statuses()


@pytest.mark.parametrize("status", [429, 403])
async def test_a_full_bucket_at_canvas_is_waited_out(clock, status):
    """With room for a single call in its bucket, a burst is throttled, and still answered."""
    habits = CanvasHabits(throttled_status=status, high_water=60.0, cost=20.0)
    schools = Schools(clock, canvas_habits=habits)
    upstream = schools.canvas(Token(tokens.ADMIN_TOKEN))
    await asyncio.gather(*map(upstream.send, different(COURSES, 8)))
    assert schools.statuses().count(200) == 8


async def test_schoology_takes_signatures_of_reads_and_of_bodies(schools):
    upstream = schools.schoology(KEY)
    assert (await upstream.send(WHO)).decode()["api_uid"]
    hop = await upstream.send(Call("/users/me", "/users/me"))
    path, _ = upstream.same_origin(hop.headers["location"])
    multiget = {"request": [f"/v1{path}"] * 2}
    rows = await upstream.send(Call("/multiget", "/multiget", method="POST", json=multiget))
    assert [row["response_code"] for row in rows.decode()["response"]] == [200, 200]


async def test_schoology_takes_a_three_legged_signature(schools):
    mine, theirs = [
        (await schools.schoology(key).send(WHO)).decode()["api_uid"] for key in (KEY, THREE_LEGGED)
    ]
    assert mine != theirs


async def test_schoology_takes_a_signature_over_parameters(schools):
    call = Call("/users", "/users", (("school_uids", "a b,c&d/é+"), ("limit", "5")))
    assert (await schools.schoology(KEY).send(call)).status == 200


async def test_a_wrong_secret_is_rejected_after_two_signatures(schools):
    with pytest.raises(CredentialsRejected):
        await schools.schoology(OAuth1(keys.ADMIN_KEY, "wrong")).send(WHO)
    assert schools.statuses() == [401, 401]


async def test_a_burst_at_schoology_is_never_refused(schools, clock):
    upstream, began = schools.schoology(KEY), clock()
    await asyncio.gather(*map(upstream.send, different(WHO, 120)))
    assert schools.statuses() == [200] * 120
    assert schools.sandbox.log.max_in_flight("schoology") <= 10
    assert clock() - began == pytest.approx(10.0, abs=1.0)


@pytest.mark.parametrize(
    "habits",
    [
        SchoologyHabits(),
        SchoologyHabits(retry_after="milliseconds"),
        SchoologyHabits(retry_after="absent"),
        SchoologyHabits(over_limit="html"),
    ],
    ids=["seconds", "milliseconds", "no wait told", "web page"],
)
async def test_two_stacks_that_share_a_key_wait_when_told(clock, habits):
    """Another replica spends the same credits: the vendor says so, and its wait is kept."""
    schools = Schools(clock, schoology_habits=habits)
    stacks = [schools.schoology(KEY) for _ in range(2)]
    await asyncio.gather(*(stack.send(who) for stack in stacks for who in different(WHO, 40)))
    statuses = schools.statuses()
    assert len(statuses) > 80  # some were refused, and sent again
    assert set(statuses) <= {200, 429}
