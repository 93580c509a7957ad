"""Reads of a section's members: `/sections/:id/enrollments`, once for all loads of a batch.

Schoology has no count of students, no list of teachers and no search, so all of them are read from
the roster. Loads of the same section share one list request. It selects only the enrollments that
these loads need, and a cursor contains that selection, so that the next page is of the same list.
An enrollment has one role: its `admin` flag distinguishes teachers from students.
https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple, Self

from lms_gateway.domain.errors import Forbidden, NotFound, Unsupported
from lms_gateway.domain.loads import Load, MemberFilter, Members, Page, Position
from lms_gateway.domain.models import Enrollment, EnrollmentState, Role, User
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api.endpoints import SECTION_ENROLLMENTS, ListEndpoint
from lms_gateway.vendors.schoology.api.pagination import LIST_START, PagePosition, collect_pages
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.rows.catalog import ENROLLMENT_STATES
from lms_gateway.vendors.schoology.rows.decoding import add_enrollments
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps

ENROLLMENT_TYPES: Mapping[Role, str] = {Role.TEACHER: "admin", Role.STUDENT: "member"}
ENROLLMENT_STATUSES: Mapping[EnrollmentState, int] = {
    state: number for number, state in ENROLLMENT_STATES.items()
}
CURRENT_STATES = (EnrollmentState.ACTIVE, EnrollmentState.INVITED)
"""The states of members if the filter has none."""
_PAST_STATUSES = frozenset(
    ENROLLMENT_STATUSES[state] for state in (EnrollmentState.COMPLETED, EnrollmentState.ARCHIVED)
)


class EnrollmentFilter(NamedTuple):
    """The enrollments that a list request selects."""

    types: frozenset[str]
    statuses: frozenset[int]

    @classmethod
    def of(cls, member_filter: MemberFilter) -> Self:
        """Return the selection that a filter needs."""
        roles = ENROLLMENT_TYPES if member_filter.roles is None else member_filter.roles
        states = CURRENT_STATES if member_filter.states is None else member_filter.states
        return cls(
            frozenset(ENROLLMENT_TYPES[role] for role in roles),
            frozenset(ENROLLMENT_STATUSES[state] for state in states),
        )

    @classmethod
    def from_cursor(cls, position: Position) -> tuple[Self, Position]:
        """Return the selection at the start of a cursor, and the rest of the cursor.

        Raises BadInput if it is a cursor of another list.
        """
        match position:
            case (str(types), str(statuses), *rest):
                enrollment_filter = cls(
                    frozenset(name for name in ENROLLMENT_TYPES.values() if name[0] in types),
                    frozenset(int(status) for status in statuses if status in "12345"),
                )
                is_empty = not (enrollment_filter.types and enrollment_filter.statuses)
                if not is_empty and enrollment_filter.cursor_prefix == (types, statuses):
                    return enrollment_filter, tuple(rest)
        raise foreign_cursor()

    @property
    def cursor_prefix(self) -> Position:
        """The selection as the start of a cursor: `("am", "13")`."""
        types = "".join(sorted(name[0] for name in self.types))
        return types, "".join(map(str, sorted(self.statuses)))

    @property
    def params(self) -> Params:
        """The selection as parameters. Without `type` Schoology sends both types."""
        statuses = ("enrollment_status", ",".join(map(str, sorted(self.statuses))))
        return (statuses,) if len(self.types) > 1 else (statuses, ("type", min(self.types)))

    @property
    def includes_past(self) -> bool:
        """Whether past sections have such enrollments."""
        return not self.statuses.isdisjoint(_PAST_STATUSES)

    def __or__(self, other: Self) -> Self:
        return type(self)(self.types | other.types, self.statuses | other.statuses)


STUDENT_FILTER = EnrollmentFilter.of(MemberFilter(roles=(Role.STUDENT,)))


@dataclass(slots=True)
class RosterRead:
    """The loads that one read of a section's or course's roster settles.

    `count_loads` wait for the number of students.
    """

    group: Key
    loads: list[Members] = field(default_factory=list)
    count_loads: list[Load] = field(default_factory=list)
    includes_count: bool = False

    @property
    def after(self) -> Position | None:
        """The cursor that all pages start at."""
        return self.loads[0].page.after if self.loads else None

    @property
    def user_ids(self) -> tuple[str, ...] | None:
        """The users that the pages are limited to; None: no limit."""
        return self.loads[0].filter.ids if self.loads else None

    def start(self) -> tuple[EnrollmentFilter, Position | None]:
        """Return the selection to read, and the cursor's position in it (None: the start).

        Raises BadInput if it is a cursor of another list.
        """
        if self.after is not None:
            return EnrollmentFilter.from_cursor(self.after)
        filters = [EnrollmentFilter.of(load.filter) for load in self.loads]
        if self.includes_count:
            filters.append(STUDENT_FILTER)
        return reduce(or_, filters), None

    def collectors(
        self, batch: LoadBatch, enrollment_filter: EnrollmentFilter, *, is_course: bool = False
    ) -> list[PageCollector[Record]]:
        """Return a collector for each load, in order.

        It filters if the list has enrollments that the load does not select. A course's roster
        contains people several times.
        """
        return [
            PageCollector(
                load.page.first,
                enrollment_picker(batch, load.filter, load.kind),
                is_filtered=is_course or EnrollmentFilter.of(load.filter) != enrollment_filter,
                from_start=self.after is None,
            )
            for load in self.loads
        ]

    def run(
        self,
        batch: LoadBatch,
        steps: Steps[None],
        collectors: Iterable[PageCollector[Record]],
        counter: PageCollector[Record],
    ) -> Steps[None]:
        """Run the steps that fill the collectors, then settle all loads.

        A refused roster fails the pages; the number of students is null then.
        """
        count: int | None = None
        try:
            yield from steps
        except (Forbidden, NotFound) as error:
            batch.fail(self.loads, error)
        else:
            count = counter.accepted_count
            for load, collector in zip(self.loads, collectors, strict=True):
                batch.settle(load, collector.page())
        if self.includes_count:
            if count is not None:
                batch.store.merge(self.group.kind, self.group.id, {"student_count": count})
            for waiting_load in self.count_loads:
                batch.complete_part(waiting_load, self.group)


def plan_member_reads(
    batch: LoadBatch, loads: Iterable[Members], count_loads: Mapping[Key, Sequence[Load]]
) -> list[RosterRead]:
    """Return the roster reads that settle these loads.

    Settles loads that Schoology does not support or that need no call.
    """
    rosters: dict[tuple[object, ...], RosterRead] = {}
    for group, waiting_loads in count_loads.items():
        rosters[group, None, None] = RosterRead(group, [], list(waiting_loads), includes_count=True)
    for load in loads:
        error = validate_filter(load.filter)
        if error is not None:
            batch.settle(load, error)
        elif load.page.first == 0 or matches_nothing(load.filter):
            batch.settle(load, Page((), (), has_next=False))
        else:
            # A page after a cursor is read by itself: its list depends on the cursor.
            after = None if load.page.after is None else (load.page.after, load.filter)
            roster_key = (load.group, after, load.filter.ids)
            rosters.setdefault(roster_key, RosterRead(load.group)).loads.append(load)
    return list(rosters.values())


def validate_filter(member_filter: MemberFilter) -> Unsupported | None:
    """Return why Schoology does not support a filter of members; None if it does."""
    roles, states = member_filter.roles, member_filter.states
    if member_filter.search is not None:
        return Unsupported("filter.search: Schoology has no search among members")
    if member_filter.canvas:
        return Unsupported(
            "filter.canvas: Schoology filters members by role, state and id, and does not sort them"
        )
    if roles is not None and not ENROLLMENT_TYPES.keys() >= set(roles):
        return Unsupported("filter.roles: Schoology has only the roles TEACHER and STUDENT")
    if states is not None and not ENROLLMENT_STATUSES.keys() >= set(states):
        return Unsupported(
            "filter.states: Schoology has only the states ACTIVE, COMPLETED, INVITED, REQUESTED and ARCHIVED"
        )
    return None


def matches_nothing(member_filter: MemberFilter) -> bool:
    """Return whether no enrollment can match a filter."""
    return () in (member_filter.ids, member_filter.roles, member_filter.states)


def read_roster(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    """Read pages of a section's members, and the number of its students.

    Students are counted row by row: the vendor's `total` may count other enrollments too.
    Calls: GET /sections/:id/enrollments
    """
    enrollment_filter, after = roster.start()
    position = LIST_START if after is None else PagePosition.from_cursor(after)
    collectors = roster.collectors(batch, enrollment_filter)
    counter = student_counter(batch)
    section_id = roster.group.id

    def add_rows(rows: Sequence[Row]) -> Sequence[Record]:
        return add_enrollments(batch.store, rows, section_id)

    steps = collect_pages(
        enrollments_of(section_id, enrollment_filter, roster.user_ids),
        batch.instance.origin,
        add_rows,
        [*collectors, counter] if roster.includes_count else collectors,
        position,
        enrollment_filter.cursor_prefix,
    )
    yield from roster.run(batch, steps, collectors, counter)


def enrollments_of(
    section_id: str, enrollment_filter: EnrollmentFilter, user_ids: Sequence[str] | None = None
) -> ListEndpoint:
    """Return the list of a section's enrollments, or of those of certain users."""
    params = enrollment_filter.params
    if user_ids is not None:
        params = (*params, ("uid", ",".join(user_ids)))
    return SECTION_ENROLLMENTS.of(section_id, params=params)


def student_counter(batch: LoadBatch) -> PageCollector[Record]:
    """Return a collector that counts the active and invited students, each once."""
    return PageCollector(None, enrollment_picker(batch, MemberFilter(roles=(Role.STUDENT,)), Kind.USER))


def enrollment_picker(
    batch: LoadBatch, member_filter: MemberFilter, kind: Kind
) -> Callable[[Record], Sequence[Record]]:
    """Return a function that picks an enrollment, or its user, if it matches the filter."""
    roles = None if member_filter.roles is None else frozenset(member_filter.roles)
    states = frozenset(CURRENT_STATES if member_filter.states is None else member_filter.states)
    ids = None if member_filter.ids is None else frozenset(member_filter.ids)

    def pick(record: Record) -> Sequence[Record]:
        if not isinstance(record, Enrollment) or record.user_id is None:
            return ()
        if roles is not None and record.role not in roles:
            return ()
        # Schoology has applied its own filter to rows without a status.
        if getattr(record, "schoology.status") is not None and record.state not in states:
            return ()
        if ids is not None and record.user_id not in ids:
            return ()
        if kind is Kind.ENROLLMENT:
            return (record,)
        user = batch.store.get(User, record.user_id)
        return () if user is None else (user,)

    return pick
