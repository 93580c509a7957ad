"""Runs cases through both engines and judges what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLSchema

from lms_gateway.execution import Unplanned
from tests.execution.differential.documents import Case
from tests.execution.differential.outcomes import Outcome, difference, has_spread, is_of_timing
from tests.execution.differential.shrinking import shrink

_PACES = 200
"""How often graphql-core runs at other paces before errors that differ are held against a plan.

An order that a plan has always may come up once in fifty of them."""

_FEW_PACES = 24
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

    def again(self, case: Case) -> "Trial":
        """The same world, asked something else."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """`mismatch`: wherein the two differ. `unplanned`: why there was no plan."""

    mismatch: str | None = None
    unplanned: str | None = None
    timed: bool = False
    errors: int = 0
    size: int = 0
    late: bool = False


async def judge(trial: Trial, paces: int = _PACES) -> Verdict:
    """Compare the two engines over one case."""
    try:
        plan = await trial.plan()
    except Unplanned as unplanned:
        return Verdict(unplanned=unplanned.reason)
    except Exception as error:  # graphql-core raises nothing: whatever happens is in its result
        return Verdict(mismatch=f"raised: {error!r}")
    core = await trial.core(0)
    verdict = Verdict(errors=len(core.problems), size=_size(core.data), late=core.late)
    if more := more_calls(core, plan):
        return Verdict(mismatch=more)
    why = difference(core, plan)
    if why is None:
        return verdict
    if core.late:
        known = [core]
        for pace in range(1, paces + 1):
            known.append(await trial.core(pace))
            if is_of_timing(known, plan):
                return Verdict(timed=True, errors=verdict.errors, size=verdict.size, late=True)
    return Verdict(mismatch=why)


def more_calls(core: Outcome, plan: Outcome) -> str | None:
    """Which calls a plan made that graphql-core did not; None where there are none.

    Where null spreads, graphql-core stops at once and leaves undone what would have come next,
    depth first; a plan asks for all objects of a level together, and may have asked for more by
    then. So calls are compared only where nothing did.
    """
    if has_spread(core):
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
    late: int = 0
    failing: int = 0
    values: int = 0
    unplanned: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def count(self, verdict: Verdict) -> None:
        self.cases += 1
        self.late += verdict.late
        self.failing += verdict.errors > 0
        self.values += verdict.size
        self.timed += verdict.timed
        if verdict.unplanned is None:
            self.planned += 1
        else:
            self.unplanned[verdict.unplanned] += 1

    def __str__(self) -> str:
        fell = ", ".join(f"{number} {why}" for why, number in self.unplanned.most_common())
        return (
            f"{self.cases} cases: {self.planned} planned, {sum(self.unplanned.values())} not"
            f" ({fell or 'none'}); {self.late} had to wait, {self.failing} told errors,"
            f" {self.timed} of those by timing; {self.values} values;"
            f" {len(self.mismatches)} mismatches"
        )


async def run_cases(
    make: Callable[[int], Trial],
    seeds: Iterable[int],
    *,
    tell: Callable[[str], None] = lambda text: None,
    most_mismatches: int = 5,
    shrinks: bool = True,
) -> Tally:
    """Judge the cases of the seeds. Each mismatch is told, as small as it could be made."""
    tally = Tally()
    told = time.monotonic()
    for seed in seeds:
        trial = make(seed)
        verdict = await judge(trial)
        tally.count(verdict)
        if verdict.mismatch is not None:
            report = await describe(trial, verdict.mismatch, seed, shrinks=shrinks)
            tally.mismatches.append(report)
            tell(report)
            if len(tally.mismatches) >= most_mismatches:
                break
        if time.monotonic() - told > 15:
            told = time.monotonic()
            tell(str(tally))
    return tally


async def describe(trial: Trial, mismatch: str, seed: int, *, shrinks: bool = True) -> str:
    """A mismatch and how to see it again."""
    kind = mismatch.split(":")[0]

    async def shows(case: Case) -> bool:
        verdict = await judge(trial.again(case), _FEW_PACES)
        return verdict.mismatch is not None and verdict.mismatch.split(":")[0] == kind

    case = await shrink(trial.schema, trial.case, shows) if shrinks else trial.case
    again = (await judge(trial.again(case))).mismatch
    if again is None:  # only a matter of timing, once it is so small
        case, again = trial.case, mismatch
    return f"seed {seed}\n{trial}\n{again}\n{case}\n"
