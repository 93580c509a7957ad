"""`connect` of each vendor, over the simulator on a socket."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lms_gateway.domain.backend import Backend
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors import canvas, schoology
from lms_gateway.vendors.canvas import OAuth2, StaticToken
from lms_gateway.vendors.schoology import OAuth1
from lms_sandbox.canvas.state import auth
from lms_sandbox.schoology import api_keys
from lms_sandbox.server import SandboxServer

AnyCredentials = StaticToken | OAuth2 | OAuth1
Connect = Callable[..., Backend]

CREDENTIALS: list[AnyCredentials] = [
    StaticToken(auth.ADMIN_TOKEN),
    OAuth2(auth.CLIENT_ID, auth.CLIENT_SECRET, auth.REFRESH_TOKEN),
    OAuth1(api_keys.ADMIN_KEY, api_keys.ADMIN_SECRET),
]
OTHERS: list[AnyCredentials] = [
    StaticToken("other"),
    OAuth2("other", "b", "c"),
    OAuth1("other", "b"),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: SandboxServer, transport: Transport) -> Connect:
    """Return a function that connects a tenant to the simulated vendor of a credential's type."""

    def connect(credentials: AnyCredentials, tenant: str = "north", base_url: str | None = None) -> Backend:
        options: dict[str, Any] = {
            "tenant": tenant,
            "transport": transport,
            "time_zone": "America/Denver",
        }
        if isinstance(credentials, OAuth1):
            url = base_url or sandbox.schoology_url
            return schoology.connect(base_url=url, credentials=credentials, **options)
        url = base_url or sandbox.canvas_url
        return canvas.connect(base_url=url, credentials=credentials, **options)

    return connect


def name_of(credentials: object) -> str:
    return type(credentials).__name__


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=name_of)
async def test_a_backend_identifies_its_credential_and_budget(
    connect: Connect, credentials: AnyCredentials
) -> None:
    backend = connect(credentials)
    identity = await backend.identify()
    await backend.aclose()
    assert identity.name
    assert identity.budget


@pytest.mark.parametrize(("credentials", "other"), [*zip(CREDENTIALS, OTHERS, strict=True)])
def test_a_cursor_key_is_stable_and_differs_per_tenant_and_credential(
    connect: Connect, credentials: AnyCredentials, other: AnyCredentials
) -> None:
    key = connect(credentials).cursor_key
    assert key == connect(credentials).cursor_key
    assert key != connect(credentials, tenant="south").cursor_key
    assert key != connect(other).cursor_key


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=name_of)
def test_a_base_url_must_be_https_or_loopback(connect: Connect, credentials: AnyCredentials) -> None:
    with pytest.raises(ValueError, match="https"):
        connect(credentials, base_url="http://maple.example")
