"""Policies of both vendors: errors of replies, and rate budgets."""

import pytest

from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    LmsError,
    NotFound,
    RateLimited,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.upstream.errors import ConnectionInterrupted
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import Policy
from lms_gateway.vendors.canvas.api.credentials import BearerSigner
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy, QuotaBudget
from lms_gateway.vendors.schoology.api.credentials import OAuth1, OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import CreditBudget, SchoologyPolicy

CANVAS = CanvasPolicy(BearerSigner("t"))
SCHOOLOGY = SchoologyPolicy(OAuth1Signer(OAuth1("k", "s")))
READ = Call("/courses/987654", "/courses/:id")
WRITE = Call("/courses/987654", "/courses/:id", method="PUT", json={}, safe=False)
MULTIGET = Call("/multiget", "/multiget", method="POST", json={})

JSON = b'{"errors":[{"message":"private words"}]}'
HTML = b"\n<!DOCTYPE html><title>private words</title>"
BEARER = {"www-authenticate": 'Bearer realm="canvas-lms"'}

EVERYWHERE = [
    (Reply(400, {}, JSON), BadInput),
    (Reply(404, {}, JSON), NotFound),
    (Reply(404, {}, HTML), NotFound),
    (Reply(404), NotFound),
    (Reply(403), Forbidden),
    (Reply(422, {}, JSON), BadInput),
    (Reply(429, {}, b"private words"), RateLimited),
    (Reply(500, {}, JSON), UpstreamUnavailable),
    (Reply(502, {}, HTML), ConnectionInterrupted),
    (Reply(503), ConnectionInterrupted),
    (Reply(504, {}, b"private words"), ConnectionInterrupted),
    (Reply(302, {"location": "https://evil.example"}), UpstreamInvalid),
    (Reply(405), UpstreamInvalid),
    (Reply(415, {}, b"private words"), UpstreamInvalid),
    (Reply(200), UpstreamInvalid),
    (Reply(204), UpstreamInvalid),
    (Reply(200, {}, b"  \n"), UpstreamInvalid),
    (Reply(200, {}, HTML), UpstreamInvalid),
    (Reply(200, {}, b"[]"), None),
    (Reply(207, {}, b"{}"), None),
]
CANVAS_ALONE = [
    (Reply(401, BEARER, JSON), CredentialsRejected),
    (Reply(401, {}, JSON), Forbidden),
    (Reply(403, {}, JSON), Forbidden),
    (Reply(403, {}, b"403 Forbidden (Rate Limit Exceeded)\n"), RateLimited),
    (Reply(429, {}, b"429 Too Many Requests (Rate Limit Exceeded)\n"), RateLimited),
    (Reply(303, {"location": "/login"}), UpstreamInvalid),
]
SCHOOLOGY_ALONE = [
    (Reply(401), CredentialsRejected),
    (Reply(401, {}, b"Duplicate timestamp/nonce combination"), CredentialsRejected),
    (Reply(410), NotFound),
    (Reply(303, {"location": "/v1/users/1"}), None),
    (Reply(200, {}, HTML + b"You have reached Schoology's Web App request limit"), RateLimited),
    (Reply(200, {}, b'{"title": "Reach the request limit"}'), None),
]


@pytest.mark.parametrize(
    ("policy", "reply", "meaning"),
    [
        *((policy, *row) for policy in (CANVAS, SCHOOLOGY) for row in EVERYWHERE),
        *((CANVAS, *row) for row in CANVAS_ALONE),
        *((SCHOOLOGY, *row) for row in SCHOOLOGY_ALONE),
    ],
    ids=lambda value: value.vendor if hasattr(value, "vendor") else None,
)
def test_replies_are_mapped_to_errors(policy: Policy, reply: Reply, meaning: type[LmsError] | None) -> None:
    refusal = policy.refusal(READ, reply)
    assert type(refusal) is (meaning or type(None))
    if isinstance(refusal, LmsError):
        assert not any(word in refusal.message for word in ("private", "987654", "evil"))


