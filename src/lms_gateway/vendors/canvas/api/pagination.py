"""Pagination of Canvas's lists.

A page names the next one in a `Link` header. Only the `page` token of that link is used; it is opaque, a
number or a bookmark. The address is built here: a link can neither redirect the credential to another host
nor end up in a cursor. Pages may be short or empty and still have a next page.

A position in a list is `(*tag, token, per_page, skip)`: the list's tag, the vendor page, its size,
and how many of its items to skip.

https://developerdocs.instructure.com/services/canvas/basics/file.pagination
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Self

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.loads import PageRequest, Position
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint
from lms_gateway.vendors.shared.pagination import foreign_cursor
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

MAX_PAGE_SIZE = 100
"""Largest page of Canvas. Older versions return 50 rows and name that size in their links."""

_MAX_STALE_PAGES = 100
"""Consecutive pages without a new row after which a list counts as endless."""

_LINK_PATTERN = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s",;]*))*)')
_REL_PATTERN = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))', re.IGNORECASE)

ResolveLink = Callable[[str], tuple[str, Params]]
"""Return a link's path and parameters. Raises UpstreamInvalid for a link to another host."""

RowIds = Callable[[], Iterable[Any]]
"""Return the ids of a page's rows, as Canvas wrote them."""

DecodeList = Callable[[Reply], tuple[Sequence[Any], RowIds] | None]
"""Return the rows of a list, and their ids; None if the reply must be decoded as plain JSON."""


class ListEndpoint(NamedTuple):
    """The address of one list. `tag` identifies the list within cursors."""

    tag: tuple[str, ...]
    template: str
    ids: tuple[str, ...] = ()
    params: Params = ()
    first_page_params: Params = ()  # on a later page they would select the first page again
    rows_key: str = ""  # key of the rows in the reply; empty if the reply is the list itself

    def with_params(self, params: Params) -> Self:
        """Return the same list, requested with further parameters."""
        return self._replace(params=(*self.params, *params))

    def call(self, token: str, per_page: int) -> Call:
        """Return the call that reads the page with this token; empty for the first page."""
        params = (*self.params, ("per_page", str(per_page)))
        params = (*params, ("page", token)) if token else (*params, *self.first_page_params)
        return endpoint(self.template, *self.ids, params=params)


class PageToken(NamedTuple):
    """A vendor page within lists that are read one after another."""

    list_index: int = 0
    value: str = ""  # Canvas's token; empty for the first page


class VendorPage(NamedTuple):
    """One page of a list."""

    rows: Sequence[Any]
    position_prefix: Position  # of positions within this page
    next_position: Position | None  # start of the next page; None at the end of the list
    is_full: bool  # it has as many rows as Canvas puts on a page of this size
    total: int | None = None  # rows of the list, if Canvas's `last` link or a wrapper counts them

    def positions(self, count: int) -> Sequence[Position]:
        """Return the positions after each of the page's `count` items."""
        positions = list(zip(*map(repeat, self.position_prefix), range(1, count + 1), strict=False))
        if positions and self.next_position is not None:
            positions[-1] = self.next_position
        return positions


