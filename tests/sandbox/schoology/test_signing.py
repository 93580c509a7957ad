"""Authentication at Schoology: OAuth 1.0a, nonces, timestamps, and the user of a key."""

from typing import Literal

import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_PLAINTEXT

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import (
    STAFF_KEY,
    STAFF_SECRET,
    STUDENT_TOKEN,
    STUDENT_TOKEN_SECRET,
)
from lms_sandbox.schoology.oauth import REPLAYED
from lms_sandbox.schoology.quirks import PUBLIC_BASE
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

ROLES = f"{SANDBOX_BASE}/roles"


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(20)


@pytest.fixture
def sandbox(school: School) -> SchoologySandbox:
    return SchoologySandbox(school)


@pytest.fixture
def caller(sandbox: SchoologySandbox) -> SchoologyCaller:
    return sandbox.caller()


@pytest.mark.parametrize("method", [SIGNATURE_HMAC_SHA1, SIGNATURE_PLAINTEXT])
async def test_a_signature_of_either_method_is_accepted(caller: SchoologyCaller, method: str) -> None:
    reply = await caller.with_options(method=method).get("/roles?limit=20")

    assert reply.status_code == 200
    assert reply.headers["x-schoology"] == "API"
    assert reply.headers["x-schoology-env"] == "deploy"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["etag"]


@pytest.mark.parametrize("realm", ["Schoology API", "", None])
async def test_any_realm_or_none_is_accepted(caller: SchoologyCaller, realm: str | None) -> None:
    header = caller.sign("GET", ROLES, realm=realm)

    assert (await caller.get("/roles", header=header)).status_code == 200


@pytest.mark.parametrize("realm", ["Schoology API", "Schoology%20API", ""])
@pytest.mark.parametrize("separator", [",", ", "])
@pytest.mark.parametrize("token", ['oauth_token="",', ""])
@pytest.mark.parametrize("signature", ["{secret}%26", "{secret}&"])
async def test_a_header_written_by_hand_is_accepted(
    caller: SchoologyCaller, realm: str, separator: str, token: str, signature: str
) -> None:
    """The documented order of parameters, and variants that clients send."""
    header = (
        f'OAuth realm="{realm}",oauth_consumer_key="{caller.key}",{token}oauth_nonce="abc",'
        f'oauth_timestamp="{int(caller.sandbox.clock())}",oauth_signature_method="PLAINTEXT",'
        f'oauth_version="1.0",oauth_signature="{signature.format(secret=caller.secret)}"'
    ).replace(",", separator)

    assert (await caller.get("/roles", header=header)).status_code == 200


@pytest.mark.parametrize("path", ["/users/ext/u%2F8%20%3F50%25%2Cb.json", "/users?role_ids=1%2C2"])
async def test_a_path_is_signed_as_sent(caller: SchoologyCaller, path: str) -> None:
    assert (await caller.get(path)).status_code in {200, 303}


async def test_a_repeated_parameter_is_signed_twice(caller: SchoologyCaller) -> None:
    assert (await caller.get("/users?limit=3&limit=2")).json()["total"]


async def test_a_body_never_enters_the_signature(caller: SchoologyCaller) -> None:
    rows = await caller.multiget("/v1/users/1")

    assert rows[0]["response_code"] == 404


@pytest.mark.parametrize(
    "options",
    [
        {"key": "nobody"},
        {"secret": "wrong"},
        {"secret": "wrong", "method": SIGNATURE_PLAINTEXT},
        {"token": "no-such-token", "token_secret": "x"},
        {"token": STUDENT_TOKEN, "token_secret": "wrong"},
    ],
    ids=str,
)
async def test_header_errors_are_reported_as_replays(
    caller: SchoologyCaller, options: dict[str, str]
) -> None:
    reply = await caller.with_options(**options).get("/roles")

    assert (reply.status_code, reply.text) == (401, REPLAYED)
    assert reply.headers["content-type"] == "text/xml; charset=UTF-8"


def test_the_replay_message_has_two_spaces() -> None:
    assert REPLAYED == ("Duplicate timestamp/nonce combination, possible replay attack.  Request rejected.")


@pytest.mark.parametrize("header", ["", "Bearer abc", "OAuth", "OAuth oauth_nonce", 'OAuth a="'])
async def test_a_malformed_header_is_rejected(caller: SchoologyCaller, header: str) -> None:
    assert (await caller.get("/roles", header=header)).status_code == 401


async def test_a_signature_for_another_path_method_or_host_is_rejected(
    caller: SchoologyCaller,
) -> None:
    for method, url in (
        ("GET", f"{SANDBOX_BASE}/schools"),
        ("POST", ROLES),
        ("GET", "http://elsewhere.test/v1/roles"),
        ("GET", f"{ROLES}?start=1"),
    ):
        header = caller.sign(method, url)
        assert (await caller.get("/roles", header=header)).status_code == 401, (method, url)


async def test_the_body_of_a_rejection_can_be_empty(school: School) -> None:
    sandbox = SchoologySandbox(school, SchoologyQuirks(misleading_401=False))

    reply = await sandbox.caller(secret="wrong").get("/roles")

    assert (reply.status_code, reply.text) == (401, "")


async def test_a_nonce_is_valid_once(caller: SchoologyCaller) -> None:
    header = caller.sign("GET", ROLES)

    replies = [
        await caller.with_options(waits_for_credits=False).get("/roles", header=header) for _ in range(2)
    ]

    assert [reply.status_code for reply in replies] == [200, 401]
    assert replies[1].text == REPLAYED


async def test_a_nonce_is_valid_once_per_second_and_key(caller: SchoologyCaller) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)
    now = int(caller.sandbox.clock())
    for user, timestamp in ((caller, now), (caller, now + 1), (staff, now)):
        header = user.sign("GET", ROLES, nonce="same", timestamp=str(timestamp))
        assert (await user.get("/roles", header=header)).status_code == 200


