"""Runs many cases: `python -m tests.execution.differential --cases 20000 --seed 0`."""

import argparse
import asyncio
import sys
import time
import warnings
from collections.abc import Sequence

from tests.execution.differential.generic.suite import make_trial
from tests.execution.differential.harness import Tally, run_cases

_REAL_SHARE = 5
"""One case in so many is of the gateway's own schema; they cost more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases, tell what came of them; the exit status is 1 where any differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.execution.differential")
    parser.add_argument("--cases", type=int, default=20_000, help="how many to run")
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--only", choices=("generic", "real"), help="only one of the suites")
    parser.add_argument("--most", type=int, default=5, help="stop at so many mismatches")
    given = parser.parse_args(arguments)
    # graphql-core leaves coroutines behind where a sibling has failed.
    warnings.simplefilter("ignore", RuntimeWarning)
    sys.unraisablehook = lambda _: None
    real = {"generic": 0, "real": given.cases}.get(given.only, given.cases // _REAL_SHARE)
    started = time.monotonic()
    tallies = [
        _run("generic", given.cases - real, given.seed, given.most),
        _run("real", real, given.seed, given.most),
    ]
    print(f"{sum(tally.cases for tally in tallies)} cases in {time.monotonic() - started:.0f} s")
    return 1 if any(tally.mismatches for tally in tallies) else 0


def _run(name: str, cases: int, seed: int, most: int) -> Tally:
    def tell(text: str) -> None:
        print(f"[{name}] {text}", flush=True)

    seeds = range(seed, seed + cases)
    if name == "real":
        from tests.execution.differential.real.suite import run_real

        tally = asyncio.run(run_real(seeds, tell=tell, most_mismatches=most))
    else:
        tally = asyncio.run(run_cases(make_trial, seeds, tell=tell, most_mismatches=most))
    tell(str(tally))
    return tally


if __name__ == "__main__":
    sys.exit(main())
