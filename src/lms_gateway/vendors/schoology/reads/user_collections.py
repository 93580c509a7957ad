"""What hangs below a user: sections, and what follows from them.

Schoology lists a user's sections, and neither courses nor enrollments: courses are those of the
sections, enrollments are looked up in the sections' rosters.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

from collections.abc import Callable, Sequence

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import Children, MemberFilter, Page, Position, Search
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api.pagination import (
    LIST_START,
    ListEndpoint,
    PageCollector,
    PagePosition,
    collect_pages,
    read_page,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.objects import store_course
from lms_gateway.vendors.schoology.reads.rosters import (
    PAST_STATUSES,
    EnrollmentFilter,
    enrollment_picker,
    enrollments_endpoint,
)
from lms_gateway.vendors.schoology.rows.decoding import add_section
from lms_gateway.vendors.schoology.rows.field_maps import Row, RowSource, decode_enrollment
from lms_gateway.vendors.shared.steps import Steps, gather

CollectionLoad = Children | Search
"""Asks whose pages are cut out of one listing."""


def section_adder(batch: LoadBatch, parent: Key) -> Callable[[Row], Record]:
    def add_row(row: Row) -> Record:
        record = add_section(batch.store, row, RowSource.LIST_ROW)
        if parent.kind is Kind.COURSE:
            record = batch.store.merge(Kind.SECTION, record.key.id, {"course_id": parent.id})
        return record

    return add_row


def user_sections_endpoint(user_id: str, *, include_past: bool) -> ListEndpoint:
    # Any value of `include_past`, even 0, switches it on.
    params: Params = (("include_past", "1"),) if include_past else ()
    return ListEndpoint(f"/users/{user_id}/sections", "/users/:id/sections", "section", params)


def read_user_courses(
    batch: LoadBatch,
    loads: Sequence[CollectionLoad],
    user_id: str,
    after: Position | None,
    prefix: Position = (),
) -> Steps[None]:
    """The courses of a user's sections, each once; a cursor counts them.

    Calls: GET /users/:id/sections, to its end: people are in a few sections
    """
    match after or (0,):
        case (int(skip),) if skip >= 0:
            pass
        case _:
            raise BadInput("the cursor does not belong to this list")

    def pick(record: Record) -> Record | None:
        if not isinstance(record, Section) or record.course_id is None:
            return None
        return batch.store.find(Key(Kind.COURSE, record.course_id))

    list_endpoint = user_sections_endpoint(user_id, include_past=False)
    add_row = section_adder(batch, Key(Kind.USER, user_id))
    all_courses = PageCollector(2**31, pick, is_filtered=True)
    yield from collect_pages(
        list_endpoint, batch.instance.origin, row_by_row(add_row), [all_courses]
    )
    for load in loads:
        end = skip + load.page.first
        items = all_courses.items[skip:end]
        positions = [(*prefix, skip + index + 1) for index in range(len(items))]
        batch.settle(
            load, Page(items, positions, len(all_courses.items) > end, all_courses.accepted_count)
        )


def read_user_enrollments(
    batch: LoadBatch,
    loads: Sequence[CollectionLoad],
    user: Key,
    member_filter: MemberFilter,
    after: Position | None,
) -> Steps[None]:
    """A user's place in each of the user's sections; a cursor goes by sections.

    Completed and archived ones are looked for in past sections too.
    Calls: GET /users/:id/sections, then /sections/:id/enrollments?uid= for each
    """
    enrollment_filter, pick = (
        EnrollmentFilter.of(member_filter),
        enrollment_picker(batch, member_filter, Kind.ENROLLMENT),
    )
    include_past = not enrollment_filter.statuses.isdisjoint(PAST_STATUSES)
    list_endpoint, add_row = (
        user_sections_endpoint(user.id, include_past=include_past),
        section_adder(batch, user),
    )
    page_position = LIST_START if after is None else PagePosition.from_cursor(after)
    page_size = max(load.page.first for load in loads)
    collectors = [PageCollector(load.page.first, pick, is_filtered=True) for load in loads]
    while True:
        vendor_page = yield from read_page(
            list_endpoint, batch.instance.origin, page_position, page_size + page_position.skip
        )
        section_ids = [add_row(row).key.id for row in vendor_page.rows]
        rosters = yield from gather(
            _read_enrollments_in_section(batch, section_id, user.id, enrollment_filter)
            for section_id in section_ids
        )
        for records, row_position in zip(rosters, vendor_page.positions, strict=True):
            for record in records:
                for collector in collectors:
                    collector.accept(record, row_position.cursor_part)
        if vendor_page.next_position is None:
            break
        if all(
            collector.has_next or len(collector.items) == collector.first
            for collector in collectors
        ):
            for collector in collectors:
                collector.has_next = True
            break
        page_position = vendor_page.next_position
    for load, collector in zip(loads, collectors, strict=True):
        if vendor_page.next_position is None and after is None:
            collector.total = collector.accepted_count
        batch.settle(load, collector.page())


def _read_enrollments_in_section(
    batch: LoadBatch, section_id: str, user_id: str, enrollment_filter: EnrollmentFilter
) -> Steps[list[Record]]:
    list_endpoint = enrollments_endpoint(section_id, enrollment_filter, [user_id])
    vendor_page = yield from read_page(list_endpoint, batch.instance.origin, LIST_START, limit=20)
    decoded_rows = [decode_enrollment(row, section_id) for row in vendor_page.rows]
    # Were the parameter ignored, these would be everybody's.
    user_rows = [decoded for decoded in decoded_rows if decoded[0].fields["user_id"] == user_id]
    records = [batch.merge(decoded) for decoded in user_rows]
    for record in records:
        store_course(batch, record.key)
    return records
