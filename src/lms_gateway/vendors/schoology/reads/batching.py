"""From the asks of a wave to the fewest reads.

Nothing here talks to anybody: a read yields the calls that it needs and is sent what became of
them. Reads are as many as can go on without each other; what must be seen together (the roster of a
section, ids and other names of one kind) is one.

by id          GET each, packed fifty to a multiget where they are more than three
by SIS id      fifty to a lookup
members        one listing per section and wave, whoever asks; a course's are its sections'
lists          one listing each, cut for all who ask
terms          one by one, or as a list where they are many
"""

from collections.abc import Iterable, Mapping, Sequence

from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    Load,
    Members,
    OperationListLoad,
    OperationLoad,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.schoology.reads import (
    collections,
    grading_periods,
    objects,
    rosters,
    schools,
)
from lms_gateway.vendors.schoology.reads.batch import (
    NO_JOBS,
    ONLY_CANVAS,
    LoadBatch,
    isolate_errors,
)
from lms_gateway.vendors.schoology.reads.course_rosters import read_course_roster
from lms_gateway.vendors.schoology.reads.objects import COUNT_FIELDS
from lms_gateway.vendors.schoology.reads.rosters import RosterRead
from lms_gateway.vendors.schoology.reads.user_collections import CollectionLoad
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.steps import Steps, gather

KINDS_WITH_SIS_ID = (Kind.SECTION, Kind.USER)
"""Kinds that Schoology finds by their SIS id."""


def plan_reads(batch: LoadBatch) -> list[ReadTask]:
    """Return the reads of a batch. Loads that need no call are settled before this returns."""
    plan = _ReadPlanner(batch)
    for load in batch.projections:
        plan.add(load)
    return plan.reads()


