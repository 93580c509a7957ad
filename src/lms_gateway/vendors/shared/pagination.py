"""Collection of one load's page from the pages of a vendor's list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.loads import Document, Page, Position
from lms_gateway.domain.record import Record

T = TypeVar("T")
V = TypeVar("V")

Item = Record | Document


@dataclass(slots=True)
class PageCollector(Generic[T]):
    """Collects the items of one load, each once, while the vendor's pages are read.

    `pick` returns the load's items of one row; None: the rows are the items. In a filtered list
    `pick` skips rows, so a further vendor page need not contain an item of this load. `first` None
    counts items and keeps none. `total` is None if it is unknown.
    """

    first: int | None
    pick: Callable[[T], Iterable[Item]] | None = None
    is_filtered: bool = False
    from_start: bool = True  # else the end of the list gives no total
    skip_count: int = 0  # items of the next vendor page that an earlier page has returned
    items: list[Item] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    has_next: bool | None = None  # None: not known yet
    total: int | None = None
    accepted_count: int = 0
    _seen_ids: set[object] = field(default_factory=set)

    @property
    def remaining_count(self) -> int | None:
        """How many items are missing; None if any number of rows may be needed."""
        if self.first is None or self.is_filtered:
            return None
        return max(0, self.first - len(self.items))

    def picked(self, rows: Sequence[T]) -> Sequence[Item]:
        """Return the load's items among these rows."""
        if self.pick is None:
            return cast("Sequence[Item]", rows)
        return [item for row in rows for item in self.pick(row)]

    def accept_page(self, items: Sequence[Item], positions: Sequence[Position]) -> None:
        """Accept a vendor page's items; the list continues after `items[i]` at `positions[i]`."""
        if self.skip_count:
            items, positions = items[self.skip_count :], positions[self.skip_count :]
            self.skip_count = 0
        if self.first is None or len(self.items) + len(items) <= self.first:
            # Most pages fit and have new items only: no loop over them.
            ids = {item.key.id for item in items if item.key is not None}
            if len(ids) == len(items) and self._seen_ids.isdisjoint(ids):
                self._seen_ids |= ids
                self.accepted_count += len(items)
                if self.first is not None:
                    self.items += items
                    self.positions += positions
                return
        for item, position in zip(items, positions, strict=True):
            self.accept(item, position)

    def accept(self, item: Item, position: Position) -> None:
        """Accept one item, unless it was accepted before: lists shift while they are read."""
        item_id = _item_id(item)
        if item_id is not None and item_id in self._seen_ids:
            if self.items and not self.has_next:
                # A cursor after the last item also skips this copy of an item.
                self.positions[-1] = position
            return
        self._seen_ids.add(item_id)
        self.accepted_count += 1
        if self.first is None:
            return
        if len(self.items) < self.first:
            self.items.append(item)
            self.positions.append(position)
        else:
            self.has_next = True

    def mark_seen(self, item: Item) -> None:
        """Ignore this item from now on: an earlier page has returned it."""
        self._seen_ids.add(_item_id(item))

    def end_page(self, *, has_more: bool, is_full: bool = True, total: int | None = None) -> bool:
        """Decide after a vendor page whether the load is complete; return whether it is.

        `has_more`: the vendor has a further page. `is_full`: the page has as many rows as the
        vendor puts on one. `total`: the vendor's own count of the list, if it gives one.
        """
        # With first = 3:
        #
        #   items   has_more   is_full   filtered   has_next
        #   4       any        any       any        True: the fourth item was already met
        #   0-3     no         any       any        False: the list ends
        #   3       yes        yes       no         True: trust the vendor, a look costs a call
        #   3       yes        no        no         None: the next page may be empty, read it
        #   3       yes        any       yes        None: later rows may not be the load's
        #   0-2     yes        any       any        None: too few items, read on
        if total is not None and not self.is_filtered:
            self.total = max(total, self.accepted_count)
        if not has_more:
            self.has_next = bool(self.has_next)
            if self.from_start:
                self.total = self.accepted_count
        elif self.has_next is None and is_full and self.remaining_count == 0:
            self.has_next = True
        return self.has_next is not None

    def page(self) -> Page:
        """Return the items collected."""
        return Page(self.items, self.positions, bool(self.has_next), self.total)


def foreign_cursor() -> BadInput:
    """Return the error of a cursor that another list has issued."""
    return BadInput("after: this cursor belongs to another list")


def different_object() -> UpstreamInvalid:
    """Return the error of a reply that contains another object than the one requested."""
    return UpstreamInvalid("the vendor returned a different object")


def batched(values: Iterable[V], size: int) -> list[list[V]]:
    """Return the values in lists of at most `size` (`itertools.batched` is new in Python 3.12)."""
    remaining = list(values)
    return [remaining[start : start + size] for start in range(0, len(remaining), size)]


def _item_id(item: Item) -> object:
    """Return what identifies an item within its list; None if nothing does."""
    if item.key is not None:
        return item.key.id
    vendor_id = item.value.get("id")
    return None if vendor_id is None else (item.value.get("type"), vendor_id)
