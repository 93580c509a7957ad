"""Who is in a course: the rosters of its sections, one behind the other, each person once.

Schoology enrolls people in sections only. Sections are read a page at a time and their rosters
fifty at a time, until every ask has what it wants. A cursor names a section and a place in its
roster; what lies before it is read again, because whom it has shown is not shown twice.
https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lms_gateway.domain.asks import Position
from lms_gateway.domain.errors import BadInput, Forbidden, NotFound
from lms_gateway.domain.records import Kind, Record
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.reads import Steps, together
from lms_gateway.vendors.schoology.listings import (
    LIMIT,
    START,
    Cut,
    Listing,
    chunks,
    read_leaf,
)
from lms_gateway.vendors.schoology.rosters import (
    PAST,
    Roster,
    Width,
    counter_of,
    enrollments_of,
    learn_count,
)
from lms_gateway.vendors.schoology.rows import Row, Source
from lms_gateway.vendors.schoology.tellings import hear_enrollment, hear_section
from lms_gateway.vendors.schoology.wave import Wave

ROSTERS_AT_ONCE = 50
"""What one multiget takes."""
Place = tuple[str, int]
"""Behind that many rows of a section's roster."""


def read_course_roster(wave: Wave, roster: Roster) -> Steps[None]:
    """Pages of a course's members, and the count of its students.

    Its current sections, or with completed and archived members the past ones too.
    Calls: GET /courses/:id/sections, /sections/:id/enrollments
    """
    width, after = roster.width, None
    if roster.after is not None:
        width, rest = Width.at(roster.after)
        after = _place(rest)
    cuts = roster.cuts(wave, width, sifts=True)
    counters = [counter_of(wave)] if roster.is_counted else []
    merge = _Merge(wave, roster, width, [*cuts, *counters], after)
    try:
        yield from merge.read()
    except (Forbidden, NotFound) as error:
        wave.fail(roster.asks, error)
        if roster.is_counted:
            learn_count(wave, roster, None)
        return
    roster.settle(wave, cuts)
    for counter in counters:
        learn_count(wave, roster, counter.found)


def sections_of_course(course_id: str, *, include_past: bool) -> Listing:
    """A course's sections; without past ones only those of current grading periods."""
    # Any value of `include_past`, even 0, switches it on.
    params: Params = (("include_past", "1"),) if include_past else ()
    return Listing(f"/courses/{course_id}/sections", "/courses/:id/sections", "section", params)


def _place(position: Position) -> Place:
    match position:
        case (str(section_id), int(count)) if count > 0:
            return section_id, count
    raise BadInput("the cursor does not belong to this list")


@dataclass(slots=True)
class _Merge:
    """The rosters of a course's sections, as one listing."""

    wave: Wave
    roster: Roster
    width: Width
    cuts: Sequence[Cut]
    after: Place | None  # None once it is reached

    def read(self) -> Steps[None]:
        """Offer rows to the cuts until they are served or the rosters end."""
        from_start = self.after is None
        past = not self.width.statuses.isdisjoint(PAST)
        listing = sections_of_course(self.roster.group.id, include_past=past)
        spot, seen = START, set[str]()
        while True:
            leaf = yield from read_leaf(listing, self.wave.site.origin, spot, LIMIT)
            found = [self._learn_section(row).key.id for row in leaf.rows]
            ids = [one for one in dict.fromkeys(found) if one not in seen]
            seen.update(ids)
            for some in chunks(ids, ROSTERS_AT_ONCE):
                is_served = yield from self._read_rosters(some)
                if is_served:
                    return
            if leaf.next is None:
                break
            spot = leaf.next
        if self.after is not None:
            raise BadInput("the place that the cursor holds is gone; start from the beginning")
        if from_start:
            for cut in self.cuts:
                cut.total = cut.found

    def _read_rosters(self, section_ids: Sequence[str]) -> Steps[bool]:
        """Offer these sections' rows, in order. Returns whether every cut is served."""
        origin = self.wave.site.origin
        listings = [enrollments_of(one, self.width, self.roster.people) for one in section_ids]
        leaves = yield from together(
            read_leaf(listing, origin, START, LIMIT) for listing in listings
        )
        for section_id, listing, first in zip(section_ids, listings, leaves, strict=True):
            leaf, count = first, 0
            while True:
                for row in leaf.rows:
                    count += 1
                    self._offer(row, (section_id, count))
                if all(cut.more for cut in self.cuts):
                    return True
                if leaf.next is None:
                    break
                leaf = yield from read_leaf(listing, origin, leaf.next, LIMIT)
        return False

    def _offer(self, row: Row, place: Place) -> None:
        record = hear_enrollment(self.wave.store, row, place[0])
        for cut in self.cuts:
            if self.after is None:
                cut.offer(record, (*self.width.prefix, *place))
            else:
                cut.pass_over(record)
        if place == self.after:
            self.after = None

    def _learn_section(self, row: Row) -> Record:
        record = hear_section(self.wave.store, row, Source.LISTED)
        # The row stands in a list of this course, whether or not it repeats the course's id.
        self.wave.store.learn(Kind.SECTION, record.key.id, {"course_id": self.roster.group.id})
        return record
