"""The measured servers, and how each is started.

To add one, add a `Target` to `targets()`. Its program listens on 127.0.0.1 at the given port and
finds the origin of the vendors in UPSTREAM. If it serves the types of `peers/schema.js`, it can run
every journey.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.journeys import JOURNEYS, Journey, ServerKind, schoology_tenant_slug
from bench.process import python

PEERS: Final = Path(__file__).parent / "peers"

GATEWAY, STOCK, APOLLO = "lms-gateway", "Strawberry + httpx2", "Apollo Server 5"
YOGA, MERCURIUS = "GraphQL Yoga", "Mercurius + JIT"
BARE, STATIC = "bare client", "static bytes"


@dataclass(frozen=True, slots=True)
class ServerEnvironment:
    """The environment of a server: its port, the origin of the vendors, a folder for its files."""

    port: int
    upstream: str
    folder: Path
    authority: Path  # the file of the authority that signed the vendor's certificate
    tenant_count: int = 1  # number of tenants at Schoology


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """The command that starts a server."""

    arguments: list[str]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A server to measure. `headers` are the request headers of its clients."""

    name: str
    kind: ServerKind
    command: Callable[[ServerEnvironment], ServerCommand]
    headers: Mapping[str, str]
    only: frozenset[str] | None = None  # names of its journeys; None: all

    def runs(self, journey: Journey) -> bool:
        """Return whether the server is measured on this journey."""
        return self.only is None or journey.name in self.only


def targets() -> list[Target]:
    """Return all servers, the gateway first, with a new API key for the gateway."""
    key = f"lgw_{secrets.token_urlsafe(32)}"
    return [
        Target(
            GATEWAY,
            ServerKind.GATEWAY,
            lambda environment: _gateway_command(environment, key),
            {"Authorization": f"Bearer {key}"},
        ),
        Target(STOCK, ServerKind.PEER, _strawberry_command, {}),
        Target(APOLLO, ServerKind.PEER, lambda environment: _node_command("apollo.js", environment), {}),
        Target(YOGA, ServerKind.PEER, lambda environment: _node_command("yoga.js", environment), {}),
        Target(
            MERCURIUS,
            ServerKind.PEER,
            lambda environment: _node_command("mercurius.js", environment),
            {},
        ),
        Target(
            BARE,
            ServerKind.BASELINE,
            lambda environment: _baseline_command("bench.baselines:app", environment),
            {},
        ),
        Target(
            STATIC,
            ServerKind.BASELINE,
            lambda environment: _baseline_command("bench.baselines:static", environment),
            {},
            only=frozenset({JOURNEYS[0].name}),
        ),
    ]


def _gateway_command(environment: ServerEnvironment, key: str) -> ServerCommand:
    """Return the gateway's command, with API keys, limits, metrics and logs enabled."""
    path = environment.folder / "gateway.toml"
    path.write_text(configuration(environment.upstream, key, environment.tenant_count))
    return ServerCommand(
        [
            *python("-m", "lms_gateway", "serve"),
            *("--config", str(path), "--port", str(environment.port)),
        ],
        {
            "BENCH_TOKEN": "tok-0123456789abcdef",
            "BENCH_SECRET": "bench-secret",
            **_trust_environment(environment),
        },
    )


def configuration(upstream: str, key: str, tenant_count: int) -> str:
    """Return a `gateway.toml` with one tenant at Canvas and the others at Schoology."""
    slugs = [schoology_tenant_slug(number) for number in range(tenant_count)]
    schoologies = "".join(
        f"""
[[tenant]]
slug = "{slug}"
vendor = "schoology"
base_url = "{upstream}/v1"
credentials = {{ kind = "oauth1", consumer_key = "{slug}", consumer_secret = {{ env = "BENCH_SECRET" }} }}
"""
        for slug in slugs
    )
    return f"""
[gateway]
default_tenant = "maple"

[limits]
in_flight_per_credential = 100  # the number of connections of the other servers

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


def _strawberry_command(environment: ServerEnvironment) -> ServerCommand:
    return ServerCommand(
        [
            *python("-m", "uvicorn", "stock:app", "--app-dir", str(PEERS)),
            *("--port", str(environment.port), "--no-access-log", "--log-level", "warning"),
        ],
        {"UPSTREAM": environment.upstream, "SSL_CERT_FILE": str(environment.authority)},
    )


def _node_command(program: str, environment: ServerEnvironment) -> ServerCommand:
    return ServerCommand(
        ["node", str(PEERS / program)],
        {
            "NODE_ENV": "production",
            "NODE_EXTRA_CA_CERTS": str(environment.authority),
            "PORT": str(environment.port),
            "UPSTREAM": environment.upstream,
        },
    )


def _baseline_command(app: str, environment: ServerEnvironment) -> ServerCommand:
    return ServerCommand(
        [
            *python("-m", "uvicorn", app),
            *("--port", str(environment.port), "--no-access-log", "--log-level", "warning"),
        ],
        {"UPSTREAM": environment.upstream, **_trust_environment(environment)},
    )


def _trust_environment(environment: ServerEnvironment) -> Mapping[str, str]:
    """Return an environment in which the gateway trusts the vendor's certificate.

    The gateway takes the certificate authorities of the system and nothing from the environment. So
    the process gets an `ssl.get_default_verify_paths` that names the benchmark's authority.
    """
    folder = environment.folder / "trust"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        "import ssl\n"
        "paths = ssl.get_default_verify_paths()._replace(\n"
        f"    openssl_cafile={str(environment.authority)!r}, openssl_capath=''\n"
        ")\n"
        "ssl.get_default_verify_paths = lambda: paths\n"
    )
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([inherited] if inherited else [])])}
