"""A simulated Schoology in the test process, and callers that sign with oauthlib."""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx2
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client
from starlette.applications import Starlette
from starlette.routing import Mount

from lms_sandbox.data.school import School
from lms_sandbox.faults import Faults
from lms_sandbox.request_log import RequestLog
from lms_sandbox.schoology import SchoologyQuirks, build
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET

SANDBOX_BASE = "http://sandbox.test:8001/schoology/v1"


class ManualClock:
    """A clock that moves only when a test sets `now`."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class SchoologySandbox:
    """The Schoology of one school, mounted as in the simulator."""

    school: School
    quirks: SchoologyQuirks = field(default_factory=SchoologyQuirks)
    clock: ManualClock = field(default_factory=ManualClock)
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        app = build(
            self.school,
            log=self.log,
            faults=self.faults,
            quirks=self.quirks,
            clock=self.clock,
        )
        mounted = Starlette(routes=[Mount("/schoology/v1", app)])
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=mounted))

    def caller(self, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET, **options: Any) -> "SchoologyCaller":
        return SchoologyCaller(self, key, secret, **options)


_nonces = itertools.count(1)


@dataclass(frozen=True)
class SchoologyCaller:
    """A client with one key. With `waits_for_credits`, a new credit window opens for each call."""

    sandbox: SchoologySandbox
    key: str
    secret: str
    method: str = SIGNATURE_HMAC_SHA1
    token: str | None = None
    token_secret: str | None = None
    base: str = SANDBOX_BASE
    waits_for_credits: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Self:
        return replace(self, **options)

    def sign(self, method: str, url: str, **options: Any) -> str:
        """Return the Authorization header of one call."""
        client = Client(
            self.key,
            self.secret,
            self.token,
            self.token_secret,
            signature_method=self.method,
            **{
                "nonce": f"n{next(_nonces)}",
                "timestamp": str(int(self.sandbox.clock())),
                "realm": "Schoology API",
                **options,
            },
        )
        # Any: the published stubs accept the literal names of methods only.
        http_method: Any = method
        header: str = client.sign(url, http_method)[1]["Authorization"]
        return header

    async def send(
        self, method: str, path: str, *, json: Any = None, header: str | None = None, **options: Any
    ) -> httpx2.Response:
        if self.waits_for_credits:
            self.sandbox.clock.now += self.sandbox.quirks.window
        url = path if path.startswith("http") else f"{self.base}{path}"
        authorization = self.sign(method, url) if header is None else header
        headers = {
            "Accept": "application/json",
            **self.headers,
            "Authorization": authorization,
            **options.pop("headers", {}),
        }
        sandbox_url = url.replace("https://api.schoology.com/v1", SANDBOX_BASE)
        return await self.sandbox.http.request(method, sandbox_url, json=json, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.send("GET", path, **options)

    async def read(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        reply = await self.get(path)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply.json()

    async def rows(self, path: str, name: str) -> list[Any]:
        """Return all rows of a list, page by page."""
        rows: list[Any] = []
        next_path: str | None = path
        while next_path:
            page = await self.read(next_path)
            rows += page[name]
            next_path = page["links"].get("next")
        return rows

    async def multiget(self, *paths: str) -> list[Any]:
        reply = await self.send("POST", "/multiget", json={"request": list(paths)})
        assert reply.status_code == 207, reply.text
        rows: list[Any] = reply.json()["response"]
        return rows
