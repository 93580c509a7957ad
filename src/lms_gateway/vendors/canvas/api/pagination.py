"""Canvas's pages, and the positions within them that cursors hold.

A page names the next one in a `Link` header. Only its `page` token is kept, and it is opaque: it
may be a number or a bookmark. The address is always our own, so a link can neither lead the
credential astray nor end up in a cursor. Pages may be short or empty and still have a next one.

https://developerdocs.instructure.com/services/canvas/basics/file.pagination
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Generic, NamedTuple, TypeVar, cast

from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.loads import Document, ListLoad, Page, PageRequest, Position
from lms_gateway.domain.record import Record
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint
from lms_gateway.vendors.canvas.rows.converters import to_int
from lms_gateway.vendors.canvas.rows.decoding import ReplyRows
from lms_gateway.vendors.canvas.rows.sources import RowRequest
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

T = TypeVar("T")

Item = Record | Document

MAX_PAGE_SIZE = 100
"""What Canvas gives at most; older ones give 50, and say so in their links."""

_MAX_STALE_PAGES = (
    100  # pages in a row without a new row, after which the listing is taken for a loop
)
_LINK_PATTERN = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s",;]*))*)')
_REL_PATTERN = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))', re.IGNORECASE)

ResolveLink = Callable[[str], tuple[str, Params]]


class ListEndpoint(NamedTuple):
    """One list of one vendor's endpoint. `tag` tells it from others in a cursor."""

    tag: tuple[str, ...]
    template: str
    ids: tuple[str, ...] = ()
    params: Params = ()
    # of the first page only: it would lead each further one back to itself
    first_page_params: Params = ()
    rows_key: str = ""  # the key that the rows may lie under; else they are the reply itself

    def call(self, token: str, per_page: int) -> Call:
        """Ask for the page of this token; an empty one means the first page."""
        params = (*self.params, ("per_page", str(per_page)))
        params = (*params, ("page", token)) if token else (*params, *self.first_page_params)
        return endpoint(self.template, *self.ids, params=params)


class PageToken(NamedTuple):
    """A page of a listing: `at` counts listings that follow one another, `token` is Canvas's."""

    list_index: int = 0
    value: str = ""


class VendorPage(NamedTuple):
    """One page as it came, and where the listing goes on (None: nowhere)."""

    rows: Sequence[Any]
    token: PageToken
    next_token: PageToken | None
    is_full: bool  # as many rows as Canvas puts on a page of this size
    total: int | None = None  # only where Canvas's `last` link or a wrapper counts rows


