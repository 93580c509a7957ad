"""Several sections of one course at once: the course's roster, read once and dealt out.

The roster lists each person of the course with all their enrollments, and each enrollment tells its
section. So forty sections cost as many calls as the course has pages, not forty.

Reading stops when every ask has its page, and in any case after two pages for each section asked
for: beyond that asking section by section is cheaper, as for two sections of a course of thousands.
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
from lms_gateway.vendors.canvas.reads.members import (
    RosterEntry,
    enrollment_filter,
    read_members,
    roster_query,
    row_picker,
    user_fields,
)
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps

_CURSOR_TAG = "roster"
_MAX_PAGES_PER_SECTION = 2


def plan_member_reads(batch: LoadBatch, loads: Mapping[Members, Projection]) -> list[ReadTask]:
    """Reads for members of sections: those of one course together, where that is the cheaper way.

    Raises nothing; an ask that cannot be folded is left to a read of its own.
    """
    groups: dict[tuple[object, ...], list[Members]] = {}
    for load in loads:
        groups.setdefault(_group_key(batch, load), []).append(load)
    tasks = []
    for (course, *_), group in groups.items():
        is_resumed = group[0].page.after is not None
        sections = {load.group for load in group}
        if isinstance(course, str) and (is_resumed or len(sections) > 1):
            group_loads = {load: loads[load] for load in group}
            tasks.append(ReadTask(tuple(group), _read_roster(batch, course, group_loads)))
        else:
            tasks += [single_read(batch, load, loads[load]) for load in group]
    return tasks


def single_read(batch: LoadBatch, load: Members, projection: Projection) -> ReadTask:
    """The read of one section's or course's members by itself."""
    return ReadTask((load,), _start_single_read(batch, load, projection))


def _start_single_read(
    batch: LoadBatch, load: Members, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    # A generator, so that what cannot be done is raised where the read is run.
    return (yield from read_members(batch, load, projection))


def _group_key(batch: LoadBatch, load: Members) -> tuple[object, ...]:
    """What asks have in common that one roster can answer; the first part is the course."""
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
    first_load = next(iter(loads))
    after = first_load.page.after
    criteria = (
        reduce(or_, map(enrollment_filter, loads)) if after is None else _parse_cursor_filter(after)
    )
    requested_fields: Set[str] = frozenset().union(
        *(user_fields(load, loads[load]) for load in loads)
    )
    role_words = criteria.to_cursor()[0]
    list_endpoint = ListEndpoint(
        (_CURSOR_TAG, course, role_words),
        "/courses/:id/users",
        (course,),
        (*search_params(first_load.filter.search), *criteria.user_params()),
    )
    query = roster_query(batch, [list_endpoint], requested_fields, lambda person: ())
    start, per_page = PageToken(), MAX_PAGE_SIZE
    if after is not None:
        token, per_page, _ = parse_position(after)
        start = PageToken(0, token)
    page_iterator = PageIterator(query.endpoints, batch.instance.resolve_link, start, per_page)
    try:
        unserved = yield from _distribute(
            batch, query, page_iterator, [(load, _page_collector(load)) for load in loads]
        )
    except (Forbidden, NotFound):
        if after is not None:
            raise
        unserved = [load for load in loads if batch.is_open(load)]
    if unserved and after is not None:
        raise UpstreamInvalid("the vendor no longer tells the roster's sections")
    return [single_read(batch, load, loads[load]) for load in unserved]


def _distribute(
    batch: LoadBatch,
    query: ListQuery[RosterEntry],
    page_iterator: PageIterator,
    collectors: list[tuple[Members, PageCollector[RosterEntry]]],
) -> Steps[list[Members]]:
    """Read the roster until each ask has its page. Returns those that it does not serve."""
    max_pages = _MAX_PAGES_PER_SECTION * len({load.group for load, _ in collectors})
    page_count = 0
    while collectors and page_iterator.next_token is not None:
        if page_count == max_pages and collectors[0][1].from_start:
            break
        vendor_page = yield from page_iterator.read_page()
        page_count += 1
        entries = query.add_rows(vendor_page.rows)
        if entries and not _includes_sections(entries):
            break
        unfinished = []
        for load, collector in collectors:
            if accept_rows(collector, entries, vendor_page):
                batch.settle(load, collector.page())
            else:
                unfinished.append((load, collector))
        collectors = unfinished
    return [load for load, _ in collectors]


def _includes_sections(entries: Sequence[RosterEntry]) -> bool:
    """Whether the roster says who is in which section; a course's setting can hide it."""
    return any(enrollment.section_id for entry in entries for enrollment in entry.enrollments)


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
