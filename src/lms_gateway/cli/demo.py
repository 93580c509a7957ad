"""`lms-gateway demo`: the gateway with both simulators, without configuration or network."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from lms_gateway import app
from lms_gateway.cli.errors import CommandError
from lms_gateway.cli.server import ServerOptions, run_server
from lms_gateway.config import Settings, parse, validate
from lms_gateway.telemetry import configure_logs
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from lms_sandbox.server import SandboxServer

HOST = "127.0.0.1"

# Seconds; the demo should end quickly.
_DRAIN_TIMEOUT = 2.0

CONFIGURATION = """
[[tenant]]
slug = "maple"
name = "Maple University"
vendor = "canvas"
base_url = "{canvas_url}"
credentials = {{ kind = "token", token = "{canvas_token}" }}
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
consumer_key = "{schoology_key}"
consumer_secret = "{schoology_secret}"
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
        "Terms and meeting times of the high school",
        '{ tenant(slug: "lakeside") { courses(first: 5) { nodes '
        "{ name department credits sections { nodes { name terms { name } "
        "meeting { days startTime } } } } } } }",
    ),
)


def run(arguments: argparse.Namespace) -> int:
    """Run simulator and gateway until SIGTERM or Ctrl-C, and print how to use them."""
    configure_logs(level="WARNING")
    with _running_sandbox(arguments) as sandbox:
        load_settings = partial(configure, sandbox.canvas_url, sandbox.schoology_url)
        run_server(
            partial(app.build, load_settings),
            ServerOptions(host=HOST, port=arguments.port, drain_timeout=_DRAIN_TIMEOUT),
            on_started=partial(_print_instructions, sandbox.canvas_url, sandbox.schoology_url),
        )
    return 0


@contextmanager
def _running_sandbox(arguments: argparse.Namespace) -> Iterator[SandboxServer]:
    application = create_sandbox(arguments.sections, latency_ms=arguments.latency, today=date.today())
    with ExitStack() as stack:
        try:
            server = stack.enter_context(SandboxServer(application, port=arguments.sandbox_port))
        except OSError as error:
            raise CommandError(
                f"the simulator cannot listen on port {arguments.sandbox_port}: {error.strerror} "
                "(choose another with --sandbox-port)"
            ) from None
        yield server


def configure(canvas_url: str, schoology_url: str) -> Settings:
    """Return the demo's settings: one open tenant per vendor, connected to the simulator."""
    text = CONFIGURATION.format(
        canvas_url=canvas_url,
        canvas_token=ADMIN_TOKEN,
        schoology_url=schoology_url,
        schoology_key=ADMIN_KEY,
        schoology_secret=ADMIN_SECRET,
    )
    return validate(parse(text, source="demo", folder=Path()), environ={}, host=HOST)


def _print_instructions(canvas_url: str, schoology_url: str, port: int) -> None:
    """Print the demo's addresses and sample queries."""
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
    body = '{"query": "{ tenants { name viewer { displayName } } }"}'
    lines += ["", "Or from a shell:", "", f"curl {url}/graphql --json '{body}'", "", "Press Ctrl-C to stop."]
    # Flushed, because a parent process may wait for these lines.
    print("\n".join(lines), flush=True)
