"""Four tenants with equal ids and different people, in one gateway.

`oak` and `elm` are on Canvas, `ash` and `yew` on Schoology. All four have the same vendor ids, SIS
ids and codes; every name, description and address of a school begins with its own word.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from lms_gateway import app
from lms_gateway.config import Settings, parse, validate
from lms_gateway.tenancy import hash_key, new_key
from lms_sandbox.app import Sandbox, create_sandbox
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.school import School
from lms_sandbox.server import SandboxServer
from tests.harness import HOST, GatewayAnswer

SECRETS = ("canvas-demo-token", "lakeside-demo-key", "lakeside-demo-secret")
SLUGS = ("oak", "elm", "ash", "yew")
WORDS = {"oak": "Oakley", "elm": "Elmira", "ash": "Ashton", "yew": "Yewtree"}
"""First word of every text of a school; it is in no text of another school."""

KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{slug: ((slug,), ("read",)) for slug in SLUGS},
    "every": (SLUGS, ("read",)),
    "canvas": (("oak", "elm"), ("read",)),
    "admin": (("ash", "yew"), ("read", "admin")),
    "mixed": (("ash",), ("read", "write")),
    "expired": (SLUGS, ("read", "write", "admin")),
}
"""Name → tenants and scopes."""

TENANT = """
[[tenant]]
slug = "{slug}"
name = "{word} School"
vendor = "{vendor}"
base_url = "{url}"
credentials = {credentials}
hosts = ["{slug}.gateway.example"]
access = "key"
"""
CREDENTIALS = {
    "canvas": '{ kind = "token", token = "canvas-demo-token" }',
    "schoology": '{ kind = "oauth1", consumer_key = "lakeside-demo-key", '
    'consumer_secret = "lakeside-demo-secret" }',
}


def seed_school(word: str) -> School:
    """Return a school with its own texts and the common ids."""
    school = small_school(courses=2, sections=2, students=3)
    school.change(school.root, name=f"{word} School")
    for user in list(school.users.values()):
        login = f"{word}.{user.id}".lower()
        school.change(
            user,
            given_name=word,
            family_name=f"{word}son {user.id}",
            username=login,
            email=f"{login}@{word.lower()}.example",
            avatar_url=f"https://{word.lower()}.example/{user.id}.png",
            bio=f"{word} is home.",
        )
    for course in list(school.courses.values()):
        school.change(course, name=f"{word} Course {course.id}", description=f"{word} teaches.")
    for section in list(school.sections.values()):
        school.change(
            section,
            name=f"{word} Section {section.id}",
            description=f"{word} meets.",
            access_code=f"{word.upper()}-0{section.id}",
        )
    return school


@dataclass
class FourTenants:
    """A running gateway, one vendor server per tenant, and API keys."""

    client: httpx2.AsyncClient
    servers: Mapping[str, SandboxServer]
    keys: Mapping[str, str]

    async def post(
        self, key: str | None, body: Any, *, path: str = "/graphql", **headers: str
    ) -> httpx2.Response:
        """Send a request with an API key; None: anonymous."""
        if key is not None:
            headers["Authorization"] = f"Bearer {self.keys[key]}"
        request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers=request_headers)

    async def ask(
        self, key: str | None, query: str, tenant: str | None = None, **variables: Any
    ) -> GatewayAnswer:
        """Run a query for one tenant or none."""
        headers = {"X-Tenant": tenant} if tenant else {}
        reply = await self.post(key, {"query": query, "variables": variables}, **headers)
        body = reply.json()
        return GatewayAnswer(reply.status_code, body.get("data"), body.get("errors", []))

    def calls(self, slug: str) -> list[str]:
        """Return the calls that a tenant's vendor received."""
        return self.servers[slug].log.calls()

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that no response, log line or metric may contain."""
        return (*SECRETS, *self.keys.values())


@contextmanager
def vendors() -> Iterator[Mapping[str, SandboxServer]]:
    """Run one vendor server per tenant on free ports."""
    with ExitStack() as stack:
        yield {
            slug: stack.enter_context(SandboxServer(_sandbox(partial(seed_school, word))))
            for slug, word in WORDS.items()
        }


@asynccontextmanager
async def running_gateway(servers: Mapping[str, SandboxServer]) -> AsyncIterator[FourTenants]:
    """Run a gateway with these vendors and new API keys."""
    keys = {name: new_key() for name in KEYS}
    application = app.build(lambda: _settings(servers, keys))
    async with AsyncExitStack() as running:
        await running.enter_async_context(application.router.lifespan_context(application))
        client = await running.enter_async_context(
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=application),
                base_url="http://gateway.example",
            )
        )
        yield FourTenants(client, servers, keys)


def _sandbox(school: Callable[[], School]) -> Sandbox:
    return create_sandbox(canvas_school=school, schoology_school=school)


def _settings(servers: Mapping[str, SandboxServer], keys: Mapping[str, str]) -> Settings:
    lines = []
    for slug, server in servers.items():
        vendor = "canvas" if slug in ("oak", "elm") else "schoology"
        url = server.canvas_url if vendor == "canvas" else server.schoology_url
        lines.append(
            TENANT.format(
                slug=slug, word=WORDS[slug], vendor=vendor, url=url,
                credentials=CREDENTIALS[vendor],
            )
        )  # fmt: skip
    for name, (tenants, scopes) in KEYS.items():
        lines.append(
            f'[[api_key]]\nname = "{name}"\nsha256 = "{hash_key(keys[name]).hex()}"\n'
            f"tenants = {list(tenants)}\nscopes = {list(scopes)}\n"
        )
    settings = validate(parse("\n".join(lines), source="test", folder=Path()), environ={}, host=HOST)
    return replace(
        settings,
        api_keys=tuple(
            replace(key, expires=date(2020, 1, 1)) if key.name == "expired" else key
            for key in settings.api_keys
        ),
    )


def foreign_words(slug: str, *also: str) -> list[str]:
    """Return the lower-case words of all other schools."""
    return [word.lower() for other, word in WORDS.items() if other not in (slug, *also)]
