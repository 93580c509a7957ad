"""Argument parser of all commands."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from lms_gateway import __version__
from lms_gateway.cli.errors import CommandError
from lms_gateway.config import ConfigError
from lms_gateway.domain.access import Scope


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    0: success. 1: failure, or a check found problems. 2: invalid command line.
    """
    arguments = build_parser().parse_args(argv)
    try:
        # Imported now: most commands need little, and importing the schema takes a second.
        status: int = import_module(f"lms_gateway.cli.{arguments.command}").run(arguments)
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 1
    except CommandError as error:
        print(f"lms-gateway: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; `command` of its result is the module that runs the command."""
    parser = argparse.ArgumentParser(
        prog="lms-gateway", description="One GraphQL endpoint over Canvas and Schoology."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = _add(commands, "demo", "run the gateway with sample data, without configuration")
    demo.add_argument("--port", type=_port, default=8000, help="port of the gateway (default: %(default)s)")
    demo.add_argument(
        "--sandbox-port", type=_port, default=8001, help="port of the simulators (default: %(default)s)"
    )
    _add_sandbox_options(demo)

    serve = _add(commands, "serve", "run the gateway with the tenants of a configuration")
    _add_config(serve)
    serve.add_argument("--host", help="overrides the configuration")
    serve.add_argument("--port", type=_port, help="overrides the configuration")
    serve.add_argument("--workers", type=_count, default=1, help="number of processes (default: %(default)s)")

    sandbox = _add(commands, "sandbox", "run the simulators of both vendors")
    sandbox.add_argument("--host", default="127.0.0.1", help="host to listen on (default: %(default)s)")
    sandbox.add_argument("--port", type=_port, default=8001, help="port to listen on (default: %(default)s)")
    _add_sandbox_options(sandbox)
    sandbox.add_argument(
        "--faults", type=Path, metavar="FILE", help="faults file: errors and when they occur"
    )

    _add_config(_add(commands, "check", "validate the configuration and verify credentials"))

    schema = _add(commands, "schema", "print the GraphQL schema as SDL")
    schema.add_argument("--check", action="store_true", help="compare with a file; exit 1 if they differ")
    schema.add_argument(
        "--file", type=Path, default=Path("schema.graphql"), help="file for --check (default: %(default)s)"
    )

    _add_key(commands)
    return parser


def _add(commands: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help)
    parser.set_defaults(command=name)
    return parser


def _add_key(commands: Any) -> None:
    keys = commands.add_parser("key", help="manage API keys").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    new = _add(keys, "new", "create an API key; print it once, with its configuration lines")
    new.set_defaults(command="key")
    new.add_argument("name", metavar="NAME", help="name of the key")
    new.add_argument(
        "--tenant",
        dest="tenants",
        metavar="SLUG",
        nargs="+",
        action="extend",
        required=True,
        help="tenants that the key may use",
    )
    new.add_argument(
        "--scope",
        dest="scopes",
        metavar="SCOPE",
        nargs="+",
        action="extend",
        choices=[str(scope) for scope in Scope],
        help="scopes of the key: read, write, admin; read if none is given",
    )
    new.add_argument(
        "--expires", type=_day, metavar="DATE", help="first day on which the key is rejected, e.g. 2027-08-01"
    )


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("gateway.toml"),
        metavar="FILE",
        help="configuration file (default: %(default)s)",
    )


def _add_sandbox_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sections",
        type=_count,
        default=60,
        metavar="N",
        help="number of sections per school (default: %(default)s)",
    )
    parser.add_argument(
        "--latency",
        type=_milliseconds,
        default=0,
        metavar="MS",
        help="delay of every vendor reply in milliseconds",
    )


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("must be between 0 (any free port) and 65535")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 600_000:
        raise argparse.ArgumentTypeError("must be between 0 and 600000")
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2027-08-01") from None
