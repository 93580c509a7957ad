"""How one list is read: from which endpoint, by which rows, and to whom they belong."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from lms_gateway.domain.asks import ListAsk, Page, PageAsk
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Record
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.includes import Request
from lms_gateway.vendors.canvas.paging import (
    MOST_A_PAGE,
    Item,
    Listing,
    Sheet,
    Taker,
    Walk,
    resume,
)
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps

T = TypeVar("T")

SHORTEST_SEARCH = 2


class Plan(NamedTuple, Generic[T]):
    """One ask's list. Listings that follow one another are read as one."""

    listings: Sequence[Listing]
    absorb: Callable[[Sequence[Any]], Sequence[T]]  # takes a page's rows into the store
    pick: Callable[[T], Iterable[Item]] | None  # None: each is one of the ask's own
    sifted: bool = False
    asked: Request | None = None  # what all rows are read for, where they are only records
    whole_pages: bool = False  # read full pages, because rows are sifted or few
    finish: Callable[[Sequence[Any]], Steps[None]] | None = None  # before the page is settled

    def page_size(self, page: PageAsk) -> int:
        """As many rows as are asked for, so that the second page costs one call as well."""
        return MOST_A_PAGE if self.whole_pages else min(page.first, MOST_A_PAGE)


def plain(wave: Wave, listing: Listing, asked: Request) -> Plan[Record]:
    """A list whose rows are the ask's own records, one each."""
    listing = Listing(listing.tag, listing.endpoint, listing.ids, (*listing.params, *asked.params))
    return records(wave, (listing,), asked)


def records(
    wave: Wave, listings: Sequence[Listing], asked: Request, *, whole_pages: bool = False
) -> Plan[Record]:
    """Lists whose calls ask for all of this already, and whose rows are the ask's own records."""
    return Plan(
        listings,
        lambda rows: wave.learn(asked, rows),
        None,
        asked=asked,
        whole_pages=whole_pages,
    )


def read_plan(wave: Wave, ask: ListAsk, page: PageAsk, plan: Plan[T]) -> Steps[Sequence[Read]]:
    """Read the ask's page and settle it. Raises what the vendor's calls raise."""
    start, per_page, skip = resume(page, plan.listings, plan.page_size(page))
    walk = Walk(plan.listings, wave.site.follow, start, per_page, plan.asked)
    taker = Taker(
        ask,
        page.first,
        plan.pick,
        sifted=plan.sifted,
        skip=skip,
        is_start=page.after is None and not any(one.opening for one in plan.listings),
    )
    done = False
    while not done:
        sheet: Sheet = yield from walk.turn()
        done = taker.take(plan.absorb(sheet.rows), sheet, walk)
    if plan.finish is not None:
        yield from plan.finish(taker.items)
    wave.settle(ask, taker.page())
    return ()


def empty_page() -> Page:
    """A page without rows, which costs no call."""
    return Page((), (), has_next=False)


def search_params(search: str | None) -> Params:
    """The parameter of a search. Raises BadInput for a term that Canvas finds too short."""
    if search is None:
        return ()
    if len(search.strip()) < SHORTEST_SEARCH:
        raise BadInput(f"search: Canvas needs at least {SHORTEST_SEARCH} characters")
    return (("search_term", search),)