@pytest.mark.parametrize("policy", [CANVAS, SCHOOLOGY], ids=["canvas", "schoology"])
def test_a_write_may_have_an_empty_reply(policy: Policy) -> None:
    assert policy.refusal(WRITE, Reply(204)) is None
    assert policy.refusal(WRITE, Reply(201)) is None


@pytest.mark.parametrize(
    ("policy", "header", "wait"),
    [
        (SCHOOLOGY, "3", 3.0),
        (SCHOOLOGY, "0.5", 0.5),
        (SCHOOLOGY, "4500", 4.5),
        (SCHOOLOGY, None, 5.0),
        (SCHOOLOGY, "soon", 5.0),
        (SCHOOLOGY, "inf", 5.0),
        (SCHOOLOGY, "-1", 0.0),
        (CANVAS, "7", 7.0),
        (CANVAS, None, 2.0),
    ],
)
def test_a_throttled_reply_has_its_retry_after_or_the_vendors_default(
    policy: Policy, header: str | None, wait: float
) -> None:
    refusal = policy.refusal(READ, Reply(429, {} if header is None else {"retry-after": header}))
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after == wait


def test_a_schoology_call_costs_one_credit_or_three_for_a_write() -> None:
    assert [SCHOOLOGY.cost(call) for call in (READ, WRITE, MULTIGET)] == [1, 3, 3]


def remaining(value: str) -> Reply:
    return Reply(200, {"x-rate-limit-remaining": value})


@pytest.mark.parametrize(
    ("left", "others", "seats"),
    [
        ("599.8", 0, 10),
        ("149.9", 9, 10),  # nine hold their reserve, room for two more: ten are enough
        ("130.0", 3, 5),
        ("49.9", 3, 3),
        ("0.0", 0, 1),
        ("-12.5", 0, 1),
        ("garbage", 0, 10),
        ("nan", 0, 10),
    ],
)
def test_canvas_concurrency_depends_on_the_remaining_quota(left: str, others: int, seats: int) -> None:
    quota = QuotaBudget(max_concurrency=10)
    quota.released(1, 100.0, others, remaining(left))
    assert quota.max_concurrency(100.0) == seats


def test_the_canvas_quota_refills_with_time() -> None:
    quota = QuotaBudget(max_concurrency=10)
    quota.released(1, 100.0, 0, remaining("0.0"))
    assert [quota.max_concurrency(100.0 + wait) for wait in (0, 9.9, 10, 20, 60)] == [
        1,
        1,
        2,
        4,
        10,
    ]


def test_the_canvas_quota_is_unknown_before_the_first_reply() -> None:
    quota = QuotaBudget()
    assert quota.remaining(0.0) is None
    quota.released(1, 0.0, 0, remaining("412.5"))
    quota.released(1, 1.0, 0, Reply(200))
    quota.released(1, 2.0, 0, None)
    assert quota.remaining(2.0) == 412.5


def test_schoology_credits_return_five_seconds_after_a_call_ended() -> None:
    credits = CreditBudget(max_credits=50)
    for _ in range(16):
        credits.acquired(3, 0.0)
        credits.released(3, 0.5, 0, None)
    credits.acquired(1, 1.0)

    assert credits.remaining(1.0) == 1
    assert (credits.delay(1, 1.0), credits.delay(3, 1.0)) == (0.0, 4.5)
    assert credits.remaining(5.5) == 49
    credits.released(1, 9.0, 0, None)
    assert (credits.remaining(13.9), credits.remaining(14.0)) == (49, 50)


def test_no_window_of_schoology_exceeds_its_credits() -> None:
    """With any reply time, and any start of the window."""
    credits, now, sent = CreditBudget(max_credits=50), 0.0, []
    for number in range(200):
        cost = 3 if number % 4 == 0 else 1
        now += credits.delay(cost, now)
        credits.acquired(cost, now)
        arrived = now + (number % 7) / 10
        sent.append((arrived, cost))
        now += 0.01
        credits.released(cost, arrived, 0, None)

    for start, _ in sent:
        assert sum(cost for at, cost in sent if start <= at < start + 5.0) <= 50
