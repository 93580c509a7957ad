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

from lms_gateway.domain.asks import ListAsk, Page, PageAsk, Plain, Position
from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.records import Record
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.vendors.canvas.calls import get
from lms_gateway.vendors.canvas.includes import Request
from lms_gateway.vendors.canvas.tellings import Rows
from lms_gateway.vendors.canvas.values import whole
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.reads import get as fetch

T = TypeVar("T")

Item = Record | Plain

MOST_A_PAGE = 100
"""What Canvas gives at most; older ones give 50, and say so in their links."""

_PATIENCE = 100  # pages in a row without a new row, after which the listing is taken for a loop
_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s",;]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))', re.IGNORECASE)

Follow = Callable[[str], tuple[str, Params]]


class Listing(NamedTuple):
    """One list of one vendor's endpoint. `tag` tells it from others in a cursor."""

    tag: tuple[str, ...]
    endpoint: str
    ids: tuple[str, ...] = ()
    params: Params = ()
    opening: Params = ()  # of the first page only: it would lead each further one back to itself
    wrapped: str = ""  # the key that the rows may lie under; else they are the reply itself

    def call(self, token: str, per_page: int) -> Call:
        """Ask for the page of this token; an empty one means the first page."""
        params = (*self.params, ("per_page", str(per_page)))
        params = (*params, ("page", token)) if token else (*params, *self.opening)
        return get(self.endpoint, *self.ids, params=params)


class Place(NamedTuple):
    """A page of a listing: `at` counts listings that follow one another, `token` is Canvas's."""

    at: int = 0
    token: str = ""


class Sheet(NamedTuple):
    """One page as it came, and where the listing goes on (None: nowhere)."""

    rows: Sequence[Any]
    here: Place
    onward: Place | None
    is_full: bool  # as many rows as Canvas puts on a page of this size
    total: int | None = None  # only where Canvas's `last` link or a wrapper counts rows


class Walk:
    """Goes through the pages of listings that follow one another.

    Raises UpstreamInvalid where pages repeat: Canvas would otherwise keep us for ever.
    """

    def __init__(
        self,
        listings: Sequence[Listing],
        follow: Follow,
        start: Place,
        per_page: int,
        asked: Request | None = None,
    ) -> None:
        """`asked` is what all rows are read for, where they are nothing but records."""
        self._asked = asked
        self.listings = listings
        self.per_page = per_page
        self.next: Place | None = start
        self._follow = follow
        self._visited: set[Place] = set()
        self._seen: set[str] = set()
        self._stale = 0

    def turn(self) -> Steps[Sheet]:
        """Read the next page. Only to be called while `next` is not None."""
        here = self.next
        assert here is not None
        self._visited.add(here)
        reply = yield from fetch(self.listings[here.at].call(here.token, self.per_page))
        rows, told = self._read_rows(reply, self.listings[here.at].wrapped)
        links = read_links(reply)
        token, size = self._read_next(links)
        onward = None
        if token is not None:
            onward = Place(here.at, token)
        elif here.at + 1 < len(self.listings):
            onward = Place(here.at + 1)
        self._guard(rows, onward)
        self.next = onward
        return Sheet(
            rows,
            here,
            onward,
            is_full=len(rows) >= min(size or self.per_page, self.per_page),
            total=self._read_total(links) if told is None else told,
        )

    def _read_rows(self, reply: Reply, wrapped: str) -> tuple[Sequence[Any], int | None]:
        """A page's rows, and how many the list has, where a wrapper says so."""
        if self._asked is not None and self._asked.reader is not None and not wrapped:
            typed = self._asked.reader.read_list(reply)
            if typed is not None:
                return typed, None
        rows: Any = reply.decode()
        total = None
        if wrapped and isinstance(rows, dict):
            total = whole(rows.get("total_results"))
            rows = rows.get(wrapped)
        if not isinstance(rows, list):
            raise UpstreamInvalid("the vendor's reply is not a list")
        return rows, total

    def _read_next(self, links: Mapping[str, str]) -> tuple[str | None, int | None]:
        """The next page's token, and the page size that Canvas settled on; None: not told."""
        if "next" not in links:
            return None, None
        params = dict(self._follow(links["next"])[1])
        if not params.get("page"):
            raise UpstreamInvalid("the vendor's next page cannot be told from its link")
        size = params.get("per_page", "")
        return params["page"], int(size) if size.isascii() and size.isdigit() else None

    def _read_total(self, links: Mapping[str, str]) -> int | None:
        """With one row a page, the last page's number counts the rows; else it does not."""
        if self.per_page != 1 or "last" not in links or len(self.listings) != 1:
            return None
        token = dict(self._follow(links["last"])[1]).get("page", "")
        return int(token) if token.isascii() and token.isdigit() else None

    def _guard(self, rows: Sequence[Any], onward: Place | None) -> None:
        if onward is None:
            return
        if isinstance(rows, Rows):
            ids = {str(id) for id in rows.told_ids()}
        else:
            ids = {str(row["id"]) for row in rows if isinstance(row, Mapping) and "id" in row}
        fresh = ids - self._seen
        if onward in self._visited or (ids and not fresh):
            raise UpstreamInvalid("the vendor's pages repeat")
        self._seen |= fresh
        self._stale = 0 if fresh else self._stale + 1
        if self._stale > _PATIENCE:
            raise UpstreamInvalid("the vendor's pages stay empty and do not end")