async def test_a_nonce_is_remembered_while_its_timestamp_is_valid(
    caller: SchoologyCaller,
) -> None:
    ahead = str(int(caller.sandbox.clock()) + 590)
    header = caller.sign("GET", ROLES, timestamp=ahead)
    assert (await caller.get("/roles", header=header)).status_code == 200

    caller.sandbox.clock.now += 1150

    assert (await caller.get("/roles", header=header)).status_code == 401


@pytest.mark.parametrize(("off", "status"), [(-590, 200), (590, 200), (-700, 401), (700, 401)])
async def test_a_timestamp_may_be_ten_minutes_off(caller: SchoologyCaller, off: int, status: int) -> None:
    header = caller.sign("GET", ROLES, timestamp=str(int(caller.sandbox.clock()) + off))

    reply = await caller.with_options(waits_for_credits=False).get("/roles", header=header)

    assert reply.status_code == status


@pytest.mark.parametrize(("rule", "status"), [("window", 200), ("in_order", 401)])
async def test_a_timestamp_before_the_latest_one_may_be_rejected(
    school: School, rule: Literal["window", "in_order"], status: int
) -> None:
    quirks = SchoologyQuirks(timestamps=rule)
    caller = SchoologySandbox(school, quirks).caller(waits_for_credits=False)
    now = int(caller.sandbox.clock())
    replies = [
        await caller.get("/roles", header=caller.sign("GET", ROLES, timestamp=str(timestamp)))
        for timestamp in (now, now - 1)
    ]

    assert [reply.status_code for reply in replies] == [200, status]


@pytest.mark.parametrize("timestamp", ["", "soon", "-5", "1.5", "9" * 30])
async def test_a_malformed_timestamp_is_rejected(caller: SchoologyCaller, timestamp: str) -> None:
    header = caller.sign("GET", ROLES, timestamp=timestamp or "x")

    assert (await caller.get("/roles", header=header)).status_code == 401


async def test_links_begin_with_the_signed_address(caller: SchoologyCaller) -> None:
    """A client with an adapter signs the address of the real host."""
    public_caller = caller.with_options(base=PUBLIC_BASE)

    assert (await public_caller.read("/users"))["links"]["next"].startswith(f"{PUBLIC_BASE}/users?")
    assert (await caller.read("/users"))["links"]["next"].startswith(f"{SANDBOX_BASE}/users?")


async def test_plaintext_names_its_address_in_the_host_header(caller: SchoologyCaller) -> None:
    plain = caller.with_options(method=SIGNATURE_PLAINTEXT)

    reply = await plain.get("/users", headers={"Host": "api.schoology.com"})

    assert reply.json()["links"]["self"].startswith(PUBLIC_BASE)
    assert (await plain.read("/users"))["links"]["self"].startswith(SANDBOX_BASE)


async def test_an_access_token_acts_as_its_user(caller: SchoologyCaller) -> None:
    """Three-legged: an app of an administrator, a token of a student."""
    theirs = caller.with_options(token=STUDENT_TOKEN, token_secret=STUDENT_TOKEN_SECRET)

    assert (await theirs.read("/app-user-info"))["api_uid"] == LAKESIDE.student
    assert (await theirs.get("/users")).status_code == 403


async def test_an_administrator_may_impersonate_a_user(caller: SchoologyCaller) -> None:
    teacher = caller.with_options(headers={"X-Schoology-Run-As": str(LAKESIDE.teacher)})

    assert (await teacher.read("/app-user-info"))["api_uid"] == LAKESIDE.teacher
    assert (await teacher.get("/courses")).status_code == 403


@pytest.mark.parametrize("user_id", ["1", "me", "", "-4"])
async def test_impersonating_an_unknown_user_is_forbidden(caller: SchoologyCaller, user_id: str) -> None:
    reply = await caller.with_options(headers={"X-Schoology-Run-As": user_id}).get("/roles")

    assert (reply.status_code, reply.text) == (403, "")


async def test_impersonation_needs_rights_and_the_permission_of_the_school(
    school: School, caller: SchoologyCaller
) -> None:
    header = {"X-Schoology-Run-As": str(LAKESIDE.student)}
    closed = SchoologySandbox(school, SchoologyQuirks(impersonation=False)).caller(headers=header)
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET, headers=header)

    assert (await closed.get("/roles")).status_code == 403
    assert (await staff.get("/roles")).status_code == 403


async def test_the_log_distinguishes_keys_without_exposing_them(caller: SchoologyCaller) -> None:
    await caller.get("/roles")
    await caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET).get("/roles")

    first, second = (entry.credential for entry in caller.sandbox.log.entries())
    assert first != second
    assert caller.key not in first


async def test_the_public_base_urls_are_configurable(school: School) -> None:
    district = "https://schoology.district.example/v1"
    caller = SchoologySandbox(school, SchoologyQuirks(public_bases=(district,))).caller()
    for base, status in ((district, 200), (PUBLIC_BASE, 401), (SANDBOX_BASE, 200)):
        header = caller.sign("GET", f"{base}/roles")
        assert (await caller.get("/roles", header=header)).status_code == status


async def test_the_window_of_a_timestamp_is_configurable(school: School) -> None:
    caller = SchoologySandbox(school, SchoologyQuirks(timestamp_skew=10)).caller(waits_for_credits=False)
    for off, status in ((-9, 200), (-11, 401)):
        header = caller.sign("GET", ROLES, timestamp=str(int(caller.sandbox.clock()) + off))
        assert (await caller.get("/roles", header=header)).status_code == status
