"""Members of several sections of one course, from one reading of the course's roster.

A roster row is a person with all enrollments in the course, and each enrollment names its section. So 40
sections cost as many calls as the course has pages. For example, students of the sections 1 and 2, two each:

    roster                     section 1       section 2
    Ada     enrolled in 1      Ada
    Ben     enrolled in 2                      Ben
    Cleo    enrolled in 1, 2   Cleo: complete  Cleo: complete
    Dan     enrolled in 3

Reading stops when every load has its page, and at the latest after two vendor pages a section:
beyond that, reading section by section costs fewer calls, for example for two sections of a course
of thousands. Loads that are not complete by then are read alone. So are all of them if the roster
does not name sections, which a course's setting can hide.
"""

from collections.abc import Mapping, Sequence, Set
from functools import reduce
from operator import or_

from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.loads import Members, Position
from lms_gateway.domain.models import Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.api.pagination import (
    MAX_PAGE_SIZE,
    ListEndpoint,
    PageIterator,
    PageToken,
    cursor_tag,
    parse_position,
)
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.enrollment_filter import CURRENT_STATES, EnrollmentFilter
from lms_gateway.vendors.canvas.reads.list_query import ListQuery, accept_rows, search_params
from lms_gateway.vendors.canvas.reads.members import enrollment_filter, read_members
from lms_gateway.vendors.canvas.reads.rosters import RosterEntry, roster_query, row_picker, user_fields
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps

_CURSOR_TAG = "roster"
_MAX_PAGES_PER_SECTION = 2


def plan_member_reads(batch: LoadBatch, loads: Mapping[Members, Projection]) -> list[ReadTask]:
    """Return the reads of these loads: one for the sections of a course if that saves calls."""
    groups: dict[tuple[object, ...], list[Members]] = {}
    for load in loads:
        groups.setdefault(_group_key(batch, load), []).append(load)
    tasks = []
    for (course, *_), group in groups.items():
        is_resumed = group[0].page.after is not None
        is_shared = is_resumed or len({load.group for load in group}) > 1
        if isinstance(course, str) and is_shared:
            group_loads = {load: loads[load] for load in group}
            tasks.append(ReadTask(tuple(group), _read_roster(batch, course, group_loads)))
        else:
            tasks += [_single_read(batch, load, loads[load]) for load in group]
    return tasks


def _single_read(batch: LoadBatch, load: Members, projection: Projection) -> ReadTask:
    def read() -> Steps[None]:
        # A generator, so that an unsupported filter is raised when the task runs.
        yield from read_members(batch, load, projection)

    return ReadTask((load,), read())


def _group_key(batch: LoadBatch, load: Members) -> tuple[object, ...]:
    """Return what loads have in common that one roster can resolve; the course is first."""
    if cursor_tag(load.page)[:1] == (_CURSOR_TAG,):
        position = load.page.after or ()
        return (position[1], *position[1:-1], load.filter.search)
    section = batch.store.get(Section, load.group.id)
    if (
        load.group.kind is Kind.SECTION
        and load.page.after is None
        and load.filter.ids is None
        and not load.filter.canvas
        and (load.filter.states is None or set(load.filter.states) == set(CURRENT_STATES))
        and section is not None
        and section.course_id is not None
    ):
        return (section.course_id, load.filter.search)
    return (None, load)


def _read_roster(
    batch: LoadBatch, course: str, loads: Mapping[Members, Projection]
) -> Steps[Sequence[ReadTask]]:
    """Read a course's roster for these loads. Return the reads of those that it did not complete.

    All loads have the same `after`, apart from the number of items to skip.
    """
    first_load = next(iter(loads))
    after = first_load.page.after
    start, per_page = PageToken(), MAX_PAGE_SIZE
    if after is None:
        criteria = reduce(or_, map(enrollment_filter, loads))
    else:
        criteria = _parse_cursor_filter(after)
        token, per_page, _ = parse_position(after)
        start = PageToken(0, token)
    fields: Set[str] = frozenset().union(*(user_fields(*item) for item in loads.items()))
    list_endpoint = ListEndpoint(
        (_CURSOR_TAG, course, criteria.to_cursor()[0]),
        "/courses/:id/users",
        (course,),
        (*search_params(first_load.filter.search), *criteria.user_params()),
    )
    query = roster_query(batch, [list_endpoint], fields, lambda entry: ())
    pages = PageIterator(query.endpoints, batch.instance.resolve_link, start, per_page)
    try:
        collectors = {load: _page_collector(load) for load in loads}
        incomplete = yield from _distribute(batch, query, pages, collectors)
    except (Forbidden, NotFound):
        if after is not None:
            raise
        incomplete = [load for load in loads if batch.is_open(load)]
    if incomplete and after is not None:
        raise UpstreamInvalid("the vendor's roster no longer names sections")
    return [_single_read(batch, load, loads[load]) for load in incomplete]


def _distribute(
    batch: LoadBatch,
    query: ListQuery[RosterEntry],
    pages: PageIterator,
    collectors: dict[Members, PageCollector[RosterEntry]],
) -> Steps[list[Members]]:
    """Read the roster until each load has its page. Return the loads that are not complete."""
    max_pages = _MAX_PAGES_PER_SECTION * len({load.group for load in collectors})
    page_count = 0
    while collectors and pages.next_token is not None:
        if page_count == max_pages and next(iter(collectors.values())).from_start:
            break
        page = yield from pages.read_page()
        page_count += 1
        entries = query.add_rows(page.rows)
        if entries and not any(
            enrollment.section_id for entry in entries for enrollment in entry.enrollments
        ):
            break
        incomplete = {}
        for load, collector in collectors.items():
            if accept_rows(collector, entries, page):
                batch.settle(load, collector.page())
            else:
                incomplete[load] = collector
        collectors = incomplete
    return list(collectors)


def _page_collector(load: Members) -> PageCollector[RosterEntry]:
    after = load.page.after
    return PageCollector(
        load.page.first,
        row_picker(load, enrollment_filter(load)),
        is_filtered=True,
        skip_count=0 if after is None else parse_position(after)[2],
        from_start=after is None,
    )


def _parse_cursor_filter(position: Position) -> EnrollmentFilter:
    try:
        return EnrollmentFilter.from_cursor(str(position[2]), ",".join(CURRENT_STATES))
    except ValueError:
        raise foreign_cursor() from None
