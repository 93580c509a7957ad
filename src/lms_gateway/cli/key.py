"""`lms-gateway key new`: create an API key."""

import argparse
import json
import re
import sys
from datetime import UTC, datetime

from lms_gateway.domain.access import Scope
from lms_gateway.tenancy import hash_key, new_key


def run(arguments: argparse.Namespace) -> int:
    """Print a new key and its configuration lines. The key itself is not stored."""
    name: str = arguments.name
    problem = _argument_problem(name, arguments.tenants)
    if problem is None and arguments.expires and arguments.expires <= datetime.now(UTC).date():
        problem = "--expires: must be after today"
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    key = new_key()
    scopes = [scope for scope in Scope if scope in (arguments.scopes or [Scope.READ])]
    print(f"{key}\n")
    print("The key is shown only once. The configuration contains its hash:\n")
    print("[[api_key]]")
    print(f"name = {json.dumps(name, ensure_ascii=False)}")
    print(f'sha256 = "{hash_key(key).hex()}"')
    print(f"tenants = {json.dumps(list(dict.fromkeys(arguments.tenants)))}")
    print(f"scopes = {json.dumps(scopes)}")
    if arguments.expires is not None:
        print(f"expires = {arguments.expires.isoformat()}")
    return 0


def _argument_problem(name: str, tenants: list[str]) -> str | None:
    if not name.strip() or not name.isprintable():
        return "NAME: must be non-empty and printable"
    for slug in tenants:
        if not re.fullmatch(r"[a-z0-9-]+", slug):
            return '--tenant: a slug may contain only a-z, 0-9 and "-"'
    return None
