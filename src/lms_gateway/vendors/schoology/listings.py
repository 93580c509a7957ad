"""Paged lists: `start` and `limit` in, an envelope with `links.next` out.

`links.next` alone says whether there is more: `total` is text, a number or missing, and a limit is
cut down without a word. The link is never followed as such. Its host is checked, and where it goes
on is read from it. https://developers.schoology.com/api-documentation/rest-api-v1/paging
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeVar

from lms_gateway.domain.asks import Page, Position
from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.records import Record
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.reads import Steps, get
from lms_gateway.vendors.schoology.rows import Row
from lms_gateway.vendors.schoology.values import whole

T = TypeVar("T")

LIMIT = 200
"""The most rows that a page can have."""
MOST_WHOLE = 10_000
"""The most rows of a list that comes whole in which a cursor may stand."""
EMPTY_IN_A_ROW = 50
"""Empty pages that are walked through before the listing counts as broken."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the vendor's: its address, and the key of its rows in the envelope."""

    path: str
    endpoint: str
    key: str
    params: Params = ()


class Spot(NamedTuple):
    """Where in a listing: behind `skip` rows of the page at `start`, or at `start_id`."""

    start: int = 0
    skip: int = 0
    start_id: str | None = None

    @property
    def position(self) -> Position:
        """The spot as part of a cursor."""
        return self[:2] if self.start_id is None else (*self[:2], self.start_id)

    @classmethod
    def at(cls, position: Position) -> Self:
        """The spot that a cursor holds. Raises BadInput where it holds none."""
        match position:
            case (int(start), int(skip)) if start >= 0 and 0 <= skip <= MOST_WHOLE:
                return cls(start, skip)
            case (0, int(skip), str(start_id)) if 0 <= skip <= LIMIT and start_id.isalnum():
                return cls(0, skip, start_id)
            case _:
                raise BadInput("the cursor does not belong to this list")


START = Spot()


class Leaf(NamedTuple):
    """One page of the vendor's. `behind[i]` is where the listing goes on behind `rows[i]`."""

    rows: Sequence[Row]
    behind: Sequence[Spot]
    next: Spot | None
    total: int | None


@dataclass(slots=True)
class Cut:
    """What one ask takes from a listing: its first `first` rows that `take` finds.

    `sifts` says that `take` is expected to pass rows over, so that a further page need not hold
    another find. Without `first` nothing is kept and everything is counted.
    """

    first: int | None
    take: Callable[[Record], Record | None]
    sifts: bool = False
    items: list[Record] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    more: bool = False
    found: int = 0
    total: int | None = None
    _seen: set[Record] = field(default_factory=set)

    def offer(self, record: Record, position: Position) -> None:
        """Take a row, unless it is not meant, or was there before: pages shift while read."""
        taken = self.take(record)
        if taken is None or taken in self._seen:
            return
        self._seen.add(taken)
        self.found += 1
        if self.first is None:
            return
        if len(self.items) < self.first:
            self.items.append(taken)
            self.positions.append(position)
        else:
            self.more = True

    def pass_over(self, record: Record) -> None:
        """Note a row that an earlier page of this ask has shown."""
        taken = self.take(record)
        if taken is not None:
            self._seen.add(taken)

    @property
    def room(self) -> int:
        """How many rows may still be needed."""
        if self.first is None or self.sifts:
            return LIMIT
        return max(0, self.first - len(self.items))

    def is_served(self, followed: bool) -> bool:
        """Whether no further row is needed; `followed` says that the listing goes on."""
        if followed and self.room == 0:
            self.more = True
        return self.more

    def page(self) -> Page:
        """The rows taken."""
        return Page(tuple(self.items), tuple(self.positions), self.more, self.total)


def read_listing(
    listing: Listing,
    origin: Origin,
    learn: Callable[[Sequence[Row]], Sequence[Record]],
    cuts: Sequence[Cut],
    spot: Spot = START,
    prefix: Position = (),
) -> Steps[None]:
    """Read from `spot` until every cut has its rows and knows whether there are more.

    Positions begin with `prefix`.
    """
    from_start = spot == START
    while True:
        room = max(cut.room for cut in cuts)
        leaf = yield from read_leaf(listing, origin, spot, max(1, room) + spot.skip)
        records = learn(leaf.rows)
        positions = [(*prefix, *behind.position) for behind in leaf.behind]
        for cut in cuts:
            for record, position in zip(records, positions, strict=True):
                cut.offer(record, position)
            if leaf.total is not None and not cut.sifts:
                cut.total = max(leaf.total, cut.found)
        if leaf.next is None:
            if from_start:
                for cut in cuts:
                    cut.total = cut.found
            return
        served = [cut.is_served(followed=True) for cut in cuts]
        if all(served):
            return
        spot = leaf.next


