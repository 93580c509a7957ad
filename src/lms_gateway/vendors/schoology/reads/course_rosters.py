"""Who is in a course: the rosters of its sections, one behind the other, each person once.

Schoology enrolls people in sections only. Sections are read a page at a time and their rosters
fifty at a time, until every ask has what it wants. A cursor names a section and a place in its
roster; what lies before it is read again, because whom it has shown is not shown twice.
https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound
from lms_gateway.domain.loads import Position
from lms_gateway.domain.record import Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    MAX_PER_PAGE,
    ListEndpoint,
    PageCollector,
    chunks,
    read_page,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.rosters import (
    PAST_STATUSES,
    EnrollmentFilter,
    RosterRead,
    enrollments_endpoint,
    store_count,
    student_counter,
)
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_section
from lms_gateway.vendors.schoology.rows.field_maps import Row, RowSource
from lms_gateway.vendors.shared.steps import Steps, gather

MAX_ROSTERS_PER_CALL = 50
"""What one multiget takes."""
RosterPosition = tuple[str, int]
"""Behind that many rows of a section's roster."""


def read_course_roster(batch: LoadBatch, roster: RosterRead) -> Steps[None]:
    """Pages of a course's members, and the count of its students.

    Its current sections, or with completed and archived members the past ones too.
    Calls: GET /courses/:id/sections, /sections/:id/enrollments
    """
    enrollment_filter, after = roster.enrollment_filter, None
    if roster.after is not None:
        enrollment_filter, position = EnrollmentFilter.from_cursor(roster.after)
        after = _parse_position(position)
    collectors = roster.collectors(batch, enrollment_filter, is_filtered=True)
    counters = [student_counter(batch)] if roster.includes_count else []
    course_read = CourseRosterRead(
        batch, roster, enrollment_filter, [*collectors, *counters], after
    )
    try:
        yield from course_read.read()
    except (Forbidden, NotFound) as error:
        batch.fail(roster.loads, error)
        if roster.includes_count:
            store_count(batch, roster, None)
        return
    roster.settle(batch, collectors)
    for counter in counters:
        store_count(batch, roster, counter.accepted_count)


def course_sections_endpoint(course_id: str, *, include_past: bool) -> ListEndpoint:
    """A course's sections; without past ones only those of current grading periods."""
    # Any value of `include_past`, even 0, switches it on.
    params: Params = (("include_past", "1"),) if include_past else ()
    return ListEndpoint(
        f"/courses/{course_id}/sections", "/courses/:id/sections", "section", params
    )


def _parse_position(position: Position) -> RosterPosition:
    match position:
        case (str(section_id), int(count)) if count > 0:
            return section_id, count
    raise BadInput("the cursor does not belong to this list")


@dataclass(slots=True)
class CourseRosterRead:
    """The rosters of a course's sections, as one listing."""

    batch: LoadBatch
    roster: RosterRead
    enrollment_filter: EnrollmentFilter
    collectors: Sequence[PageCollector]
    after: RosterPosition | None  # None once it is reached

    def read(self) -> Steps[None]:
        """Offer rows to the cuts until they are served or the rosters end."""
        from_start = self.after is None
        include_past = not self.enrollment_filter.statuses.isdisjoint(PAST_STATUSES)
        list_endpoint = course_sections_endpoint(self.roster.group.id, include_past=include_past)
        page_position, seen = LIST_START, set[str]()
        while True:
            vendor_page = yield from read_page(
                list_endpoint, self.batch.instance.origin, page_position, MAX_PER_PAGE
            )
            page_ids = [self._add_section(row).key.id for row in vendor_page.rows]
            new_ids = [
                section_id for section_id in dict.fromkeys(page_ids) if section_id not in seen
            ]
            seen.update(new_ids)
            for chunk in chunks(new_ids, MAX_ROSTERS_PER_CALL):
                is_complete = yield from self._read_rosters(chunk)
                if is_complete:
                    return
            if vendor_page.next_position is None:
                break
            page_position = vendor_page.next_position
        if self.after is not None:
            raise BadInput("the place that the cursor holds is gone; start from the beginning")
        if from_start:
            for collector in self.collectors:
                collector.total = collector.accepted_count

    def _read_rosters(self, section_ids: Sequence[str]) -> Steps[bool]:
        """Offer these sections' rows, in order. Returns whether every cut is served."""
        origin = self.batch.instance.origin
        listings = [
            enrollments_endpoint(one, self.enrollment_filter, self.roster.user_ids)
            for one in section_ids
        ]
        first_pages = yield from gather(
            read_page(list_endpoint, origin, LIST_START, MAX_PER_PAGE) for list_endpoint in listings
        )
        for section_id, list_endpoint, first_page in zip(
            section_ids, listings, first_pages, strict=True
        ):
            vendor_page, count = first_page, 0
            while True:
                for row in vendor_page.rows:
                    count += 1
                    self._accept(row, (section_id, count))
                if all(collector.has_next for collector in self.collectors):
                    return True
                if vendor_page.next_position is None:
                    break
                vendor_page = yield from read_page(
                    list_endpoint, origin, vendor_page.next_position, MAX_PER_PAGE
                )
        return False

    def _accept(self, row: Row, position: RosterPosition) -> None:
        record = add_enrollment(self.batch.store, row, position[0])
        for collector in self.collectors:
            if self.after is None:
                collector.accept(record, (*self.enrollment_filter.cursor_prefix, *position))
            else:
                collector.mark_seen(record)
        if position == self.after:
            self.after = None

    def _add_section(self, row: Row) -> Record:
        record = add_section(self.batch.store, row, RowSource.LIST_ROW)
        # The row stands in a list of this course, whether or not it repeats the course's id.
        self.batch.store.merge(Kind.SECTION, record.key.id, {"course_id": self.roster.group.id})
        return record
