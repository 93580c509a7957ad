"""Runs cases with both engines and compares the outcomes."""

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

_PACE_COUNT = 600
"""Executions of graphql-core at other paces before a difference in errors counts as a mismatch.

An order that a plan always has may occur in one of fifty of them, in rare cases in one of 300."""

_SHRINK_PACE_COUNT = 24
"""The same while a mismatch is minimized."""


class Trial(Protocol):
    """A case and its data."""

    @property
    def case(self) -> Case: ...

    @property
    def schema(self) -> GraphQLSchema: ...

    async def core(self, pace: int) -> Outcome:
        """Return graphql-core's outcome. `pace` determines the delays of values."""
        ...

    async def plan(self) -> Outcome:
        """Return the plan's outcome. Raises NotPlannable."""
        ...

    def with_case(self, case: Case) -> "Trial":
        """Return a trial of another case over the same data."""
        ...


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`mismatch`: the difference. `unplanned`: why there was no plan."""

    mismatch: str | None = None
    unplanned: str | None = None
    timed: bool = False
    errors: int = 0
    size: int = 0
    awaited: bool = False


async def compare_engines(trial: Trial, paces: int = _PACE_COUNT) -> CaseResult:
    """Compare the two engines on one case."""
    try:
        plan = await trial.plan()
    except NotPlannable as unplanned:
        return CaseResult(unplanned=unplanned.reason)
    except Exception as error:  # graphql-core never raises
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
    """Return the calls of a plan that graphql-core did not make; None if there are none.

    When null propagates, graphql-core stops at once and omits later loads; a plan loads all objects
    of a level together and may have started more loads by then. So calls are compared only if no
    null propagated.
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
    """Counts of many cases."""

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
            f" ({fell or 'none'}); {self.awaited} with awaitables, {self.failing} with errors,"
            f" {self.timed} of those explained by timing; {self.values} values;"
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
    """Compare the cases of the seeds. Each mismatch is reported with a minimal case."""
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
    """Return a report of a mismatch, with what reproduces it."""
    kind = mismatch.split(":")[0]

    async def still_fails(case: Case) -> bool:
        result = await compare_engines(trial.with_case(case), _SHRINK_PACE_COUNT)
        return result.mismatch is not None and result.mismatch.split(":")[0] == kind

    case = await shrink(trial.schema, trial.case, still_fails) if shrinks else trial.case
    repeated = (await compare_engines(trial.with_case(case))).mismatch
    if repeated is None:  # the minimal case differs only in timing
        case, repeated = trial.case, mismatch
    return f"seed {seed}\n{trial}\n{repeated}\n{case}\n"
