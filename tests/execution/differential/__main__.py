"""Runs many cases: `python -m tests.execution.differential --cases 20000 --seed 0`."""

import argparse
import asyncio
import sys
import time
import warnings
from collections.abc import Sequence
from math import ceil

from tests.execution.differential.generic.suite import make_trial
from tests.execution.differential.harness import Tally, run_cases
from tests.execution.differential.real.suite import (
    open_made_school,
    open_sandbox_school,
    run_real,
)

SUITES = ("generic", "made", "sandbox")
"""The made-up schema; the gateway's own over made-up vendors, and over the sandbox's."""

_SHARES = (0.6, 0.2, 0.2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases, tell what came of them; the exit status is 1 where any differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.execution.differential")
    parser.add_argument("--cases", type=int, default=20_000, help="how many to run")
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--only", choices=SUITES, help="only one of the suites")
    parser.add_argument("--most", type=int, default=5, help="end a suite at so many mismatches")
    given = parser.parse_args(arguments)
    # graphql-core leaves coroutines behind where a sibling has failed.
    warnings.simplefilter("ignore", RuntimeWarning)
    sys.unraisablehook = lambda _: None
    counts = [ceil(given.cases * share) for share in _SHARES]
    if given.only is not None:
        counts = [given.cases * (name == given.only) for name in SUITES]
    started = time.monotonic()
    tallies = []
    for name, count in zip(SUITES, counts, strict=True):
        if count:
            seeds = range(given.seed, given.seed + count)
            tallies.append(asyncio.run(_run(name, seeds, given.most)))
    total, planned = (sum(getattr(one, what) for one in tallies) for what in ("cases", "planned"))
    failed = sum(len(one.mismatches) for one in tallies)
    print(
        f"{total} cases in {time.monotonic() - started:.0f} s: {planned} planned,"
        f" {failed} mismatches"
    )
    return 1 if failed else 0


async def _run(name: str, seeds: range, most: int) -> Tally:
    def tell(text: str) -> None:
        print(f"[{name}] {text}", flush=True)

    if name == "generic":
        tally = await run_cases(make_trial, seeds, tell=tell, most_mismatches=most)
    else:
        school = open_made_school() if name == "made" else await open_sandbox_school()
        tally = await run_real(school, seeds, tell=tell, most_mismatches=most)
    tell(str(tally))
    return tally


if __name__ == "__main__":
    sys.exit(main())
