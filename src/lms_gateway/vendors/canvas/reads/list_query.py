"""How one list is read: its endpoints, how its rows are stored, and which of them are items."""

from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any, Generic, NamedTuple, TypeVar

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import ListLoad, Page, PageRequest
from lms_gateway.domain.record import Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.pagination import (
    MAX_PAGE_SIZE,
    ListEndpoint,
    PageIterator,
    VendorPage,
    start_position,
)
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.rows.sources import RowRequest, RowSource, build_row_request
from lms_gateway.vendors.shared.pagination import Item, PageCollector
from lms_gateway.vendors.shared.steps import Steps

T = TypeVar("T")

MIN_SEARCH_LENGTH = 2


class ListQuery(NamedTuple, Generic[T]):
    """The list of one load. Several endpoints are read one after another, as one list."""

    endpoints: Sequence[ListEndpoint]
    add_rows: Callable[[Sequence[Any]], Sequence[T]]  # stores the rows of a vendor page
    pick: Callable[[T], Iterable[Item]] | None = None  # None: each row is an item of the load
    is_filtered: bool = False
    row_request: RowRequest | None = None  # decodes the rows, if all rows are records
    full_pages: bool = False  # read full pages, because the list is filtered or short
    finish: Callable[[Sequence[Any]], Steps[None]] | None = None  # runs before the load is settled

    def page_size(self, page: PageRequest) -> int:
        """Return the rows of a vendor page: as many as requested, so that a page is one call."""
        return MAX_PAGE_SIZE if self.full_pages else min(page.first, MAX_PAGE_SIZE)


def record_list(batch: LoadBatch, list_endpoint: ListEndpoint, request: RowRequest) -> ListQuery[Record]:
    """Return the query of a list whose rows are the load's records."""
    return record_lists(batch, (list_endpoint.with_params(request.params),), request)


def source_list(
    batch: LoadBatch, list_endpoint: ListEndpoint, source: RowSource, fields: Set[str], *keys: str
) -> ListQuery[Record]:
    """Return the query of a list of a source's rows, with these fields and nested objects."""
    return record_list(batch, list_endpoint, build_row_request(source, fields, *keys))


def record_lists(
    batch: LoadBatch, endpoints: Sequence[ListEndpoint], request: RowRequest, *, full_pages: bool = False
) -> ListQuery[Record]:
    """Return the query of lists of the load's records; the endpoints have all parameters."""
    return ListQuery(
        endpoints, lambda rows: batch.add_rows(request, rows), row_request=request, full_pages=full_pages
    )


def run_list_query(batch: LoadBatch, load: ListLoad, page: PageRequest, query: ListQuery[T]) -> Steps[None]:
    """Read the page of a load and settle it. Raises the errors of the vendor's calls."""
    start, per_page, skip_count = start_position(page, query.endpoints, query.page_size(page))
    request, resolve_link = query.row_request, batch.instance.resolve_link
    decode_list = None if request is None else request.decode_list
    pages = PageIterator(query.endpoints, resolve_link, start, per_page, decode_list)
    has_first_page_params = any(endpoint.first_page_params for endpoint in query.endpoints)
    collector = PageCollector(
        page.first,
        query.pick,
        is_filtered=query.is_filtered,
        skip_count=skip_count,
        from_start=page.after is None and not has_first_page_params,
    )
    is_complete = False
    while not is_complete:
        vendor_page = yield from pages.read_page()
        is_complete = accept_rows(collector, query.add_rows(vendor_page.rows), vendor_page)
    if query.finish is not None:
        yield from query.finish(collector.items)
    batch.settle(load, collector.page())


def accept_rows(collector: PageCollector[T], rows: Sequence[T], vendor_page: VendorPage) -> bool:
    """Accept the load's items of a vendor page. Return whether the load is complete."""
    items = collector.picked(rows)
    collector.accept_page(items, vendor_page.positions(len(items)))
    return collector.end_page(
        has_more=vendor_page.next_position is not None,
        is_full=vendor_page.is_full,
        total=vendor_page.total if collector.from_start else None,
    )


def empty_page() -> Page:
    """Return a page without items, which needs no call."""
    return Page((), (), has_next=False)


def search_params(search: str | None) -> Params:
    """Return the parameter of a search. Raises BadInput for a term that Canvas rejects."""
    if search is None:
        return ()
    if len(search.strip()) < MIN_SEARCH_LENGTH:
        raise BadInput(f"search: Canvas needs at least {MIN_SEARCH_LENGTH} characters")
    return (("search_term", search),)