class PageIterator:
    """Goes through the pages of listings that follow one another.

    Raises UpstreamInvalid where pages repeat: Canvas would otherwise keep us for ever.
    """

    def __init__(
        self,
        endpoints: Sequence[ListEndpoint],
        resolve_link: ResolveLink,
        start: PageToken,
        per_page: int,
        row_request: RowRequest | None = None,
    ) -> None:
        """`asked` is what all rows are read for, where they are nothing but records."""
        self._row_request = row_request
        self.endpoints = endpoints
        self.per_page = per_page
        self.next_token: PageToken | None = start
        self._resolve_link = resolve_link
        self._visited_tokens: set[PageToken] = set()
        self._seen_ids: set[str] = set()
        self._stale_page_count = 0

    def read_page(self) -> Steps[VendorPage]:
        """Read the next page. Only to be called while `next` is not None."""
        current = self.next_token
        assert current is not None
        self._visited_tokens.add(current)
        reply = yield from fetch(
            self.endpoints[current.list_index].call(current.value, self.per_page)
        )
        rows, total = self._read_rows(reply, self.endpoints[current.list_index].rows_key)
        links = parse_links(reply)
        next_value, page_size = self._parse_next_link(links)
        next_token = None
        if next_value is not None:
            next_token = PageToken(current.list_index, next_value)
        elif current.list_index + 1 < len(self.endpoints):
            next_token = PageToken(current.list_index + 1)
        self._check_progress(rows, next_token)
        self.next_token = next_token
        return VendorPage(
            rows,
            current,
            next_token,
            is_full=len(rows) >= min(page_size or self.per_page, self.per_page),
            total=self._parse_total(links) if total is None else total,
        )

    def _read_rows(self, reply: Reply, rows_key: str) -> tuple[Sequence[Any], int | None]:
        """A page's rows, and how many the list has, where a wrapper says so."""
        if self._row_request is not None and self._row_request.decoder is not None and not rows_key:
            typed_rows = self._row_request.decoder.decode_list(reply)
            if typed_rows is not None:
                return typed_rows, None
        rows: Any = reply.decode()
        total = None
        if rows_key and isinstance(rows, dict):
            total = to_int(rows.get("total_results"))
            rows = rows.get(rows_key)
        if not isinstance(rows, list):
            raise UpstreamInvalid("the vendor's reply is not a list")
        return rows, total

    def _parse_next_link(self, links: Mapping[str, str]) -> tuple[str | None, int | None]:
        """The next page's token, and the page size that Canvas settled on; None: not told."""
        if "next" not in links:
            return None, None
        params = dict(self._resolve_link(links["next"])[1])
        if not params.get("page"):
            raise UpstreamInvalid("the vendor's next page cannot be told from its link")
        page_size = params.get("per_page", "")
        return params["page"], int(
            page_size
        ) if page_size.isascii() and page_size.isdigit() else None

    def _parse_total(self, links: Mapping[str, str]) -> int | None:
        """With one row a page, the last page's number counts the rows; else it does not."""
        if self.per_page != 1 or "last" not in links or len(self.endpoints) != 1:
            return None
        token = dict(self._resolve_link(links["last"])[1]).get("page", "")
        return int(token) if token.isascii() and token.isdigit() else None

    def _check_progress(self, rows: Sequence[Any], next_token: PageToken | None) -> None:
        if next_token is None:
            return
        if isinstance(rows, ReplyRows):
            ids = {str(row_id) for row_id in rows.raw_ids()}
        else:
            ids = {str(row["id"]) for row in rows if isinstance(row, Mapping) and "id" in row}
        new_ids = ids - self._seen_ids
        if next_token in self._visited_tokens or (ids and not new_ids):
            raise UpstreamInvalid("the vendor's pages repeat")
        self._seen_ids |= new_ids
        self._stale_page_count = 0 if new_ids else self._stale_page_count + 1
        if self._stale_page_count > _MAX_STALE_PAGES:
            raise UpstreamInvalid("the vendor's pages stay empty and do not end")


@dataclass(slots=True)
class PageCollector(Generic[T]):
    """Takes one ask's page out of what a walk brings.

    `pick` says which records of a row are the ask's own, in order. A sifted listing also holds rows
    that are not, so that a full page says nothing about whether a further one of ours follows.
    """

    load: ListLoad
    first: int
    pick: Callable[[T], Iterable[Item]] | None  # None: each is one of the ask's own
    is_filtered: bool = False
    skip_count: int = 0  # of the first page's records
    is_start: bool = True
    items: list[Item] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    has_next: bool | None = None  # None: not yet known
    total: int | None = None
    _seen_identities: set[object] = field(default_factory=set)

    def accept(
        self, rows: Sequence[T], vendor_page: VendorPage, page_iterator: PageIterator
    ) -> bool:
        """Take what is ours of one page. Returns whether that settles the ask."""
        if self.pick is None:
            records = cast("Sequence[Item]", rows)
        else:
            records = [record for row in rows for record in self.pick(row)]
        if not self._accept_all(records, vendor_page, page_iterator):
            self._accept_each(records, vendor_page, page_iterator)
        self.skip_count = 0
        if vendor_page.next_token is None:
            self.has_next = bool(self.has_next)
            if self.is_start:
                self.total = len(self._seen_identities)
        elif self.has_next is None and not self.is_filtered:
            # A full page with a next one: taken at its word, for a look would cost a call.
            self.has_next = True if len(self.items) == self.first and vendor_page.is_full else None
        if self.is_start and self.total is None and not self.is_filtered:
            self.total = vendor_page.total
        return self.has_next is not None

    def _accept_all(
        self, records: Sequence[Item], vendor_page: VendorPage, page_iterator: PageIterator
    ) -> bool:
        """Take all at once. Returns whether that was possible: most pages are new and wanted."""
        if not records or self.skip_count or len(self.items) + len(records) > self.first:
            return False
        identities: set[object] = {item.key.id for item in records if item.key is not None}
        if len(identities) < len(records) or not self._seen_identities.isdisjoint(identities):
            return False
        self._seen_identities |= identities
        self.items += records
        tag = page_iterator.endpoints[vendor_page.token.list_index].tag
        constants = map(repeat, (*tag, vendor_page.token.value, page_iterator.per_page))
        self.positions += zip(*constants, range(1, len(records) + 1), strict=False)
        if vendor_page.next_token is not None:
            tag = page_iterator.endpoints[vendor_page.next_token.list_index].tag
            self.positions[-1] = (*tag, vendor_page.next_token.value, page_iterator.per_page, 0)
        return True

    def _accept_each(
        self, records: Sequence[Item], vendor_page: VendorPage, page_iterator: PageIterator
    ) -> None:
        for index, record in enumerate(records):
            if index < self.skip_count:
                continue
            token, offset = vendor_page.token, index + 1
            if offset == len(records) and vendor_page.next_token is not None:
                token, offset = vendor_page.next_token, 0
            tag = page_iterator.endpoints[token.list_index].tag
            position: Position = (*tag, token.value, page_iterator.per_page, offset)
            identity = _identity(record) or (vendor_page.token, index)
            if identity in self._seen_identities:
                if self.items and not self.has_next:
                    # Whoever goes on from the last item should not meet this one again.
                    self.positions[-1] = position
                continue
            self._seen_identities.add(identity)
            if len(self.items) == self.first:
                self.has_next = True
            else:
                self.items.append(record)
                self.positions.append(position)

    def page(self) -> Page:
        """The ask's answer."""
        return Page(self.items, self.positions, bool(self.has_next), self.total)


