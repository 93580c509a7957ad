"""The command line: `lms-gateway serve | demo | sandbox | check | schema | key new`."""

from lms_gateway.cli.main import main

__all__ = ["main"]
