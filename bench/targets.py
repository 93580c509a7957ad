"""The servers that are measured, and how each is started over an upstream.

To add one: a `Target` in `targets()`, whose program listens on 127.0.0.1 at the port that it is
told and finds the upstream's address in UPSTREAM. One that serves the types of `peers/schema.js`
takes every journey as it is.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.journeys import JOURNEYS, Journey, Speech, class_tenant
from bench.process import python

PEERS: Final = Path(__file__).parent / "peers"

GATEWAY, STOCK, APOLLO = "lms-gateway", "Strawberry + httpx", "Apollo Server 5"
YOGA, MERCURIUS = "GraphQL Yoga", "Mercurius + JIT"
BARE, STATIC = "bare client", "static bytes"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is to work: its port, its upstream, and a folder for its files."""

    port: int
    upstream: str
    folder: Path
    authority: Path  # the certificate of whoever signed the upstream's
    tenants: int = 1  # at Schoology


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started."""

    line: list[str]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A server to measure. `headers` are what its clients send besides the body."""

    name: str
    speech: Speech
    command: Callable[[Place], Command]
    headers: Mapping[str, str]
    only: frozenset[str] | None = None  # names of journeys; None: every one

    def takes(self, journey: Journey) -> bool:
        """Whether it is asked this."""
        return self.only is None or journey.name in self.only


def targets() -> list[Target]:
    """All servers, ours first. Each call makes a new key for it."""
    key = f"lgw_{secrets.token_urlsafe(32)}"
    return [
        Target(
            GATEWAY,
            Speech.GATEWAY,
            lambda place: _gateway(place, key),
            {"Authorization": f"Bearer {key}"},
        ),
        Target(STOCK, Speech.PEER, _stock, {}),
        Target(APOLLO, Speech.PEER, lambda place: _node("apollo.js", place), {}),
        Target(YOGA, Speech.PEER, lambda place: _node("yoga.js", place), {}),
        Target(MERCURIUS, Speech.PEER, lambda place: _node("mercurius.js", place), {}),
        Target(BARE, Speech.FLOOR, lambda place: _floor("bench.floors:app", place), {}),
        Target(
            STATIC,
            Speech.FLOOR,
            lambda place: _floor("bench.floors:static", place),
            {},
            only=frozenset({JOURNEYS[0].name}),
        ),
    ]


def _gateway(place: Place, key: str) -> Command:
    """Our own command line, with nothing turned off: keys, limits, metrics, logs."""
    path = place.folder / "gateway.toml"
    path.write_text(configuration(place.upstream, key, place.tenants))
    return Command(
        [
            *python("-m", "lms_gateway", "serve"),
            *("--config", str(path), "--port", str(place.port)),
        ],
        {
            "BENCH_TOKEN": "tok-0123456789abcdef",
            "BENCH_SECRET": "bench-secret",
            **_trusting(place),
        },
    )


def configuration(upstream: str, key: str, tenants: int) -> str:
    """A `gateway.toml`: a Canvas, and so many tenants at Schoology."""
    slugs = [class_tenant(number) for number in range(tenants)]
    schoologies = "".join(
        f"""
[[tenant]]
slug = "{slug}"
vendor = "schoology"
base_url = "{upstream}/v1"
credentials = {{ kind = "oauth1", consumer_key = "{slug}", consumer_secret = {{ env = "BENCH_SECRET" }} }}
"""  # noqa: E501
        for slug in slugs
    )
    return f"""
[gateway]
default_tenant = "maple"

[limits]
in_flight_per_credential = 100  # as many connections as the peers have

[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{upstream}"
credentials = {{ kind = "token", token = {{ env = "BENCH_TOKEN" }} }}

[[api_key]]
name = "bench"
sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"
tenants = ["maple", {", ".join(f'"{slug}"' for slug in slugs)}]
scopes = ["read"]
{schoologies}"""


def _stock(place: Place) -> Command:
    return Command(
        [
            *python("-m", "uvicorn", "stock:app", "--app-dir", str(PEERS)),
            *("--port", str(place.port), "--no-access-log", "--log-level", "warning"),
        ],
        {"UPSTREAM": place.upstream, "SSL_CERT_FILE": str(place.authority)},
    )


def _node(program: str, place: Place) -> Command:
    return Command(
        ["node", str(PEERS / program)],
        {
            "NODE_ENV": "production",
            "NODE_EXTRA_CA_CERTS": str(place.authority),
            "PORT": str(place.port),
            "UPSTREAM": place.upstream,
        },
    )


def _floor(app: str, place: Place) -> Command:
    return Command(
        [
            *python("-m", "uvicorn", app),
            *("--port", str(place.port), "--no-access-log", "--log-level", "warning"),
        ],
        {"UPSTREAM": place.upstream, **_trusting(place)},
    )


def _trusting(place: Place) -> Mapping[str, str]:
    """What lets our transport accept the upstream's certificate.

    It takes certifi's authorities and nothing from the environment, as it should; so the measured
    process gets a certifi that names ours.
    """
    folder = place.folder / "trust"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        f"import certifi\ncertifi.where = lambda: {str(place.authority)!r}\n"
    )
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([others] if others else [])])}
