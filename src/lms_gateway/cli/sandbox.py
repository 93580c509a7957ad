"""`lms-gateway sandbox`: the simulators of both vendors."""

import argparse
from functools import partial

from lms_gateway.cli.errors import CommandError
from lms_sandbox.app import CANVAS_PATH, SCHOOLOGY_PATH
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.faults import load_faults
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from lms_sandbox.server import serve_sandbox


def run(arguments: argparse.Namespace) -> int:
    """Run both simulators until SIGTERM or Ctrl-C.

    Raises CommandError if the faults file is invalid or the port is in use.
    """
    try:
        faults = [] if arguments.faults is None else load_faults(arguments.faults)
    except (OSError, ValueError) as error:
        raise CommandError(f"{arguments.faults}: {error}") from None
    try:
        serve_sandbox(
            host=arguments.host,
            port=arguments.port,
            sections=arguments.sections,
            latency_ms=arguments.latency,
            faults=faults,
            announce=partial(_print_addresses, arguments.host),
        )
    except OSError as error:
        raise CommandError(
            f"cannot listen on {arguments.host} port {arguments.port}: {error.strerror}"
        ) from None
    return 0


def _print_addresses(host: str, port: int) -> None:
    """Print the addresses and credentials of the simulators."""
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print(f"Canvas       {url}{CANVAS_PATH}")
    print(f"             token {ADMIN_TOKEN}")
    print(f"Schoology    {url}{SCHOOLOGY_PATH}")
    print(f"             consumer key {ADMIN_KEY}, consumer secret {ADMIN_SECRET}")
    print(f"Request log  {url}/_sandbox/log", flush=True)
