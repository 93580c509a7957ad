"""`lms-gateway schema`: print or compare the GraphQL schema."""

import argparse
import difflib
import sys
from pathlib import Path

from lms_gateway.schema import print_sdl


def run(arguments: argparse.Namespace) -> int:
    """Print the SDL; with --check print the differences of a file, and return 1 if it differs."""
    sdl = print_sdl().rstrip("\n") + "\n"
    if not arguments.check:
        sys.stdout.write(sdl)
        return 0
    return _compare(sdl, arguments.file)


def _compare(sdl: str, file: Path) -> int:
    try:
        saved = file.read_text(encoding="utf-8")
    except OSError as error:
        print(f"{file}: cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    if saved == sdl:
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(
            saved.splitlines(keepends=True),
            sdl.splitlines(keepends=True),
            fromfile=str(file),
            tofile="lms-gateway schema",
        )
    )
    print(f"{file} differs from the code: lms-gateway schema > {file}", file=sys.stderr)
    return 1
