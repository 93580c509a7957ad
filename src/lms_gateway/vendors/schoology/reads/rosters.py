"""Who is in a section: `/sections/:id/enrollments`, read once for all who ask about it.

Schoology has no count of students, no list of teachers and no search: everything is cut out of the
roster. Asks of one wave about one section share one listing, which is no wider than they need, and
a cursor remembers how wide it was. An enrollment's `admin` flag is its only role: teacher or
student. https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported
from lms_gateway.domain.loads import Load, MemberFilter, Members, Page, Position
from lms_gateway.domain.models import Enrollment, EnrollmentState, Role, User
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    ListEndpoint,
    PageCollector,
    PagePosition,
    collect_pages,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.rows.decoding import add_enrollments
from lms_gateway.vendors.schoology.rows.field_maps import ENROLLMENT_STATES, Row
from lms_gateway.vendors.shared.steps import Steps

ENROLLMENT_TYPES: Mapping[Role, str] = {Role.TEACHER: "admin", Role.STUDENT: "member"}
ENROLLMENT_STATUSES: Mapping[EnrollmentState, int] = {
    state: number for number, state in ENROLLMENT_STATES.items()
}
CURRENT_STATES = (EnrollmentState.ACTIVE, EnrollmentState.INVITED)
"""Who is a member unless a filter says otherwise."""
PAST_STATUSES = frozenset(
    {ENROLLMENT_STATUSES[EnrollmentState.COMPLETED], ENROLLMENT_STATUSES[EnrollmentState.ARCHIVED]}
)
"""Whoever asks for these means past sections too."""


class EnrollmentFilter(NamedTuple):
    """Which enrollments a listing holds; as two words in a cursor."""

    types: frozenset[str]
    statuses: frozenset[int]

    @classmethod
    def of(cls, member_filter: MemberFilter) -> Self:
        """What a filter needs."""
        roles = ENROLLMENT_TYPES if member_filter.roles is None else member_filter.roles
        states = CURRENT_STATES if member_filter.states is None else member_filter.states
        return cls(
            frozenset(ENROLLMENT_TYPES[role] for role in roles),
            frozenset(map(ENROLLMENT_STATUSES.__getitem__, states)),
        )

    @classmethod
    def from_cursor(cls, position: Position) -> tuple[Self, Position]:
        """What a cursor was cut from, and the rest of it. Raises BadInput."""
        match position:
            case (str(types), str(statuses), *rest):
                enrollment_filter = cls(
                    frozenset(name for name in ENROLLMENT_TYPES.values() if name[0] in types),
                    frozenset(int(status) for status in statuses if status in "12345"),
                )
                if (
                    enrollment_filter.types
                    and enrollment_filter.statuses
                    and enrollment_filter.cursor_prefix == (types, statuses)
                ):
                    return enrollment_filter, tuple(rest)
        raise BadInput("the cursor does not belong to this list")

    @property
    def cursor_prefix(self) -> Position:
        """The width as the beginning of a cursor."""
        types = "".join(sorted(name[0] for name in self.types))
        return types, "".join(map(str, sorted(self.statuses)))

    @property
    def params(self) -> Params:
        """The width as the vendor takes it; an absent `type` is both."""
        statuses = ("enrollment_status", ",".join(map(str, sorted(self.statuses))))
        return (statuses,) if len(self.types) > 1 else (statuses, ("type", min(self.types)))

    def __or__(self, other: Self) -> Self:
        return self._replace(
            types=self.types | other.types, statuses=self.statuses | other.statuses
        )


STUDENT_FILTER = EnrollmentFilter.of(MemberFilter(roles=(Role.STUDENT,)))


@dataclass(slots=True)
class RosterRead:
    """What a wave asks of one section or course at one place: its pages, and maybe its count."""

    group: Key
    loads: list[Members] = field(default_factory=list)
    count_loads: list[Load] = field(default_factory=list)
    includes_count: bool = False

    @property
    def after(self) -> Position | None:
        """Where all its pages begin."""
        return self.loads[0].page.after if self.loads else None

    @property
    def user_ids(self) -> tuple[str, ...] | None:
        """The only users that its pages may hold, or None."""
        return self.loads[0].filter.ids if self.loads else None

    @property
    def enrollment_filter(self) -> EnrollmentFilter:
        """What all of its asks need together."""
        filters = [EnrollmentFilter.of(load.filter) for load in self.loads]
        if self.includes_count:
            filters.append(STUDENT_FILTER)
        union = filters[0]
        for other in filters[1:]:
            union |= other
        return union

    def collectors(
        self, batch: LoadBatch, enrollment_filter: EnrollmentFilter, *, is_filtered: bool = False
    ) -> list[PageCollector]:
        """One cut for each ask, in their order, from a listing of this width."""
        return [
            PageCollector(
                load.page.first,
                enrollment_picker(batch, load.filter, load.kind),
                is_filtered or EnrollmentFilter.of(load.filter) != enrollment_filter,
            )
            for load in self.loads
        ]

    def settle(self, batch: LoadBatch, collectors: Iterable[PageCollector]) -> None:
        """Answer the asks from their cuts."""
        for load, collector in zip(self.loads, collectors, strict=True):
            batch.settle(load, collector.page())


def plan_member_reads(
    batch: LoadBatch, loads: Iterable[Members], count_loads: Mapping[Key, Sequence[Load]]
) -> list[RosterRead]:
    """The asks of a wave, and those that wait for a count, by what they can share.

    Settles what Schoology cannot do and what needs no call.
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
            # A page further on is read for itself: where it lies is its own listing's business.
            after = None if load.page.after is None else (load.page.after, load.filter)
            roster_key = (load.group, after, load.filter.ids)
            rosters.setdefault(roster_key, RosterRead(load.group)).loads.append(load)
    return list(rosters.values())


