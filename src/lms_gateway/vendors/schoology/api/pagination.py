"""Pagination of Schoology's lists: `start` and `limit` in, an envelope with `links.next` out.

Only `links.next` shows whether there are more rows: `total` is text, a number or missing, and Schoology
lowers a `limit` silently. The link itself is never requested. Its host is checked, and the position of the
next page is read from its query.
https://developers.schoology.com/api-documentation/rest-api-v1/paging
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.loads import Document, Position
from lms_gateway.domain.record import Record
from lms_gateway.upstream.messages import Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.api.endpoints import ListEndpoint
from lms_gateway.vendors.shared.json_values import Row, to_int
from lms_gateway.vendors.shared.pagination import PageCollector, foreign_cursor
from lms_gateway.vendors.shared.steps import Steps, get

MAX_PER_PAGE = 200
"""The maximum number of rows of a page."""
MAX_UNPAGED_ROWS = 10_000
"""The maximum position of a cursor within a list that is not paged."""
MAX_EMPTY_PAGES = 50
"""The maximum number of empty pages in a row; more count as endless pagination."""


class PagePosition(NamedTuple):
    """A position in a list: after `skip` rows of the page at `start`, or at `start_id`."""

    start: int = 0
    skip: int = 0
    start_id: str | None = None

    @property
    def cursor_part(self) -> Position:
        """The position as part of a cursor."""
        return self[:2] if self.start_id is None else (*self[:2], self.start_id)

    @classmethod
    def from_cursor(cls, position: Position) -> Self:
        """Return the position of a cursor. Raises BadInput if it is a cursor of another list."""
        match position:
            case (int(start), int(skip)) if start >= 0 and 0 <= skip <= MAX_UNPAGED_ROWS:
                return cls(start, skip)
            case (0, int(skip), str(start_id)) if 0 <= skip <= MAX_PER_PAGE and start_id.isalnum():
                return cls(0, skip, start_id)
            case _:
                raise foreign_cursor()


LIST_START = PagePosition()


class VendorPage(NamedTuple):
    """One page of a list. The list continues after `rows[i]` at `positions[i]`."""

    rows: Sequence[Row]
    positions: Sequence[PagePosition]
    next_position: PagePosition | None
    total: int | None


def collect_pages(
    endpoint: ListEndpoint,
    origin: Origin,
    add_rows: Callable[[Sequence[Row]], Sequence[Record]],
    collectors: Sequence[PageCollector[Record]],
    position: PagePosition = LIST_START,
    prefix: Position = (),
) -> Steps[None]:
    """Read the pages from `position` until every collector is complete.

    `add_rows` adds rows to the store. The positions of the collected items begin with `prefix`.
    """
    while True:
        counts = [collector.remaining_count for collector in collectors]
        # A page of one row more than needed would show whether there is a next page, and so does
        # the link. A collector that filters may need any number of rows.
        row_count = MAX_PER_PAGE if None in counts else max(1, *(count or 0 for count in counts))
        page = yield from read_page(endpoint, origin, position, row_count + position.skip)
        records = add_rows(page.rows)
        positions = [(*prefix, *after_row.cursor_part) for after_row in page.positions]
        has_more = page.next_position is not None
        is_complete = True
        for collector in collectors:
            accept_records(collector, records, positions)
            is_complete &= collector.end_page(has_more=has_more, total=page.total)
        if page.next_position is None or is_complete:
            return
        position = page.next_position


def accept_records(
    collector: PageCollector[Record], records: Sequence[Record], positions: Sequence[Position]
) -> None:
    """Let a collector accept its items among these records."""
    if collector.pick is None:
        collector.accept_page(records, positions)
        return
    items: list[Record | Document] = []
    item_positions: list[Position] = []
    for record, position in zip(records, positions, strict=True):
        for item in collector.pick(record):
            items.append(item)
            item_positions.append(position)
    collector.accept_page(items, item_positions)


def row_by_row(add_row: Callable[[Row], Record]) -> Callable[[Sequence[Row]], Sequence[Record]]:
    """Return a function that adds rows one by one."""
    return lambda rows: [add_row(row) for row in rows]


def read_page(
    endpoint: ListEndpoint, origin: Origin, position: PagePosition, limit: int
) -> Steps[VendorPage]:
    """Return the next page that has rows, or else the last page.

    Raises UpstreamInvalid if the pagination does not terminate.
    """
    visited = {position}
    while True:
        reply = yield from get(endpoint.call(_page_params(position, limit)))
        page = _parse_page(reply, endpoint, origin, position)
        if page.rows or page.next_position is None:
            return page
        if page.next_position in visited or len(visited) > MAX_EMPTY_PAGES:
            raise UpstreamInvalid("the vendor's pagination does not terminate")
        position = page.next_position
        visited.add(position)


def parse_rows(value: Any) -> list[Row]:
    """Return an envelope's rows. Raises UpstreamInvalid if the value has none.

    Schoology sends a single row also without a list around it.
    """
    if value is None or value == "":
        return []
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UpstreamInvalid("the vendor sent a list without rows")
    return rows


def _page_params(position: PagePosition, limit: int) -> Params:
    limit_param = ("limit", str(min(MAX_PER_PAGE, limit)))
    if position.start_id is not None:
        return (("start_id", position.start_id), limit_param)
    return (("start", str(position.start)), limit_param) if position.start else (limit_param,)


def _parse_page(reply: Reply, endpoint: ListEndpoint, origin: Origin, position: PagePosition) -> VendorPage:
    """Return a page's rows and the position of the next page.

    Raises UpstreamInvalid if the reply has no rows under the endpoint's key: Schoology answers an
    unknown list of a known object with the object itself.
    """
    body = reply.decode()
    if not isinstance(body, Mapping) or endpoint.rows_key not in body:
        raise UpstreamInvalid("the vendor sent something else than the requested list")
    rows = parse_rows(body[endpoint.rows_key])
    links = body.get("links")
    next_position = _next_position(links, origin, position, len(rows))
    positions = _row_positions(position, len(rows), next_position, isinstance(links, Mapping))
    return VendorPage(rows[position.skip :], positions, next_position, to_int(body.get("total")))


def _row_positions(
    position: PagePosition, row_count: int, next_position: PagePosition | None, is_paged: bool
) -> list[PagePosition]:
    """Return the position after each row of a page, without its first `position.skip` rows.

    A position is (start, skip). The page is read from `position`; R is its number of rows.
    """
    # Cases, for the rows i = 1 to R of a page at start 40:
    #
    #   links   next link            after row i    after the last row
    #   no      -                    (40, i)        (40, R)     unpaged: every request has all rows
    #   yes     none                 (40 + i, 0)    (40 + R, 0)
    #   yes     start = 40 + R       (40 + i, 0)    (40 + R, 0) rows are numbered without gaps
    #   yes     start > 40 + R       (40, i)        next link   hidden rows have unknown numbers
    #   yes     start_id             (40, i)        next link   rows have no numbers
    #
    # Example: a page at 0 with R = 2 and next link start=20. After row 1 the list continues at
    # (0, 1): the page at 0 is read again without its first row. After row 2 it continues at 20.
    is_numbered = next_position is None or next_position == PagePosition(position.start + row_count)
    if is_paged and position.start_id is None and is_numbered:
        numbers = range(position.start + position.skip + 1, position.start + row_count + 1)
        positions = [PagePosition(number) for number in numbers]
    else:
        positions = [position._replace(skip=count) for count in range(position.skip + 1, row_count + 1)]
    if positions and next_position is not None:
        positions[-1] = next_position
    return positions


def _next_position(links: Any, origin: Origin, position: PagePosition, row_count: int) -> PagePosition | None:
    """Return the position of the next link; None if there is none.

    Raises UpstreamInvalid if the link does not lead forward or leads to another host.
    """
    link = links.get("next") if isinstance(links, Mapping) else None
    if not link:
        return None
    if not isinstance(link, str):
        raise UpstreamInvalid("the vendor's link to the next page is not text")
    query = dict(origin.resolve_link(link)[1])
    start, start_id = query.get("start"), query.get("start_id")
    if start is not None:
        next_position = PagePosition(to_int(start) or 0)
    elif start_id is not None and start_id.isalnum():
        next_position = PagePosition(start_id=start_id)
    else:
        next_position = PagePosition(position.start + row_count)
    is_forward = next_position.start > position.start
    if next_position.start_id is not None or position.start_id is not None:
        is_forward = next_position._replace(skip=0) != position._replace(skip=0)
    if not is_forward:
        raise UpstreamInvalid("the vendor's link to the next page leads back")
    return next_position
