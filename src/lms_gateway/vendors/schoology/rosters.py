"""Who is in a section: `/sections/:id/enrollments`, read once for all who ask about it.

Schoology has no count of students, no list of teachers and no search: everything is cut out of the
roster. Asks of one wave about one section share one listing, which is no wider than they need, and
a cursor remembers how wide it was. An enrollment's `admin` flag is its only role: teacher or
student. https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from lms_gateway.domain.asks import Ask, MemberFilter, Members, Page, Position
from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported
from lms_gateway.domain.records import Enrollment, EnrollmentState, Key, Kind, Record, Role, User
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.schoology.listings import START, Cut, Listing, Spot, read_listing
from lms_gateway.vendors.schoology.rows import STATES, Row
from lms_gateway.vendors.schoology.tellings import hear_enrollments
from lms_gateway.vendors.schoology.wave import Wave

TYPES: Mapping[Role, str] = {Role.TEACHER: "admin", Role.STUDENT: "member"}
STATUSES: Mapping[EnrollmentState, int] = {state: number for number, state in STATES.items()}
COUNTED = (EnrollmentState.ACTIVE, EnrollmentState.INVITED)
"""Who is a member unless a filter says otherwise."""
PAST = frozenset({STATUSES[EnrollmentState.COMPLETED], STATUSES[EnrollmentState.ARCHIVED]})
"""Whoever asks for these means past sections too."""


class Width(NamedTuple):
    """Which enrollments a listing holds; as two words in a cursor."""

    types: frozenset[str]
    statuses: frozenset[int]

    @classmethod
    def of(cls, asked: MemberFilter) -> Self:
        """What a filter needs."""
        roles = TYPES if asked.roles is None else asked.roles
        states = COUNTED if asked.states is None else asked.states
        return cls(
            frozenset(TYPES[role] for role in roles), frozenset(map(STATUSES.__getitem__, states))
        )

    @classmethod
    def at(cls, position: Position) -> tuple[Self, Position]:
        """What a cursor was cut from, and the rest of it. Raises BadInput."""
        match position:
            case (str(types), str(statuses), *rest):
                width = cls(
                    frozenset(name for name in TYPES.values() if name[0] in types),
                    frozenset(int(one) for one in statuses if one in "12345"),
                )
                if width.types and width.statuses and width.prefix == (types, statuses):
                    return width, tuple(rest)
        raise BadInput("the cursor does not belong to this list")

    @property
    def prefix(self) -> Position:
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


STUDENTS = Width.of(MemberFilter(roles=(Role.STUDENT,)))


@dataclass(slots=True)
class Roster:
    """What a wave asks of one section or course at one place: its pages, and maybe its count."""

    group: Key
    asks: list[Members] = field(default_factory=list)
    counting: list[Ask] = field(default_factory=list)
    is_counted: bool = False

    @property
    def after(self) -> Position | None:
        """Where all its pages begin."""
        return self.asks[0].page.after if self.asks else None

    @property
    def people(self) -> tuple[str, ...] | None:
        """The only users that its pages may hold, or None."""
        return self.asks[0].filter.ids if self.asks else None

    @property
    def width(self) -> Width:
        """What all of its asks need together."""
        widths = [Width.of(ask.filter) for ask in self.asks]
        if self.is_counted:
            widths.append(STUDENTS)
        width = widths[0]
        for other in widths[1:]:
            width |= other
        return width

    def cuts(self, wave: Wave, width: Width, *, sifts: bool = False) -> list[Cut]:
        """One cut for each ask, in their order, from a listing of this width."""
        return [
            Cut(
                ask.page.first,
                taker(wave, ask.filter, ask.kind),
                sifts or Width.of(ask.filter) != width,
            )
            for ask in self.asks
        ]

    def settle(self, wave: Wave, cuts: Iterable[Cut]) -> None:
        """Answer the asks from their cuts."""
        for ask, cut in zip(self.asks, cuts, strict=True):
            wave.settle(ask, cut.page())


def gather(
    wave: Wave, asks: Iterable[Members], counts: Mapping[Key, Sequence[Ask]]
) -> list[Roster]:
    """The asks of a wave, and those that wait for a count, by what they can share.

    Settles what Schoology cannot do and what needs no call.
    """
    rosters: dict[tuple[object, ...], Roster] = {}
    for group, counting in counts.items():
        rosters[group, None, None] = Roster(group, [], list(counting), is_counted=True)
    for ask in asks:
        refusal = refuse(ask.filter)
        if refusal is not None:
            wave.settle(ask, refusal)
        elif ask.page.first == 0 or is_nobody(ask.filter):
            wave.settle(ask, Page((), (), has_next=False))
        else:
            # A page further on is read for itself: where it lies is its own listing's business.
            after = None if ask.page.after is None else (ask.page.after, ask.filter)
            place = (ask.group, after, ask.filter.ids)
            rosters.setdefault(place, Roster(ask.group)).asks.append(ask)
    return list(rosters.values())


def refuse(asked: MemberFilter) -> Unsupported | None:
    """Why Schoology cannot filter members like that; None where it can."""
    if asked.search is not None:
        return Unsupported("Schoology has no search among members")
    if asked.canvas:
        return Unsupported("Schoology filters members by role, state and id, and sorts none")
    if asked.roles is not None and not TYPES.keys() >= set(asked.roles):
        return Unsupported("Schoology tells only the roles TEACHER and STUDENT")
    if asked.states is not None and not STATUSES.keys() >= set(asked.states):
        return Unsupported(
            "Schoology has the states ACTIVE, COMPLETED, INVITED, REQUESTED and ARCHIVED only"
        )
    return None


def is_nobody(asked: MemberFilter) -> bool:
    """Whether a filter lets nobody through."""
    return () in (asked.ids, asked.roles, asked.states)


def read_roster(wave: Wave, roster: Roster) -> Steps[None]:
    """Pages of a section's members, and the count of its students.

    Students are counted row by row: the vendor's own `total` may be filtered otherwise.
    Calls: GET /sections/:id/enrollments
    """
    width, spot = roster.width, START
    if roster.after is not None:
        width, rest = Width.at(roster.after)
        spot = Spot.at(rest)
    cuts = roster.cuts(wave, width)
    counter = counter_of(wave)
    counters = [counter] if roster.is_counted else []
    listing = enrollments_of(roster.group.id, width, roster.people)

    def learn(rows: Sequence[Row]) -> Sequence[Record]:
        return hear_enrollments(wave.store, rows, roster.group.id)

    try:
        yield from read_listing(
            listing, wave.site.origin, learn, [*cuts, *counters], spot, width.prefix
        )
    except (Forbidden, NotFound) as error:
        wave.fail(roster.asks, error)
        if roster.is_counted:
            learn_count(wave, roster, None)
        return
    roster.settle(wave, cuts)
    if roster.is_counted:
        learn_count(wave, roster, counter.found)


def learn_count(wave: Wave, roster: Roster, found: int | None) -> None:
    """Let those who wait for the count have it; None where the roster is refused."""
    if found is not None:
        wave.store.learn(roster.group.kind, roster.group.id, {"student_count": found})
    for ask in roster.counting:
        wave.pay(ask, roster.group)


def enrollments_of(section_id: str, width: Width, people: Sequence[str] | None = None) -> Listing:
    """A section's roster, of this width and maybe of these users only."""
    params = width.params
    if people is not None:
        params = (*params, ("uid", ",".join(people)))
    path = f"/sections/{section_id}/enrollments"
    return Listing(path, "/sections/:id/enrollments", "enrollment", params)


def counter_of(wave: Wave) -> Cut:
    """Counts the students who are active or invited, each once."""
    return Cut(None, taker(wave, MemberFilter(roles=(Role.STUDENT,)), Kind.USER))


def taker(wave: Wave, asked: MemberFilter, kind: Kind) -> Callable[[Record], Record | None]:
    """Finds what a filter asks for among enrollments: themselves, or their users."""
    roles = None if asked.roles is None else frozenset(asked.roles)
    states = frozenset(COUNTED if asked.states is None else asked.states)
    ids = None if asked.ids is None else frozenset(asked.ids)

    def take(record: Record) -> Record | None:
        if not isinstance(record, Enrollment) or record.user_id is None:
            return None
        if roles is not None and record.role not in roles:
            return None
        # A row that names no status was let through by the vendor's own filter.
        if getattr(record, "schoology.status") is not None and record.state not in states:
            return None
        if ids is not None and record.user_id not in ids:
            return None
        return record if kind is Kind.ENROLLMENT else wave.store.typed(User, record.user_id)

    return take
