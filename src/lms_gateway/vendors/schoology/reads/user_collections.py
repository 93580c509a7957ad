"""Reads of a user's sections, courses and enrollments.

Schoology lists a user's sections, but neither the user's courses nor enrollments. The courses are
those of the sections. The enrollments are read from the sections' rosters.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

from collections.abc import Callable, Sequence

from lms_gateway.domain.loads import Children, MemberFilter, Page, Position, Search
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.schoology.api.endpoints import INCLUDE_PAST, USER_SECTIONS
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    PagePosition,
    accept_records,
    collect_pages,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.objects import store_course
from lms_gateway.vendors.schoology.reads.rosters import EnrollmentFilter, enrollment_picker, enrollments_of
from lms_gateway.vendors.schoology.rows.catalog import RowSource
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_object, enrolled_user_id
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps, gather

CollectionLoad = Children | Search
"""A load whose page is read from one list."""
LoadGroup = Sequence[CollectionLoad]
"""Loads that differ only in their page size."""


def row_adder(batch: LoadBatch, kind: Kind) -> Callable[[Row], Record]:
    """Return a function that adds rows of a list to the store."""
    return lambda row: add_object(batch.store, kind, row, RowSource.LIST_ROW)


def read_user_courses(
    batch: LoadBatch, loads: LoadGroup, user_id: str, after: Position | None, prefix: Position = ()
) -> Steps[None]:
    """Read the courses of a user's sections, each once. A cursor is a number of courses.

    Calls: GET /users/:id/sections, all pages: a user has few sections
    """
    match after or (0,):
        case (int(skip),) if skip >= 0:
            pass
        case _:
            raise foreign_cursor()

    def pick(record: Record) -> Sequence[Record]:
        if not isinstance(record, Section) or record.course_id is None:
            return ()
        course = batch.store.find(Key(Kind.COURSE, record.course_id))
        return () if course is None else (course,)

    courses = PageCollector(2**31, pick, is_filtered=True)
    yield from collect_pages(
        USER_SECTIONS.of(user_id),
        batch.instance.origin,
        row_by_row(row_adder(batch, Kind.SECTION)),
        [courses],
    )
    for load in loads:
        end = skip + load.page.first
        items = courses.items[skip:end]
        positions = [(*prefix, skip + index + 1) for index in range(len(items))]
        has_next = len(courses.items) > end
        batch.settle(load, Page(items, positions, has_next, courses.accepted_count))


def read_user_enrollments(
    batch: LoadBatch, loads: LoadGroup, user: Key, member_filter: MemberFilter, after: Position | None
) -> Steps[None]:
    """Read a user's enrollment in each of the user's sections. A cursor is a position of a section.

    Past sections are read only for completed and archived enrollments.
    Calls: GET /users/:id/sections, then /sections/:id/enrollments?uid= for each
    """
    enrollment_filter = EnrollmentFilter.of(member_filter)
    pick = enrollment_picker(batch, member_filter, Kind.ENROLLMENT)
    sections = USER_SECTIONS.of(user.id, params=INCLUDE_PAST if enrollment_filter.includes_past else ())
    add_row = row_adder(batch, Kind.SECTION)
    position = LIST_START if after is None else PagePosition.from_cursor(after)
    page_size = max(load.page.first for load in loads)
    collectors = [
        PageCollector(load.page.first, pick, is_filtered=True, from_start=after is None) for load in loads
    ]
    while True:
        page = yield from batch.read_page(sections, position, page_size + position.skip)
        section_ids = [add_row(row).key.id for row in page.rows]
        rosters = yield from gather(
            _read_user_in_section(batch, section_id, user.id, enrollment_filter) for section_id in section_ids
        )
        for records, after_row in zip(rosters, page.positions, strict=True):
            for collector in collectors:
                accept_records(collector, records, [after_row.cursor_part] * len(records))
        if page.next_position is None:
            for collector in collectors:
                collector.end_page(has_more=False)
            break
        # A full page ends the read: to look for a further enrollment would cost calls.
        if all(collector.has_next or len(collector.items) == collector.first for collector in collectors):
            for collector in collectors:
                collector.has_next = True
            break
        position = page.next_position
    for load, collector in zip(loads, collectors, strict=True):
        batch.settle(load, collector.page())


def _read_user_in_section(
    batch: LoadBatch, section_id: str, user_id: str, enrollment_filter: EnrollmentFilter
) -> Steps[list[Record]]:
    """Return a user's enrollments in a section, with the section's course."""
    roster = enrollments_of(section_id, enrollment_filter, [user_id])
    page = yield from batch.read_page(roster, LIST_START, limit=20)
    # If Schoology ignored `uid`, the rows would be those of all users.
    rows = [row for row in page.rows if enrolled_user_id(row) == user_id]
    records = [add_enrollment(batch.store, row, section_id) for row in rows]
    for record in records:
        store_course(batch, record.key)
    return records