@dataclass(slots=True)
class Taker(Generic[T]):
    """Takes one ask's page out of what a walk brings.

    `pick` says which records of a row are the ask's own, in order. A sifted listing also holds rows
    that are not, so that a full page says nothing about whether a further one of ours follows.
    """

    ask: ListAsk
    first: int
    pick: Callable[[T], Iterable[Item]] | None  # None: each is one of the ask's own
    sifted: bool = False
    skip: int = 0  # of the first page's records
    is_start: bool = True
    items: list[Item] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    has_next: bool | None = None  # None: not yet known
    total: int | None = None
    _seen: set[object] = field(default_factory=set)

    def take(self, parts: Sequence[T], sheet: Sheet, walk: Walk) -> bool:
        """Take what is ours of one page. Returns whether that settles the ask."""
        if self.pick is None:
            records = cast("Sequence[Item]", parts)
        else:
            records = [record for part in parts for record in self.pick(part)]
        if not self._take_whole(records, sheet, walk):
            self._take_some(records, sheet, walk)
        self.skip = 0
        if sheet.onward is None:
            self.has_next = bool(self.has_next)
            if self.is_start:
                self.total = len(self._seen)
        elif self.has_next is None and not self.sifted:
            # A full page with a next one: taken at its word, for a look would cost a call.
            self.has_next = True if len(self.items) == self.first and sheet.is_full else None
        if self.is_start and self.total is None and not self.sifted:
            self.total = sheet.total
        return self.has_next is not None

    def _take_whole(self, records: Sequence[Item], sheet: Sheet, walk: Walk) -> bool:
        """Take all at once. Returns whether that was possible: most pages are new and wanted."""
        if not records or self.skip or len(self.items) + len(records) > self.first:
            return False
        marks: set[object] = {one.key.id for one in records if one.key is not None}
        if len(marks) < len(records) or not self._seen.isdisjoint(marks):
            return False
        self._seen |= marks
        self.items += records
        tag = walk.listings[sheet.here.at].tag
        alike = map(repeat, (*tag, sheet.here.token, walk.per_page))
        self.positions += zip(*alike, range(1, len(records) + 1), strict=False)
        if sheet.onward is not None:
            tag = walk.listings[sheet.onward.at].tag
            self.positions[-1] = (*tag, sheet.onward.token, walk.per_page, 0)
        return True

    def _take_some(self, records: Sequence[Item], sheet: Sheet, walk: Walk) -> None:
        for at, record in enumerate(records):
            if at < self.skip:
                continue
            where, behind = sheet.here, at + 1
            if behind == len(records) and sheet.onward is not None:
                where, behind = sheet.onward, 0
            tag = walk.listings[where.at].tag
            position: Position = (*tag, where.token, walk.per_page, behind)
            mark = _mark(record) or (sheet.here, at)
            if mark in self._seen:
                if self.items and not self.has_next:
                    # Whoever goes on from the last item should not meet this one again.
                    self.positions[-1] = position
                continue
            self._seen.add(mark)
            if len(self.items) == self.first:
                self.has_next = True
            else:
                self.items.append(record)
                self.positions.append(position)

    def page(self) -> Page:
        """The ask's answer."""
        return Page(self.items, self.positions, bool(self.has_next), self.total)


def resume(page: PageAsk, listings: Sequence[Listing], per_page: int) -> tuple[Place, int, int]:
    """Where to begin: the page, its size, and how many of its records to pass over.

    Raises BadInput for a position of another listing.
    """
    if page.after is None:
        return Place(), per_page, 0
    tag, (token, size, skip) = page.after[:-3], read_position(page.after)
    for at, listing in enumerate(listings):
        if listing.tag == tag:
            return Place(at, token), size, skip
    raise foreign_cursor()


def read_position(position: Position) -> tuple[str, int, int]:
    """Token, page size and records to skip, behind the tag. Raises BadInput for what is none."""
    match position[-3:]:
        case (str(token), int(size), int(skip)) if 0 <= size <= MOST_A_PAGE and skip >= 0:
            return token, size, skip
        case _:
            raise foreign_cursor()


def _mark(item: Item) -> object:
    """What tells a row from others; None for one that nothing does."""
    if item.key is not None:
        return item.key.id
    id = item.value.get("id")
    return None if id is None else (item.value.get("type"), id)


def foreign_cursor() -> BadInput:
    """For a cursor that goes on in another list than the one asked for."""
    return BadInput("after: this cursor belongs to another list")


def tag_of(page: PageAsk) -> tuple[str, ...]:
    """The tag of the listing that a page goes on in; empty where it begins."""
    return () if page.after is None else tuple(str(part) for part in page.after[:-3])


def read_links(reply: Reply) -> dict[str, str]:
    """A reply's `Link` header, by relation."""
    header = reply.headers.get("link")
    if not header:
        return {}
    links: dict[str, str] = {}
    for url, attributes in _LINK.findall(header):
        for quoted, bare in _REL.findall(attributes):
            for relation in (quoted or bare).lower().split():
                links.setdefault(relation, url)
    return links


def chunks(ids: Set[str] | Sequence[str], size: int = MOST_A_PAGE) -> list[Sequence[str]]:
    """Ids in groups that fit a page, each once, in their order."""
    once = list(dict.fromkeys(ids))
    return [once[at : at + size] for at in range(0, len(once), size)]