def validate_filter(member_filter: MemberFilter) -> Unsupported | None:
    """Why Schoology cannot filter members like that; None where it can."""
    if member_filter.search is not None:
        return Unsupported("Schoology has no search among members")
    if member_filter.canvas:
        return Unsupported("Schoology filters members by role, state and id, and sorts none")
    if member_filter.roles is not None and not ENROLLMENT_TYPES.keys() >= set(member_filter.roles):
        return Unsupported("Schoology tells only the roles TEACHER and STUDENT")
    if member_filter.states is not None and not ENROLLMENT_STATUSES.keys() >= set(
        member_filter.states
    ):
        return Unsupported(
            "Schoology has the states ACTIVE, COMPLETED, INVITED, REQUESTED and ARCHIVED only"
        )
    return None


def matches_nothing(member_filter: MemberFilter) -> bool:
    """Whether a filter lets nobody through."""
    return () in (member_filter.ids, member_filter.roles, member_filter.states)


def read_roster(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    """Pages of a section's members, and the count of its students.

    Students are counted row by row: the vendor's own `total` may be filtered otherwise.
    Calls: GET /sections/:id/enrollments
    """
    enrollment_filter, page_position = roster.enrollment_filter, LIST_START
    if roster.after is not None:
        enrollment_filter, position = EnrollmentFilter.from_cursor(roster.after)
        page_position = PagePosition.from_cursor(position)
    collectors = roster.collectors(batch, enrollment_filter)
    counter = student_counter(batch)
    counters = [counter] if roster.includes_count else []
    list_endpoint = enrollments_endpoint(roster.group.id, enrollment_filter, roster.user_ids)

    def add_rows(rows: Sequence[Row]) -> Sequence[Record]:
        return add_enrollments(batch.store, rows, roster.group.id)

    try:
        yield from collect_pages(
            list_endpoint,
            batch.instance.origin,
            add_rows,
            [*collectors, *counters],
            page_position,
            enrollment_filter.cursor_prefix,
        )
    except (Forbidden, NotFound) as error:
        batch.fail(roster.loads, error)
        if roster.includes_count:
            store_count(batch, roster, None)
        return
    roster.settle(batch, collectors)
    if roster.includes_count:
        store_count(batch, roster, counter.accepted_count)


def store_count(batch: LoadBatch, roster: RosterRead, count: int | None) -> None:
    """Let those who wait for the count have it; None where the roster is refused."""
    if count is not None:
        batch.store.merge(roster.group.kind, roster.group.id, {"student_count": count})
    for load in roster.count_loads:
        batch.complete_part(load, roster.group)


def enrollments_endpoint(
    section_id: str, enrollment_filter: EnrollmentFilter, user_ids: Sequence[str] | None = None
) -> ListEndpoint:
    """A section's roster, of this width and maybe of these users only."""
    params = enrollment_filter.params
    if user_ids is not None:
        params = (*params, ("uid", ",".join(user_ids)))
    path = f"/sections/{section_id}/enrollments"
    return ListEndpoint(path, "/sections/:id/enrollments", "enrollment", params)


def student_counter(batch: LoadBatch) -> PageCollector:
    """Counts the students who are active or invited, each once."""
    return PageCollector(
        None, enrollment_picker(batch, MemberFilter(roles=(Role.STUDENT,)), Kind.USER)
    )


def enrollment_picker(
    batch: LoadBatch, member_filter: MemberFilter, kind: Kind
) -> Callable[[Record], Record | None]:
    """Finds what a filter asks for among enrollments: themselves, or their users."""
    roles = None if member_filter.roles is None else frozenset(member_filter.roles)
    states = frozenset(CURRENT_STATES if member_filter.states is None else member_filter.states)
    ids = None if member_filter.ids is None else frozenset(member_filter.ids)

    def pick(record: Record) -> Record | None:
        if not isinstance(record, Enrollment) or record.user_id is None:
            return None
        if roles is not None and record.role not in roles:
            return None
        # A row that names no status was let through by the vendor's own filter.
        if getattr(record, "schoology.status") is not None and record.state not in states:
            return None
        if ids is not None and record.user_id not in ids:
            return None
        return record if kind is Kind.ENROLLMENT else batch.store.get(User, record.user_id)

    return pick
