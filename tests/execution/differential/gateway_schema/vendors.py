"""The simulator's two vendors over one in-process transport, without latency, with cached replies.

Nothing here writes: replies do not change and are cached. Seed and request determine faults and
delays.
"""

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import httpx2

from lms_gateway.domain.access import Access
from lms_gateway.domain.errors import UpstreamTimeout
from lms_gateway.domain.record import Vendor
from lms_gateway.tenancy import Tenant
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors import canvas, schoology
from lms_sandbox.app import CANVAS_PATH, SCHOOLOGY_PATH, create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from tests.execution.differential.scheduling import pause

_HOST = "http://127.0.0.1"
CANVAS_URL = f"{_HOST}{CANVAS_PATH}"
SCHOOLOGY_URL = f"{_HOST}{SCHOOLOGY_PATH}"


class CachingTransport:
    """A transport that caches replies."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._known: dict[tuple[str, str, bytes | None], Reply] = {}

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - the protocol's
    ) -> Reply:
        key = (method, url, body)
        reply = self._known.get(key)
        if reply is None:
            reply = await self._inner.send(method, url, headers, body, timeout)
            assert reply.status != 429, "the sandbox throttles, so that answers depend on time"
            # How much is left of a rate limit depends on what was asked before.
            headers_without_limits = {
                name: value for name, value in reply.headers.items() if "limit" not in name
            }
            reply = self._known[key] = Reply(reply.status, headers_without_limits, reply.body)
        return reply

    async def aclose(self) -> None:
        await self._inner.aclose()


class FaultyTransport:
    """A transport with delays and failing calls.

    `calls` are those that were sent: the method and the path with its ids left out.
    """

    def __init__(self, inner: Transport, seed: int, faults: int, pace: int) -> None:
        """`faults`: per thousand calls."""
        self._inner = inner
        self._seed = seed
        self._faults = faults
        self._pace = pace
        self.calls: list[str] = []

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - the protocol's
    ) -> Reply:
        # What else is asked for along with an object must not decide whether it can be had.
        path = url.partition("?")[0].removeprefix(_HOST)
        self.calls.append(f"{method} {re.sub(r'[0-9]+', ':id', path)}")
        await pause(f"{path}{url.count('page=')}", self._pace)
        roll = crc32(path.encode(), self._seed) % 1000
        if roll < self._faults:
            match roll % 5:
                case 0:
                    raise UpstreamTimeout("no reply in time")
                case 1:
                    return Reply(500, {"content-type": "text/plain"}, b"broken")
                case 2:
                    return Reply(200, {"content-type": "application/json"}, b"{not json")
                case 3:
                    return Reply(404, {"content-type": "application/json"}, b'{"errors":[]}')
                case _:
                    return Reply(403, {"content-type": "application/json"}, b'{"status":"no"}')
        return await self._inner.send(method, url, headers, body, timeout)

    async def aclose(self) -> None:
        return None


def open_simulator(sections: int) -> CachingTransport:
    """Return both vendors, with that many sections in each school."""
    sandbox = create_sandbox(
        sections,
        canvas_quirks=CanvasQuirks(throttles=False),
        schoology_quirks=SchoologyQuirks(credits_per_window=10**9),
    )
    return CachingTransport(HttpxTransport(httpx2.ASGITransport(app=sandbox.app)))


def tenants_over(transport: Transport) -> list[Tenant]:
    """Return a tenant of each vendor, with new backends."""
    options: dict[str, Any] = {"transport": transport, "time_zone": "America/Denver"}
    token = canvas.StaticToken(ADMIN_TOKEN)
    key = schoology.OAuth1(ADMIN_KEY, ADMIN_SECRET)
    maple = canvas.connect(tenant="maple", base_url=CANVAS_URL, credentials=token, **options)
    lakeside = schoology.connect(tenant="lakeside", base_url=SCHOOLOGY_URL, credentials=key, **options)
    return [
        Tenant("maple", "Maple", Vendor.CANVAS, Access.OPEN, frozenset(), None, maple),
        Tenant("lakeside", "Lake", Vendor.SCHOOLOGY, Access.OPEN, frozenset(), None, lakeside),
    ]