class PageIterator:
    """Reads the pages of lists, one list after another.

    Raises UpstreamInvalid if pages repeat (endless pagination).
    """

    def __init__(
        self,
        endpoints: Sequence[ListEndpoint],
        resolve_link: ResolveLink,
        start: PageToken,
        per_page: int,
        decode_list: DecodeList | None = None,
    ) -> None:
        """Read nothing yet. `decode_list` decodes rows faster than plain JSON."""
        self.next_token: PageToken | None = start
        self._endpoints = endpoints
        self._resolve_link = resolve_link
        self._per_page = per_page
        self._decode_list = decode_list
        self._visited_tokens: set[PageToken] = set()
        self._seen_ids: set[str] = set()
        self._stale_page_count = 0

    def read_page(self) -> Steps[VendorPage]:
        """Read the next page. Must not be called after `next_token` became None."""
        current = self.next_token
        assert current is not None
        self._visited_tokens.add(current)
        list_endpoint = self._endpoints[current.list_index]
        reply = yield from fetch(list_endpoint.call(current.value, self._per_page))
        rows, row_ids, total = self._read_rows(reply, list_endpoint.rows_key)
        links = parse_links(reply)
        next_value, page_size = self._parse_next_link(links)
        next_token = None
        if next_value is not None:
            next_token = PageToken(current.list_index, next_value)
        elif current.list_index + 1 < len(self._endpoints):
            next_token = PageToken(current.list_index + 1)
        if next_token is not None:
            self._check_progress(row_ids(), next_token)
        self.next_token = next_token
        return VendorPage(
            rows,
            self._position_prefix(current),
            None if next_token is None else (*self._position_prefix(next_token), 0),
            is_full=len(rows) >= min(page_size or self._per_page, self._per_page),
            total=self._parse_total(links) if total is None else total,
        )

    def _read_rows(self, reply: Reply, rows_key: str) -> tuple[Sequence[Any], RowIds, int | None]:
        """Return a page's rows, their ids, and the total if a wrapper contains it."""
        if self._decode_list is not None and not rows_key:
            decoded = self._decode_list(reply)
            if decoded is not None:
                return (*decoded, None)
        rows: Any = reply.decode()
        total = None
        if rows_key and isinstance(rows, dict):
            total = _parse_count(rows.get("total_results"))
            rows = rows.get(rows_key)
        if not isinstance(rows, list):
            raise UpstreamInvalid("the vendor's reply is not a list")
        rows_with_id = (row for row in rows if isinstance(row, Mapping) and "id" in row)
        return rows, lambda: [row["id"] for row in rows_with_id], total

    def _parse_next_link(self, links: Mapping[str, str]) -> tuple[str | None, int | None]:
        """Return the next page's token, and the page size that Canvas uses if it names one."""
        if "next" not in links:
            return None, None
        params = dict(self._resolve_link(links["next"])[1])
        if not params.get("page"):
            raise UpstreamInvalid("the vendor's link to the next page has no page token")
        return params["page"], _parse_count(params.get("per_page", ""))

    def _parse_total(self, links: Mapping[str, str]) -> int | None:
        """Return the last page's number, which counts the rows if a page has one row."""
        if self._per_page != 1 or "last" not in links or len(self._endpoints) != 1:
            return None
        return _parse_count(dict(self._resolve_link(links["last"])[1]).get("page", ""))

    def _check_progress(self, ids: Iterable[Any], next_token: PageToken) -> None:
        """Raise UpstreamInvalid if following the next link would not end."""
        # A list can fail to end in three ways:
        #
        #   page    rows     next     detected as
        #   A B A   any      A        the next token was read before
        #   A B C   1 1 1    D        rows, and none of them is new
        #   A B C   - - -    D        more than _MAX_STALE_PAGES pages in a row without a new row
        #
        # A few empty pages are normal: Canvas removes hidden rows after it has cut the pages.
        page_ids = set(map(str, ids))
        new_ids = page_ids - self._seen_ids
        if next_token in self._visited_tokens or (page_ids and not new_ids):
            raise UpstreamInvalid("the vendor's pages repeat")
        self._seen_ids |= new_ids
        self._stale_page_count = 0 if new_ids else self._stale_page_count + 1
        if self._stale_page_count > _MAX_STALE_PAGES:
            raise UpstreamInvalid("the vendor's pagination does not terminate")

    def _position_prefix(self, token: PageToken) -> Position:
        return (*self._endpoints[token.list_index].tag, token.value, self._per_page)


def start_position(
    page_request: PageRequest, endpoints: Sequence[ListEndpoint], per_page: int
) -> tuple[PageToken, int, int]:
    """Return the first vendor page to read, its size, and how many of its items to skip.

    Raises BadInput for a position of another list.
    """
    after = page_request.after
    if after is None:
        return PageToken(), per_page, 0
    token, page_size, skip_count = parse_position(after)
    for index, list_endpoint in enumerate(endpoints):
        if list_endpoint.tag == after[:-3]:
            return PageToken(index, token), page_size, skip_count
    raise foreign_cursor()


def parse_position(position: Position) -> tuple[str, int, int]:
    """Return a position's token, page size and item count to skip. Raises BadInput."""
    match position[-3:]:
        case (str(token), int(page_size), int(skip_count)) if (
            0 <= page_size <= MAX_PAGE_SIZE and skip_count >= 0
        ):
            return token, page_size, skip_count
        case _:
            raise foreign_cursor()


def cursor_tag(page_request: PageRequest) -> tuple[str, ...]:
    """Return the tag of the list that a cursor belongs to; empty without a cursor."""
    if page_request.after is None:
        return ()
    return tuple(str(part) for part in page_request.after[:-3])


def parse_links(reply: Reply) -> dict[str, str]:
    """Return the URLs of a reply's `Link` header by relation."""
    header = reply.headers.get("link")
    if not header:
        return {}
    links: dict[str, str] = {}
    for url, attributes in _LINK_PATTERN.findall(header):
        for quoted, bare in _REL_PATTERN.findall(attributes):
            for relation in (quoted or bare).lower().split():
                links.setdefault(relation, url)
    return links


def _parse_count(value: Any) -> int | None:
    """Return a count that Canvas writes as a number or as text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None