def each(learn: Callable[[Row], Record]) -> Callable[[Sequence[Row]], Sequence[Record]]:
    """Rows learnt one by one."""
    return lambda rows: [learn(row) for row in rows]


def read_leaf(listing: Listing, origin: Origin, spot: Spot, limit: int) -> Steps[Leaf]:
    """The next page that has rows, or the last one. Raises UpstreamInvalid on endless paging."""
    seen = {spot}
    while True:
        reply = yield from get(leaf_call(listing, spot, limit))
        leaf = parse_leaf(reply, listing, origin, spot)
        if leaf.rows or leaf.next is None:
            return leaf
        if leaf.next in seen or len(seen) > EMPTY_IN_A_ROW:
            raise UpstreamInvalid("the vendor's pages lead nowhere")
        spot = leaf.next
        seen.add(spot)


def leaf_call(listing: Listing, spot: Spot, limit: int) -> Call:
    """The call for one page."""
    at: Params = (("start", str(spot.start)),) if spot.start else ()
    if spot.start_id is not None:
        at = (("start_id", spot.start_id),)
    limited = ("limit", str(min(LIMIT, limit)))
    return Call(listing.path, listing.endpoint, (*listing.params, *at, limited))


def parse_leaf(reply: Reply, listing: Listing, origin: Origin, spot: Spot) -> Leaf:
    """A page's rows and where they lead. Raises UpstreamInvalid where it is no such page.

    An unknown list below a known object is answered with the object itself, so the envelope's key
    has to be there. One without `links` comes whole whatever is asked for (a school's buildings):
    to go on in it is to pass over its first rows again.
    """
    body = reply.decode()
    if not isinstance(body, Mapping) or listing.key not in body:
        raise UpstreamInvalid("the vendor sent something else than the list asked for")
    rows = parse_rows(body[listing.key])
    following = _next_spot(body.get("links"), origin, spot, len(rows))
    kept = rows[spot.skip :]
    is_paged = isinstance(body.get("links"), Mapping)
    if is_paged:
        behind = _behind(spot, len(rows), following)
    else:
        behind = [spot._replace(skip=at + 1) for at in range(spot.skip, len(rows))]
    return Leaf(kept, behind, following, whole(body.get("total")))


def parse_rows(found: Any) -> list[Row]:
    """An envelope's rows; a single one may come without its list. Raises UpstreamInvalid."""
    if found is None or found == "":
        return []
    rows = [found] if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UpstreamInvalid("the vendor sent a list that has no rows")
    return rows


def _behind(spot: Spot, count: int, following: Spot | None) -> list[Spot]:
    """Where the listing goes on behind each of a page's rows but those to be passed over."""
    is_plain = following is None or following == Spot(spot.start + count)
    if spot.start_id is None and is_plain:
        behind = list(map(Spot, range(spot.start + spot.skip + 1, spot.start + count + 1)))
    else:
        # A short page, or one that goes by ids: its rows cannot be counted through to others.
        behind = [spot._replace(skip=at + 1) for at in range(spot.skip, count)]
    if behind and following is not None:
        behind[-1] = following
    return behind


def _next_spot(links: Any, origin: Origin, spot: Spot, count: int) -> Spot | None:
    link = links.get("next") if isinstance(links, Mapping) else None
    if not link:
        return None
    if not isinstance(link, str):
        raise UpstreamInvalid("the vendor's next page has no address")
    query = dict(origin.below(link)[1])
    start, start_id = query.get("start"), query.get("start_id")
    if start is not None:
        following = Spot(whole(start) or 0)
    elif start_id is not None and start_id.isalnum():
        following = Spot(start_id=start_id)
    else:
        following = Spot(spot.start + count)
    goes_on = following.start > spot.start
    if following.start_id is not None or spot.start_id is not None:
        goes_on = following._replace(skip=0) != spot._replace(skip=0)
    if not goes_on:
        raise UpstreamInvalid("the vendor's next page is the one before")
    return following


def chunks(found: Iterable[T], size: int) -> list[list[T]]:
    """Runs of at most `size`."""
    rows = list(found)
    return [rows[at : at + size] for at in range(0, len(rows), size)]
