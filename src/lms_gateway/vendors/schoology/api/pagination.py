"""Paged lists: `start` and `limit` in, an envelope with `links.next` out.

`links.next` alone says whether there is more: `total` is text, a number or missing, and a limit is
cut down without a word. The link is never followed as such. Its host is checked, and where it goes
on is read from it. https://developers.schoology.com/api-documentation/rest-api-v1/paging
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeVar

from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.loads import Page, Position
from lms_gateway.domain.record import Record
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.rows.converters import to_int
from lms_gateway.vendors.schoology.rows.field_maps import Row
from lms_gateway.vendors.shared.steps import Steps, get

T = TypeVar("T")

MAX_PER_PAGE = 200
"""The most rows that a page can have."""
MAX_UNPAGED_ROWS = 10_000
"""The most rows of a list that comes whole in which a cursor may stand."""
MAX_EMPTY_PAGES = 50
"""Empty pages that are walked through before the listing counts as broken."""


@dataclass(frozen=True, slots=True)
class ListEndpoint:
    """A list of the vendor's: its address, and the key of its rows in the envelope."""

    path: str
    template: str
    rows_key: str
    params: Params = ()


class PagePosition(NamedTuple):
    """Where in a listing: behind `skip` rows of the page at `start`, or at `start_id`."""

    start: int = 0
    skip: int = 0
    start_id: str | None = None

    @property
    def cursor_part(self) -> Position:
        """The spot as part of a cursor."""
        return self[:2] if self.start_id is None else (*self[:2], self.start_id)

    @classmethod
    def from_cursor(cls, position: Position) -> Self:
        """The spot that a cursor holds. Raises BadInput where it holds none."""
        match position:
            case (int(start), int(skip)) if start >= 0 and 0 <= skip <= MAX_UNPAGED_ROWS:
                return cls(start, skip)
            case (0, int(skip), str(start_id)) if 0 <= skip <= MAX_PER_PAGE and start_id.isalnum():
                return cls(0, skip, start_id)
            case _:
                raise BadInput("the cursor does not belong to this list")


LIST_START = PagePosition()


class VendorPage(NamedTuple):
    """One page of the vendor's. `behind[i]` is where the listing goes on behind `rows[i]`."""

    rows: Sequence[Row]
    positions: Sequence[PagePosition]
    next_position: PagePosition | None
    total: int | None


@dataclass(slots=True)
class PageCollector:
    """What one ask takes from a listing: its first `first` rows that `take` finds.

    `sifts` says that `take` is expected to pass rows over, so that a further page need not hold
    another find. Without `first` nothing is kept and everything is counted.
    """

    first: int | None
    pick: Callable[[Record], Record | None]
    is_filtered: bool = False
    items: list[Record] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    has_next: bool = False
    accepted_count: int = 0
    total: int | None = None
    _seen_records: set[Record] = field(default_factory=set)

    def accept(self, record: Record, position: Position) -> None:
        """Take a row, unless it is not meant, or was there before: pages shift while read."""
        picked = self.pick(record)
        if picked is None or picked in self._seen_records:
            return
        self._seen_records.add(picked)
        self.accepted_count += 1
        if self.first is None:
            return
        if len(self.items) < self.first:
            self.items.append(picked)
            self.positions.append(position)
        else:
            self.has_next = True

    def mark_seen(self, record: Record) -> None:
        """Note a row that an earlier page of this ask has shown."""
        picked = self.pick(record)
        if picked is not None:
            self._seen_records.add(picked)

    @property
    def remaining_count(self) -> int:
        """How many rows may still be needed."""
        if self.first is None or self.is_filtered:
            return MAX_PER_PAGE
        return max(0, self.first - len(self.items))

    def is_complete(self, has_more_pages: bool) -> bool:
        """Whether no further row is needed; `followed` says that the listing goes on."""
        if has_more_pages and self.remaining_count == 0:
            self.has_next = True
        return self.has_next

    def page(self) -> Page:
        """The rows taken."""
        return Page(tuple(self.items), tuple(self.positions), self.has_next, self.total)


def collect_pages(
    list_endpoint: ListEndpoint,
    origin: Origin,
    add_rows: Callable[[Sequence[Row]], Sequence[Record]],
    collectors: Sequence[PageCollector],
    page_position: PagePosition = LIST_START,
    prefix: Position = (),
) -> Steps[None]:
    """Read from `spot` until every cut has its rows and knows whether there are more.

    Positions begin with `prefix`.
    """
    from_start = page_position == LIST_START
    while True:
        remaining_count = max(collector.remaining_count for collector in collectors)
        vendor_page = yield from read_page(
            list_endpoint, origin, page_position, max(1, remaining_count) + page_position.skip
        )
        records = add_rows(vendor_page.rows)
        positions = [(*prefix, *row_position.cursor_part) for row_position in vendor_page.positions]
        for collector in collectors:
            for record, position in zip(records, positions, strict=True):
                collector.accept(record, position)
            if vendor_page.total is not None and not collector.is_filtered:
                collector.total = max(vendor_page.total, collector.accepted_count)
        if vendor_page.next_position is None:
            if from_start:
                for collector in collectors:
                    collector.total = collector.accepted_count
            return
        complete = [collector.is_complete(has_more_pages=True) for collector in collectors]
        if all(complete):
            return
        page_position = vendor_page.next_position