def start_position(
    page_request: PageRequest, endpoints: Sequence[ListEndpoint], per_page: int
) -> tuple[PageToken, int, int]:
    """Where to begin: the page, its size, and how many of its records to pass over.

    Raises BadInput for a position of another listing.
    """
    if page_request.after is None:
        return PageToken(), per_page, 0
    tag, (token, page_size, skip_count) = (
        page_request.after[:-3],
        parse_position(page_request.after),
    )
    for index, list_endpoint in enumerate(endpoints):
        if list_endpoint.tag == tag:
            return PageToken(index, token), page_size, skip_count
    raise foreign_cursor()


def parse_position(position: Position) -> tuple[str, int, int]:
    """Token, page size and records to skip, behind the tag. Raises BadInput for what is none."""
    match position[-3:]:
        case (str(token), int(page_size), int(skip_count)) if (
            0 <= page_size <= MAX_PAGE_SIZE and skip_count >= 0
        ):
            return token, page_size, skip_count
        case _:
            raise foreign_cursor()


def _identity(item: Item) -> object:
    """What tells a row from others; None for one that nothing does."""
    if item.key is not None:
        return item.key.id
    vendor_id = item.value.get("id")
    return None if vendor_id is None else (item.value.get("type"), vendor_id)


def foreign_cursor() -> BadInput:
    """For a cursor that goes on in another list than the one asked for."""
    return BadInput("after: this cursor belongs to another list")


def cursor_tag(page_request: PageRequest) -> tuple[str, ...]:
    """The tag of the listing that a page goes on in; empty where it begins."""
    return (
        () if page_request.after is None else tuple(str(part) for part in page_request.after[:-3])
    )


def parse_links(reply: Reply) -> dict[str, str]:
    """A reply's `Link` header, by relation."""
    header = reply.headers.get("link")
    if not header:
        return {}
    links: dict[str, str] = {}
    for url, attributes in _LINK_PATTERN.findall(header):
        for quoted, bare in _REL_PATTERN.findall(attributes):
            for relation in (quoted or bare).lower().split():
                links.setdefault(relation, url)
    return links


def chunks(ids: Set[str] | Sequence[str], size: int = MAX_PAGE_SIZE) -> list[Sequence[str]]:
    """Ids in groups that fit a page, each once, in their order."""
    unique_ids = list(dict.fromkeys(ids))
    return [unique_ids[begin : begin + size] for begin in range(0, len(unique_ids), size)]
