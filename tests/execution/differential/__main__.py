"""Runs many cases: `python -m tests.execution.differential --cases 20000 --seed 0`."""

import argparse
import asyncio
import sys
import time
import warnings
from collections.abc import Sequence
from math import ceil

from tests.execution.differential.gateway_schema.suite import (
    open_random_school,
    open_simulator_school,
    run_gateway_cases,
)
from tests.execution.differential.harness import Tally, run_cases
from tests.execution.differential.random_schema.suite import make_trial

SUITES = ("random", "backends", "simulator")
"""The random schema; the gateway's schema over random backends and over the simulator."""

_SHARES = (0.6, 0.2, 0.2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases and print the results; the exit status is 1 if any differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.execution.differential")
    parser.add_argument("--cases", type=int, default=20_000, help="number of cases")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first case")
    parser.add_argument("--only", choices=SUITES, help="run only this suite")
    parser.add_argument("--max-mismatches", type=int, default=5, help="stop after that many mismatches")
    options = parser.parse_args(arguments)
    # graphql-core does not await coroutines of siblings of a failed field.
    warnings.simplefilter("ignore", RuntimeWarning)
    sys.unraisablehook = lambda _: None
    counts = [ceil(options.cases * share) for share in _SHARES]
    if options.only is not None:
        counts = [options.cases * (name == options.only) for name in SUITES]
    started = time.monotonic()
    tallies = []
    for name, count in zip(SUITES, counts, strict=True):
        if count:
            seeds = range(options.seed, options.seed + count)
            tallies.append(asyncio.run(_run(name, seeds, options.max_mismatches)))
    total, planned = (
        sum(getattr(tally, attribute) for tally in tallies) for attribute in ("cases", "planned")
    )
    failed = sum(len(tally.mismatches) for tally in tallies)
    print(f"{total} cases in {time.monotonic() - started:.0f} s: {planned} planned, {failed} mismatches")
    return 1 if failed else 0


async def _run(name: str, seeds: range, max_mismatches: int) -> Tally:
    def print_line(text: str) -> None:
        print(f"[{name}] {text}", flush=True)

    if name == "random":
        tally = await run_cases(make_trial, seeds, print_line=print_line, max_mismatches=max_mismatches)
    else:
        school = open_random_school() if name == "backends" else await open_simulator_school()
        tally = await run_gateway_cases(school, seeds, print_line=print_line, max_mismatches=max_mismatches)
    print_line(str(tally))
    return tally


if __name__ == "__main__":
    sys.exit(main())
