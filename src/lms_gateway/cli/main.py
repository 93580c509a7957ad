"""Which command was meant, and with what."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

from lms_gateway import __version__
from lms_gateway.cli.errors import CommandError
from lms_gateway.config import ConfigError
from lms_gateway.domain.access import Scope


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status.

    0: done. 1: it failed, or what was checked does not hold. 2: the command line is wrong.
    """
    arguments = build_parser().parse_args(argv)
    try:
        # Only now: most commands need little, and the schema takes a second to import.
        status: int = import_module(f"lms_gateway.cli.{arguments.command}").run(arguments)
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 1
    except CommandError as failure:
        print(f"lms-gateway: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; `command` of its result is the module that runs it."""
    parser = argparse.ArgumentParser(
        prog="lms-gateway", description="One GraphQL endpoint over Canvas and Schoology."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_serve(commands)
    _add_sandbox(commands)
    _add_check(commands)
    _add_schema(commands)
    _add_key(commands)
    return parser


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "demo", help="the gateway over an invented district, without any configuration"
    )
    parser.add_argument("--port", type=_port, default=8000, help="the gateway's (default: 8000)")
    parser.add_argument(
        "--sandbox-port", type=_port, default=8001, help="the vendors' (default: 8001)"
    )
    _add_sandbox_options(parser)
    parser.set_defaults(command="demo")


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="the gateway over the tenants of a configuration")
    _add_config(parser)
    parser.add_argument("--host", help="where to listen, above the configuration's")
    parser.add_argument("--port", type=_port, help="where to listen, above the configuration's")
    parser.add_argument("--workers", type=_count, default=1, help="processes (default: 1)")
    parser.set_defaults(command="serve")


def _add_sandbox(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("sandbox", help="the vendors' simulators alone")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8001, help="where to listen (default: 8001)")
    _add_sandbox_options(parser)
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="a script of what goes wrong, and when"
    )
    parser.set_defaults(command="sandbox")


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check", help="whether a configuration holds and each vendor knows us"
    )
    _add_config(parser)
    parser.set_defaults(command="check")


def _add_schema(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("schema", help="the GraphQL schema, as SDL")
    parser.add_argument(
        "--check", action="store_true", help="compare with a file instead; exit 1 where they differ"
    )
    parser.add_argument(
        "--file",
        type=Path,
        default=Path("schema.graphql"),
        help="what --check compares with (default: schema.graphql)",
    )
    parser.set_defaults(command="schema")


def _add_key(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("key", help="API keys").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    parser = keys.add_parser(
        "new", help="a new API key, shown once, and the configuration lines with its hash"
    )
    parser.add_argument("name", metavar="NAME", help="whose key it is")
    parser.add_argument(
        "--tenant",
        dest="tenants",
        metavar="SLUG",
        nargs="+",
        action="extend",
        required=True,
        help="which tenants it opens",
    )
    parser.add_argument(
        "--scope",
        dest="scopes",
        metavar="SCOPE",
        nargs="+",
        action="extend",
        choices=[str(scope) for scope in Scope],
        help="what it may do there: read, write, admin (default: read)",
    )
    parser.add_argument(
        "--expires", type=_day, metavar="DATE", help="the first day it is refused, e.g. 2027-08-01"
    )
    parser.set_defaults(command="key")


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("gateway.toml"),
        metavar="FILE",
        help="the configuration (default: gateway.toml)",
    )


def _add_sandbox_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sections",
        type=_count,
        default=60,
        metavar="N",
        help="how many sections each school has (default: 60)",
    )
    parser.add_argument(
        "--latency", type=_milliseconds, default=0, metavar="MS", help="of every vendor reply"
    )


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("must be from 0 (any free one) to 65535")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 600_000:
        raise argparse.ArgumentTypeError("must be from 0 to 600000")
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2027-08-01") from None