def row_by_row(add_row: Callable[[Row], Record]) -> Callable[[Sequence[Row]], Sequence[Record]]:
    """Rows learnt one by one."""
    return lambda rows: [add_row(row) for row in rows]


def read_page(
    list_endpoint: ListEndpoint, origin: Origin, page_position: PagePosition, limit: int
) -> Steps[VendorPage]:
    """The next page that has rows, or the last one. Raises UpstreamInvalid on endless paging."""
    seen = {page_position}
    while True:
        reply = yield from get(page_call(list_endpoint, page_position, limit))
        vendor_page = parse_page(reply, list_endpoint, origin, page_position)
        if vendor_page.rows or vendor_page.next_position is None:
            return vendor_page
        if vendor_page.next_position in seen or len(seen) > MAX_EMPTY_PAGES:
            raise UpstreamInvalid("the vendor's pages lead nowhere")
        page_position = vendor_page.next_position
        seen.add(page_position)


def page_call(list_endpoint: ListEndpoint, page_position: PagePosition, limit: int) -> Call:
    """The call for one page."""
    start_params: Params = (("start", str(page_position.start)),) if page_position.start else ()
    if page_position.start_id is not None:
        start_params = (("start_id", page_position.start_id),)
    limit_param = ("limit", str(min(MAX_PER_PAGE, limit)))
    return Call(
        list_endpoint.path,
        list_endpoint.template,
        (*list_endpoint.params, *start_params, limit_param),
    )


def parse_page(
    reply: Reply, list_endpoint: ListEndpoint, origin: Origin, page_position: PagePosition
) -> VendorPage:
    """A page's rows and where they lead. Raises UpstreamInvalid where it is no such page.

    An unknown list below a known object is answered with the object itself, so the envelope's key
    has to be there. One without `links` comes whole whatever is asked for (a school's buildings):
    to go on in it is to pass over its first rows again.
    """
    body = reply.decode()
    if not isinstance(body, Mapping) or list_endpoint.rows_key not in body:
        raise UpstreamInvalid("the vendor sent something else than the list asked for")
    rows = parse_rows(body[list_endpoint.rows_key])
    next_position = _next_position(body.get("links"), origin, page_position, len(rows))
    page_rows = rows[page_position.skip :]
    is_paged = isinstance(body.get("links"), Mapping)
    if is_paged:
        positions = _positions_after_rows(page_position, len(rows), next_position)
    else:
        positions = [
            page_position._replace(skip=index + 1) for index in range(page_position.skip, len(rows))
        ]
    return VendorPage(page_rows, positions, next_position, to_int(body.get("total")))


def parse_rows(value: Any) -> list[Row]:
    """An envelope's rows; a single one may come without its list. Raises UpstreamInvalid."""
    if value is None or value == "":
        return []
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UpstreamInvalid("the vendor sent a list that has no rows")
    return rows


def _positions_after_rows(
    page_position: PagePosition, count: int, next_position: PagePosition | None
) -> list[PagePosition]:
    """Where the listing goes on behind each of a page's rows but those to be passed over."""
    is_contiguous = next_position is None or next_position == PagePosition(
        page_position.start + count
    )
    if page_position.start_id is None and is_contiguous:
        positions = list(
            map(
                PagePosition,
                range(
                    page_position.start + page_position.skip + 1, page_position.start + count + 1
                ),
            )
        )
    else:
        # A short page, or one that goes by ids: its rows cannot be counted through to others.
        positions = [
            page_position._replace(skip=index + 1) for index in range(page_position.skip, count)
        ]
    if positions and next_position is not None:
        positions[-1] = next_position
    return positions


def _next_position(
    links: Any, origin: Origin, page_position: PagePosition, count: int
) -> PagePosition | None:
    link = links.get("next") if isinstance(links, Mapping) else None
    if not link:
        return None
    if not isinstance(link, str):
        raise UpstreamInvalid("the vendor's next page has no address")
    query = dict(origin.resolve_link(link)[1])
    start, start_id = query.get("start"), query.get("start_id")
    if start is not None:
        next_position = PagePosition(to_int(start) or 0)
    elif start_id is not None and start_id.isalnum():
        next_position = PagePosition(start_id=start_id)
    else:
        next_position = PagePosition(page_position.start + count)
    is_forward = next_position.start > page_position.start
    if next_position.start_id is not None or page_position.start_id is not None:
        is_forward = next_position._replace(skip=0) != page_position._replace(skip=0)
    if not is_forward:
        raise UpstreamInvalid("the vendor's next page is the one before")
    return next_position


def chunks(items: Iterable[T], size: int) -> list[list[T]]:
    """Runs of at most `size`."""
    values = list(items)
    return [values[start : start + size] for start in range(0, len(values), size)]
