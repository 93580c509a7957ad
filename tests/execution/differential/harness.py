"""Runs cases through both engines and judges what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLSchema

from lms_gateway.execution import NotPlannable
from tests.execution.differential.comparison import (
    Outcome,
    difference,
    has_propagated_null,
    is_explained_by_timing,
)
from tests.execution.differential.documents import Case
from tests.execution.differential.shrinking import shrink

_PACE_COUNT = 200
"""How often graphql-core runs at other paces before errors that differ are held against a plan.

An order that a plan has always may come up once in fifty of them."""

_SHRINK_PACE_COUNT = 24
"""The same while a mismatch is made smaller."""


class Trial(Protocol):
    """A case and the world it is asked in."""

    case: Case
    schema: GraphQLSchema

    async def core(self, pace: int) -> Outcome:
        """What graphql-core makes of it. The pace tells how long each answer takes."""
        ...

    async def plan(self) -> Outcome:
        """What a plan makes of it. Raises Unplanned."""
        ...

    def with_case(self, case: Case) -> "Trial":
        """The same world, asked something else."""
        ...


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`mismatch`: wherein the two differ. `unplanned`: why there was no plan."""

    mismatch: str | None = None
    unplanned: str | None = None
    timed: bool = False
    errors: int = 0
    size: int = 0
    awaited: bool = False


async def compare_engines(trial: Trial, paces: int = _PACE_COUNT) -> CaseResult:
    """Compare the two engines over one case."""
    try:
        plan = await trial.plan()
    except NotPlannable as unplanned:
        return CaseResult(unplanned=unplanned.reason)
    except Exception as error:  # graphql-core raises nothing: whatever happens is in its result
        return CaseResult(mismatch=f"raised: {error!r}")
    core = await trial.core(0)
    result = CaseResult(errors=len(core.problems), size=_size(core.data), awaited=core.awaited)
    if more := extra_calls(core, plan):
        return CaseResult(mismatch=more)
    why = difference(core, plan)
    if why is None:
        return result
    if core.awaited:
        outcomes = [core]
        for pace in range(1, paces + 1):
            outcomes.append(await trial.core(pace))
            if is_explained_by_timing(outcomes, plan):
                return CaseResult(timed=True, errors=result.errors, size=result.size, awaited=True)
    return CaseResult(mismatch=why)


def extra_calls(core: Outcome, plan: Outcome) -> str | None:
    """Which calls a plan made that graphql-core did not; None where there are none.

    Where null spreads, graphql-core stops at once and leaves undone what would have come next,
    depth first; a plan asks for all objects of a level together, and may have asked for more by
    then. So calls are compared only where nothing did.
    """
    if has_propagated_null(core):
        return None
    more = Counter(plan.calls) - Counter(core.calls)
    if not more:
        return None
    return f"calls: {len(core.calls)} became {len(plan.calls)}, more of {dict(more)}"


def _size(data: object) -> int:
    if isinstance(data, dict):
        return sum(map(_size, data.values()))
    return sum(map(_size, data)) if isinstance(data, list) else 1


@dataclass
class Tally:
    """What many cases came to."""

    cases: int = 0
    planned: int = 0
    timed: int = 0
    awaited: int = 0
    failing: int = 0
    values: int = 0
    unplanned: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def count(self, result: CaseResult) -> None:
        self.cases += 1
        self.awaited += result.awaited
        self.failing += result.errors > 0
        self.values += result.size
        self.timed += result.timed
        if result.unplanned is None:
            self.planned += 1
        else:
            self.unplanned[result.unplanned] += 1

    def __str__(self) -> str:
        fell = ", ".join(f"{number} {why}" for why, number in self.unplanned.most_common())
        return (
            f"{self.cases} cases: {self.planned} planned, {sum(self.unplanned.values())} not"
            f" ({fell or 'none'}); {self.awaited} had to wait, {self.failing} told errors,"
            f" {self.timed} of those by timing; {self.values} values;"
            f" {len(self.mismatches)} mismatches"
        )


async def run_cases(
    make: Callable[[int], Trial],
    seeds: Iterable[int],
    *,
    print_line: Callable[[str], None] = lambda text: None,
    max_mismatches: int = 5,
    shrinks: bool = True,
) -> Tally:
    """Judge the cases of the seeds. Each mismatch is told, as small as it could be made."""
    tally = Tally()
    printed_at = time.monotonic()
    for seed in seeds:
        trial = make(seed)
        result = await compare_engines(trial)
        tally.count(result)
        if result.mismatch is not None:
            report = await describe(trial, result.mismatch, seed, shrinks=shrinks)
            tally.mismatches.append(report)
            print_line(report)
            if len(tally.mismatches) >= max_mismatches:
                break
        if time.monotonic() - printed_at > 15:
            printed_at = time.monotonic()
            print_line(str(tally))
    return tally


async def describe(trial: Trial, mismatch: str, seed: int, *, shrinks: bool = True) -> str:
    """A mismatch and how to see it again."""
    kind = mismatch.split(":")[0]

    async def still_fails(case: Case) -> bool:
        result = await compare_engines(trial.with_case(case), _SHRINK_PACE_COUNT)
        return result.mismatch is not None and result.mismatch.split(":")[0] == kind

    case = await shrink(trial.schema, trial.case, still_fails) if shrinks else trial.case
    repeated = (await compare_engines(trial.with_case(case))).mismatch
    if repeated is None:  # only a matter of timing, once it is so small
        case, repeated = trial.case, mismatch
    return f"seed {seed}\n{trial}\n{repeated}\n{case}\n"
