"""Reads of a course's members: the rosters of its sections, one after another, each person once.

Schoology enrolls people in sections only. Sections are read a page at a time and their rosters fifty at a
time, until every load is complete. https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import Position
from lms_gateway.domain.record import Kind, Record
from lms_gateway.vendors.schoology.api.endpoints import COURSE_SECTIONS, INCLUDE_PAST
from lms_gateway.vendors.schoology.api.pagination import LIST_START, accept_records
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.rosters import (
    EnrollmentFilter,
    RosterRead,
    enrollments_of,
    student_counter,
)
from lms_gateway.vendors.schoology.rows.catalog import RowSource
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_object
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector, batched, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps, gather

MAX_ROSTERS_PER_CALL = 50
"""The maximum number of rosters of one multiget."""
RosterPosition = tuple[str, int]
"""A section's id and a number of rows: the position after these rows of its roster."""


def read_course_roster(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    """Read pages of a course's members, and the number of its students.

    Past sections are read only for completed and archived members.
    Calls: GET /courses/:id/sections, /sections/:id/enrollments
    """
    enrollment_filter, position = roster.start()
    after = None if position is None else _parse_position(position)
    collectors = roster.collectors(batch, enrollment_filter, is_course=True)
    counter = student_counter(batch)
    course_read = CourseRosterRead(
        batch,
        roster,
        enrollment_filter,
        [*collectors, counter] if roster.includes_count else collectors,
        after,
    )
    yield from roster.run(batch, course_read.read(), collectors, counter)


def _parse_position(position: Position) -> RosterPosition:
    match position:
        case (str(section_id), int(count)) if count > 0:
            return section_id, count
    raise foreign_cursor()


@dataclass(slots=True)
class CourseRosterRead:
    """The rosters of a course's sections, read as one list.

    A person may be in several sections and is collected once. So a cursor (a section's id and a
    number of rows of its roster) does not save the calls before it: the rows before it are read
    again and marked as seen.
    """

    # Example: the sections 1 and 2 of a course, a page of two people.
    #
    #   section 1   rows Ada, Ben     collected, at the positions (1, 1) and (1, 2)
    #   section 2   rows Ada, Cem     Ada was seen; Cem is the third person, so there is a next page
    #
    # The cursor of Ben is (1, 2). The next page reads both rosters from their start, marks the rows
    # up to (1, 2) as seen, and collects Cem at (2, 2).

    batch: LoadBatch
    roster: RosterRead
    enrollment_filter: EnrollmentFilter
    collectors: Sequence[PageCollector[Record]]
    after: RosterPosition | None
    """The cursor's position; None once it has been reached."""
    _seen_sections: set[str] = field(default_factory=set)

    def read(self) -> Steps[None]:
        """Read rosters until every collector is complete or the rosters end.

        Raises BadInput if no roster has the cursor's position.
        """
        params = INCLUDE_PAST if self.enrollment_filter.includes_past else ()
        sections = COURSE_SECTIONS.of(self.roster.group.id, params=params)
        position = LIST_START
        while True:
            page = yield from self.batch.read_page(sections, position)
            for section_ids in batched(self._add_sections(page.rows), MAX_ROSTERS_PER_CALL):
                if (yield from self._read_rosters(section_ids)):
                    return
            if page.next_position is None:
                break
            position = page.next_position
        if self.after is not None:
            raise BadInput("after: this position no longer exists; start from the beginning")
        for collector in self.collectors:
            collector.end_page(has_more=False)

    def _add_sections(self, rows: Sequence[Row]) -> list[str]:
        """Add sections to the store. Return the ids of those that are new."""
        store, course_id = self.batch.store, self.roster.group.id
        ids = []
        for row in rows:
            section_id = add_object(store, Kind.SECTION, row, RowSource.LIST_ROW).key.id
            # The section is in a list of this course, even if its row does not contain the course.
            store.merge(Kind.SECTION, section_id, {"course_id": course_id})
            if section_id not in self._seen_sections:
                self._seen_sections.add(section_id)
                ids.append(section_id)
        return ids

    def _read_rosters(self, section_ids: Sequence[str]) -> Steps[bool]:
        """Read these sections' rosters, in order. Return whether every collector is complete."""
        rosters = [
            enrollments_of(section_id, self.enrollment_filter, self.roster.user_ids)
            for section_id in section_ids
        ]
        # The first pages are requested together: one multiget. Further pages are rare.
        first_pages = yield from gather(self.batch.read_page(each, LIST_START) for each in rosters)
        for section_id, roster, first_page in zip(section_ids, rosters, first_pages, strict=True):
            page, count = first_page, 0
            while True:
                for row in page.rows:
                    count += 1
                    self._accept(row, (section_id, count))
                if all(collector.has_next for collector in self.collectors):
                    return True
                if page.next_position is None:
                    break
                page = yield from self.batch.read_page(roster, page.next_position)
        return False

    def _accept(self, row: Row, position: RosterPosition) -> None:
        record = add_enrollment(self.batch.store, row, position[0])
        cursor = (*self.enrollment_filter.cursor_prefix, *position)
        for collector in self.collectors:
            if self.after is None:
                accept_records(collector, [record], [cursor])
            else:
                for item in collector.picked([record]):
                    collector.mark_seen(item)
        if position == self.after:
            self.after = None
