"""What `connect` of each vendor gives, over the sandbox on a socket."""

import pytest

from lms_gateway.vendors import canvas, schoology
from lms_gateway.vendors.canvas import OAuth2, StaticToken
from lms_gateway.vendors.schoology import OAuth1
from lms_sandbox.canvas.state import auth
from lms_sandbox.schoology import api_keys
from lms_sandbox.server import SandboxServer

CREDENTIALS = [
    StaticToken(auth.ADMIN_TOKEN),
    OAuth2(auth.CLIENT_ID, auth.CLIENT_SECRET, auth.REFRESH_TOKEN),
    OAuth1(api_keys.ADMIN_KEY, api_keys.ADMIN_SECRET),
]
OTHERS = [StaticToken("other"), OAuth2("other", "b", "c"), OAuth1("other", "b")]


@pytest.fixture(scope="module")
def sandbox():
    with SandboxServer() as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox, transport):
    """Connects a tenant to the sandbox's vendor of that credential's kind."""

    def connect(credentials, tenant="north", base_url=None):
        vendor, own_url = (
            (schoology, sandbox.schoology_url)
            if isinstance(credentials, OAuth1)
            else (canvas, sandbox.canvas_url)
        )
        return vendor.connect(
            tenant=tenant,
            base_url=base_url or own_url,
            credentials=credentials,
            transport=transport,
            time_zone="America/Denver",
        )

    return connect


def name_of(credentials: object) -> str:
    return type(credentials).__name__


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=name_of)
async def test_a_credential_tells_who_it_is_and_what_is_left(connect, credentials):
    backend = connect(credentials)
    identity = await backend.identify()
    await backend.aclose()
    assert identity.name
    assert identity.budget


@pytest.mark.parametrize(("credentials", "other"), [*zip(CREDENTIALS, OTHERS, strict=True)])
def test_a_cursor_key_outlives_a_restart_and_belongs_to_one_tenant_and_credential(
    connect, credentials, other
):
    key = connect(credentials).cursor_key
    assert key == connect(credentials).cursor_key
    assert key != connect(credentials, tenant="south").cursor_key
    assert key != connect(other).cursor_key


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=name_of)
def test_a_credential_goes_over_https_or_loopback_only(connect, credentials):
    with pytest.raises(ValueError, match="https"):
        connect(credentials, base_url="http://maple.example")
