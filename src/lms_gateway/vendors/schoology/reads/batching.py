"""Plans the reads of a batch: from its loads to the fewest calls, without I/O.

A read is a generator that yields the calls that it needs and receives their outcomes. Loads are in one read
only if they have to be seen together: all loads of a section's roster, or ids and SIS ids of one kind.

by id          one GET each; more than three are packed into multigets of fifty
by SIS id      one lookup for fifty
members        one list per section and batch; a course's members are those of its sections
lists          one list for all loads that differ only in their page size
terms          one GET each; one list for more than three
"""

from collections.abc import Iterable

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
from lms_gateway.vendors.schoology.reads import collections, grading_periods, objects, rosters, schools
from lms_gateway.vendors.schoology.reads.batch import NO_JOBS, ONLY_CANVAS, LoadBatch
from lms_gateway.vendors.schoology.reads.course_rosters import read_course_roster
from lms_gateway.vendors.schoology.reads.objects import COUNT_FIELDS
from lms_gateway.vendors.schoology.reads.rosters import RosterRead
from lms_gateway.vendors.schoology.reads.user_collections import CollectionLoad
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.steps import Steps

KINDS_WITH_SIS_ID = (Kind.SECTION, Kind.USER)
"""The kinds that Schoology finds by SIS id."""


def plan_reads(batch: LoadBatch) -> list[ReadTask]:
    """Return the reads of a batch.

    Loads that need no call, or that Schoology does not support, are settled at once.
    """
    planner = _ReadPlanner(batch)
    for load in batch.projections:
        planner.add(load)
    return planner.reads()


class _ReadPlanner:
    """The loads of a batch, sorted by how they are read."""

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
        """Add a load, or settle it if that needs no call."""
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
        """Return the reads of all loads that were added."""
        batch = self._batch
        tasks = self._reads_of_kind(Kind.USER, []) + self._section_reads()
        tasks += self._reads_of_kind(Kind.COURSE, [])
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
        missing = batch.missing_of(load, key)
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
            reason = "Schoology finds sections and users by SIS id, and no objects by other names"
            self._batch.settle(load, Unsupported(reason))
        elif not load.value.strip():
            self._batch.settle(load, BadInput("sisId: must not be empty"))
        else:
            self._aliases.setdefault(load.kind, []).append(load)

    def _section_reads(self) -> list[ReadTask]:
        """Return the reads of sections, and of terms and enrollments, which may need a section."""
        batch, dependents = self._batch, []
        prerequisites: set[Key] = set()
        if self._terms:
            prerequisites |= {load.section for load in self._terms if isinstance(load, TermsOf)}
            steps = grading_periods.read_terms(batch, self._terms)
            dependents.append(ReadTask(tuple(self._terms), steps))
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
        """Return the reads of a kind by id and by SIS id, and the `dependents`.

        Dependents run after the reads of the `prerequisites`. Reads by SIS id are dependents of all
        reads by id, because these may return the object in question.
        """
        reads = {
            key: ReadTask((load,), self._read_object(key, load))
            for key, load in self._objects.items()
            if key.kind is kind
        }
        aliases = self._aliases.get(kind, [])
        if aliases:
            steps = objects.read_by_aliases(self._batch, aliases, _read_count)
            dependents.append(ReadTask(tuple(aliases), steps))
            prerequisites = reads.keys()
        first = tuple(reads[key] for key in prerequisites if key in reads)
        for read in dependents:
            read.after = first
        return [*reads.values(), *dependents]

    def _read_object(self, key: Key, load: ById) -> Steps[None]:
        batch = self._batch
        record = yield from objects.read_object(batch, key, batch.projections[load].fields)
        if record is None:
            batch.settle(load, None)
        else:
            batch.complete_part(load, key)


def _read_members(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    if roster.group.kind is Kind.COURSE:
        return read_course_roster(batch, roster)
    return rosters.read_roster(batch, roster)


def _read_count(batch: LoadBatch, key: Key) -> Steps[None]:
    """Read the number of students of an object whose id the batch did not contain."""
    return _read_members(batch, RosterRead(key, includes_count=True))
