"""How one list is read: from which endpoint, by which rows, and to whom they belong."""

from collections.abc import Callable, Iterable, Sequence
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
from lms_gateway.vendors.canvas.rows.sources import RowRequest
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import Item, PageCollector
from lms_gateway.vendors.shared.steps import Steps

T = TypeVar("T")

MIN_SEARCH_LENGTH = 2


class ListQuery(NamedTuple, Generic[T]):
    """One ask's list. Listings that follow one another are read as one."""

    endpoints: Sequence[ListEndpoint]
    add_rows: Callable[[Sequence[Any]], Sequence[T]]  # takes a page's rows into the store
    pick: Callable[[T], Iterable[Item]] | None  # None: each is one of the ask's own
    is_filtered: bool = False
    row_request: RowRequest | None = None  # what all rows are read for, where they are only records
    full_pages: bool = False  # read full pages, because rows are sifted or few
    finish: Callable[[Sequence[Any]], Steps[None]] | None = None  # before the page is settled

    def page_size(self, page_request: PageRequest) -> int:
        """As many rows as are asked for, so that the second page costs one call as well."""
        return MAX_PAGE_SIZE if self.full_pages else min(page_request.first, MAX_PAGE_SIZE)


def record_list(
    batch: LoadBatch, list_endpoint: ListEndpoint, row_request: RowRequest
) -> ListQuery[Record]:
    """A list whose rows are the ask's own records, one each."""
    list_endpoint = ListEndpoint(
        list_endpoint.tag,
        list_endpoint.template,
        list_endpoint.ids,
        (*list_endpoint.params, *row_request.params),
    )
    return record_lists(batch, (list_endpoint,), row_request)


def record_lists(
    batch: LoadBatch,
    endpoints: Sequence[ListEndpoint],
    row_request: RowRequest,
    *,
    full_pages: bool = False,
) -> ListQuery[Record]:
    """Lists whose calls ask for all of this already, and whose rows are the ask's own records."""
    return ListQuery(
        endpoints,
        lambda rows: batch.add_rows(row_request, rows),
        None,
        row_request=row_request,
        full_pages=full_pages,
    )


def run_list_query(
    batch: LoadBatch, load: ListLoad, page_request: PageRequest, query: ListQuery[T]
) -> Steps[Sequence[ReadTask]]:
    """Read the ask's page and settle it. Raises what the vendor's calls raise."""
    start, per_page, skip_count = start_position(
        page_request, query.endpoints, query.page_size(page_request)
    )
    page_iterator = PageIterator(
        query.endpoints,
        batch.instance.resolve_link,
        start,
        per_page,
        None if query.row_request is None else query.row_request.decode_list,
    )
    collector = PageCollector(
        page_request.first,
        query.pick,
        is_filtered=query.is_filtered,
        skip_count=skip_count,
        from_start=page_request.after is None
        and not any(list_endpoint.first_page_params for list_endpoint in query.endpoints),
    )
    is_complete = False
    while not is_complete:
        vendor_page = yield from page_iterator.read_page()
        is_complete = accept_rows(collector, query.add_rows(vendor_page.rows), vendor_page)
    if query.finish is not None:
        yield from query.finish(collector.items)
    batch.settle(load, collector.page())
    return ()


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
    """A page without rows, which costs no call."""
    return Page((), (), has_next=False)


def search_params(search: str | None) -> Params:
    """The parameter of a search. Raises BadInput for a term that Canvas finds too short."""
    if search is None:
        return ()
    if len(search.strip()) < MIN_SEARCH_LENGTH:
        raise BadInput(f"search: Canvas needs at least {MIN_SEARCH_LENGTH} characters")
    return (("search_term", search),)
