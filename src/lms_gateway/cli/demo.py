"""`lms-gateway demo`: the gateway over both simulators, without configuration and network."""

import argparse
from functools import partial
from pathlib import Path

from lms_gateway import app
from lms_gateway.cli.server import Listening, run_server
from lms_gateway.config import Settings, check, parse
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.telemetry import configure_logs

HOST = "127.0.0.1"

CONFIGURATION = """
[[tenant]]
slug = "maple"
name = "Maple University"
vendor = "canvas"
base_url = "{canvas_url}"
credentials = {{ kind = "token", token = "canvas-demo-token" }}
time_zone = "America/Denver"
access = "open"

[[tenant]]
slug = "lakeside"
name = "Lakeside High"
vendor = "schoology"
base_url = "{schoology_url}"
time_zone = "America/Denver"
access = "open"

[tenant.credentials]
kind = "oauth1"
consumer_key = "lakeside-demo-key"
consumer_secret = "lakeside-demo-secret"
"""

QUERIES = (
    (
        "Both schools in one answer",
        "{ tenants { slug vendor viewer { displayName } "
        "courses(first: 5) { nodes { name sections { nodes { name } } } } } }",
    ),
    (
        "Sections with their counts and teachers",
        "{ tenants { name courses(first: 3) { nodes { name sections { nodes "
        "{ name studentCount teachers { nodes { displayName } } } } } } } }",
    ),
    (
        "What only one vendor has",
        '{ tenant(slug: "lakeside") { courses(first: 5) { nodes '
        "{ name department credits sections { nodes { name terms { name } "
        "meeting { days startTime } } } } } } }",
    ),
)


def run(arguments: argparse.Namespace) -> int:
    """Start the sandbox and the gateway over it, and say where to look, until SIGTERM or Ctrl-C."""
    configure_logs(level="WARNING")
    with SandboxServer(
        port=arguments.sandbox_port,
        sections=arguments.sections,
        latency=arguments.latency,
    ) as sandbox:
        read = partial(configure, sandbox.canvas_url, sandbox.schoology_url)
        run_server(
            partial(app.build, read),
            Listening(host=HOST, port=arguments.port, drain_timeout=read().limits.drain_timeout),
            started=partial(_tell, sandbox.canvas_url, sandbox.schoology_url),
        )
    return 0


def configure(canvas_url: str, schoology_url: str) -> Settings:
    """The demo's settings: one open tenant of each vendor, at the sandbox."""
    text = CONFIGURATION.format(canvas_url=canvas_url, schoology_url=schoology_url)
    return check(parse(text, place="demo", folder=Path()), environ={}, host=HOST)


def _tell(canvas_url: str, schoology_url: str, port: int) -> None:
    """Say where the demo is and what to ask it."""
    url = f"http://{HOST}:{port}"
    lines = [
        "",
        f"Explorer          {url}/graphql",
        f"maple alone       {url}/t/maple/graphql      (Canvas at {canvas_url})",
        f"lakeside alone    {url}/t/lakeside/graphql   (Schoology at {schoology_url})",
        "",
        "Three queries to try:",
    ]
    for title, query in QUERIES:
        lines += ["", f"# {title}", query]
    asked = '{"query": "{ tenants { name viewer { displayName } } }"}'
    lines += [
        "",
        "Or from a shell:",
        "",
        f"curl {url}/graphql --json '{asked}'",
        "",
        "Ctrl-C ends it.",
    ]
    # Flushed, because whoever started the demo through a pipe waits for these lines.
    print("\n".join(lines), flush=True)
