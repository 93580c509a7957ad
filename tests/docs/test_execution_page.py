"""The README of `execution/`: its example runs, and it has every reason for a fallback."""

import re
import subprocess
import sys

from tests.docs.pages import ROOT, fenced, rows_of

PACKAGE = ROOT / "src" / "lms_gateway" / "execution"
PAGE = (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_the_documented_output() -> None:
    (example,) = fenced(PAGE, "python")
    (output,) = fenced(PAGE, "text")
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], capture_output=True, text=True, check=False
    )

    assert process.stderr == ""
    assert process.stdout.strip() == output.strip()


def test_each_reason_for_graphql_core_is_documented() -> None:
    section = PAGE.partition("## What is left to graphql-core")[2]
    documented = {row.codes[0][0] for row in rows_of(section)}
    code = "".join((PACKAGE / name).read_text() for name in ("compiler.py", "document_cache.py"))
    raised = set(re.findall(r'NotPlannable\("([^"]+)"\)', code))
    refused = set(re.findall(r'return "([^"]+)"', code.partition("def _find_obstacle")[2]))

    assert documented == raised | refused
    assert len(refused) == 3
