"""A Schoology sandbox in this process, and callers that sign with oauthlib."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client
from starlette.applications import Starlette
from starlette.routing import Mount

from lms_gateway.sandbox.faults import Faults
from lms_gateway.sandbox.log import RequestLog
from lms_gateway.sandbox.school import School
from lms_gateway.sandbox.schoology import ADMIN_KEY, ADMIN_SECRET, SchoologyHabits, build

HERE = "http://sandbox.test:8001/schoology/v1"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Sandbox:
    """One school's Schoology, mounted as the sandbox mounts it."""

    school: School
    habits: SchoologyHabits = field(default_factory=SchoologyHabits)
    clock: Clock = field(default_factory=Clock)
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        app = build(
            self.school,
            log=self.log,
            faults=self.faults,
            habits=self.habits,
            clock=self.clock,
        )
        mounted = Starlette(routes=[Mount("/schoology/v1", app)])
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=mounted))

    def caller(self, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET, **options: Any) -> Caller:
        return Caller(self, key, secret, **options)


_nonces = itertools.count(1)


@dataclass(frozen=True)
class Caller:
    """Somebody with a key. `resting` waits out the rate limit before each call."""

    sandbox: Sandbox
    key: str
    secret: str
    method: str = SIGNATURE_HMAC_SHA1
    token: str | None = None
    token_secret: str | None = None
    base: str = HERE
    resting: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def but(self, **options: Any) -> Caller:
        return replace(self, **options)

    def sign(self, method: str, url: str, **options: Any) -> str:
        """The Authorization header of one call."""
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
        header: str = client.sign(url, method)[1]["Authorization"]
        return header

    async def send(
        self, method: str, path: str, *, json: Any = None, header: str | None = None, **options: Any
    ) -> httpx.Response:
        if self.resting:
            self.sandbox.clock.now += self.sandbox.habits.window
        url = path if path.startswith("http") else f"{self.base}{path}"
        signed = self.sign(method, url) if header is None else header
        told = {"Accept": "application/json", **self.headers, "Authorization": signed}
        reached = url.replace("https://api.schoology.com/v1", HERE)
        options.setdefault("headers", {})
        told |= options.pop("headers")
        return await self.sandbox.http.request(method, reached, json=json, headers=told, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.send("GET", path, **options)

    async def read(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        reply = await self.get(path)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply.json()

    async def rows(self, path: str, name: str) -> list[Any]:
        """Every row of a list, page by page."""
        rows: list[Any] = []
        at: str | None = path
        while at:
            page = await self.read(at)
            rows += page[name]
            at = page["links"].get("next")
        return rows

    async def multiget(self, *paths: str) -> list[Any]:
        reply = await self.send("POST", "/multiget", json={"request": list(paths)})
        assert reply.status_code == 207, reply.text
        rows: list[Any] = reply.json()["response"]
        return rows