class _ReadPlanner:
    """The asks of a wave, sorted by how they are read."""

    def __init__(self, batch: LoadBatch) -> None:
        self._batch = batch
        self._objects: dict[Key, ById] = {}
        self._counts: dict[Key, list[Load]] = {}
        self._aliases: dict[Kind, list[ByAlias]] = {}
        self._enrollments: list[ById] = []
        self._accounts: list[ById | RootAccount] = []
        self._terms: list[grading_periods.TermLoad] = []
        self._members: list[Members] = []
        self._lists: list[CollectionLoad] = []
        self._viewer: list[Viewer] = []

    def add(self, load: Load) -> None:
        """Sort an ask in, or settle it where that needs no call."""
        match load:
            case ById(kind=Kind.PROGRESS):
                self._batch.settle(load, Unsupported(NO_JOBS))
            case OperationLoad() | OperationListLoad():
                self._batch.settle(load, Unsupported(ONLY_CANVAS))
            case ById():
                self._add_by_id(load)
            case ByAlias():
                self._add_alias(load)
            case Viewer():
                self._viewer.append(load)
            case RootAccount():
                self._accounts.append(load)
            case TermsOf():
                self._terms.append(load)
            case Members():
                self._members.append(load)
            case Children() | Search():
                self._lists.append(load)

    def reads(self) -> list[ReadTask]:
        """Everything that was sorted in, as reads."""
        batch = self._batch
        tasks = [*self._user_reads(), *self._section_reads(), *self._other_object_reads()]
        if self._accounts:
            steps = schools.read_accounts(batch, self._accounts)
            tasks.append(ReadTask(tuple(self._accounts), steps))
        if self._viewer:
            tasks.append(ReadTask(tuple(self._viewer), objects.read_viewer(batch, _read_count)))
        tasks += [
            ReadTask(tuple(loads), collections.read_list(batch, loads))
            for loads in collections.group_loads(batch, self._lists)
        ]
        tasks += [
            ReadTask((*roster.loads, *roster.count_loads), _read_members(batch, roster))
            for roster in rosters.plan_member_reads(batch, self._members, self._counts)
        ]
        return tasks

    def _add_by_id(self, load: ById) -> None:
        batch, key = self._batch, Key(load.kind, load.id)
        if batch.store.is_absent(key):
            batch.settle(load, None)
            return
        record = batch.store.find(key)
        missing = batch.missing(key, batch.projections[load].fields)
        if record is not None and not missing:
            batch.settle(load, record)
            return
        match load.kind:
            case Kind.ENROLLMENT:
                self._enrollments.append(load)
            case Kind.ACCOUNT:
                self._accounts.append(load)
            case Kind.TERM:
                self._terms.append(load)
            case _:
                parts = 0
                if missing - COUNT_FIELDS or record is None:
                    self._objects[key] = load
                    parts += 1
                if missing & COUNT_FIELDS:
                    self._counts.setdefault(key, []).append(load)
                    parts += 1
                batch.expect_parts(load, parts)

    def _add_alias(self, load: ByAlias) -> None:
        if load.kind not in KINDS_WITH_SIS_ID or load.alias is not Alias.SIS_ID:
            reason = (
                "Schoology finds sections and users by SIS id, and nothing else by another name"
            )
            self._batch.settle(load, Unsupported(reason))
        elif not load.value.strip():
            self._batch.settle(load, BadInput("a SIS id is not empty"))
        else:
            self._aliases.setdefault(load.kind, []).append(load)

    def _user_reads(self) -> list[ReadTask]:
        """Users by id and by SIS id."""
        return self._reads_of_kind(Kind.USER, [])

    def _section_reads(self) -> list[ReadTask]:
        """Sections, and what cannot be asked before its section is there."""
        batch, dependents = self._batch, []
        prerequisites: set[Key] = set()
        if self._terms:
            prerequisites |= {load.section for load in self._terms if isinstance(load, TermsOf)}
            dependents.append(
                ReadTask(tuple(self._terms), grading_periods.read_terms(batch, self._terms))
            )
        if self._enrollments:
            prerequisites |= {
                Key(Kind.SECTION, load.id.partition(".")[0])
                for load in self._enrollments
                if "course_id" in batch.projections[load].fields
            }
            steps = objects.read_enrollments(batch, self._enrollments)
            dependents.append(ReadTask(tuple(self._enrollments), steps))
        return self._reads_of_kind(Kind.SECTION, dependents, prerequisites)

    def _reads_of_kind(
        self, kind: Kind, dependents: list[ReadTask], prerequisites: Iterable[Key] = ()
    ) -> list[ReadTask]:
        """Objects of a kind by id, then those by SIS id whom these have not told of already.

        `behind` are reads that need the `first` of them.
        """
        by_id = {key: load for key, load in self._objects.items() if key.kind is kind}
        aliases = self._aliases.get(kind, [])
        if aliases:
            dependents.append(
                ReadTask(tuple(aliases), objects.read_by_aliases(self._batch, aliases, _read_count))
            )
            prerequisites = list(by_id)
        prerequisite_loads = {key: by_id.pop(key) for key in prerequisites if key in by_id}
        tasks = [ReadTask((load,), self._read_object(key, load)) for key, load in by_id.items()]
        if not prerequisite_loads:
            return [*tasks, *dependents]
        loads = (
            *prerequisite_loads.values(),
            *(load for read in dependents for load in read.loads),
        )
        return [
            *tasks,
            ReadTask(
                loads,
                _read_in_order(
                    self._batch, self._read_prerequisites(prerequisite_loads), dependents
                ),
            ),
        ]

    def _read_prerequisites(self, prerequisite_loads: Mapping[Key, ById]) -> Steps[None]:
        yield from gather(
            isolate_errors(self._batch, [load], self._read_object(key, load))
            for key, load in prerequisite_loads.items()
        )

    def _other_object_reads(self) -> list[ReadTask]:
        return [
            ReadTask((load,), self._read_object(key, load))
            for key, load in self._objects.items()
            if key.kind not in KINDS_WITH_SIS_ID
        ]

    def _read_object(self, key: Key, load: ById) -> Steps[None]:
        batch = self._batch
        record = yield from objects.read_object(batch, key, batch.projections[load].fields)
        if record is None:
            batch.settle(load, None)
        else:
            batch.complete_part(load, key)


def _read_in_order(
    batch: LoadBatch, prerequisite: Steps[None], dependents: Sequence[ReadTask]
) -> Steps[None]:
    yield from prerequisite
    yield from gather(isolate_errors(batch, read.loads, read.steps) for read in dependents)


def _read_members(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    if roster.group.kind is Kind.COURSE:
        return read_course_roster(batch, roster)
    return rosters.read_roster(batch, roster)


def _read_count(batch: LoadBatch, key: Key) -> Steps[None]:
    """Learn the count of students of an object that the wave did not know beforehand."""
    return _read_members(batch, RosterRead(key, includes_count=True))
