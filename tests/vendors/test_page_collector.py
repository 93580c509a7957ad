"""Collection of a load's page from the pages of a vendor."""

import pytest

from lms_gateway.domain.loads import Document
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.shared.pagination import PageCollector, batched


def documents(*numbers: int) -> list[Document]:
    return [Document({}, Key(Kind.REPORT, str(number))) for number in numbers]


def collect(collector: PageCollector[Document], *numbers: int) -> None:
    items = documents(*numbers)
    collector.accept_page(items, [(number,) for number in numbers])


def numbers_of(collector: PageCollector[Document]) -> list[str]:
    return [item.key.id for item in collector.page().items if item.key is not None]


@pytest.mark.parametrize(
    ("count", "has_more", "is_full", "is_filtered", "has_next"),
    [
        (4, True, False, True, True),
        (4, False, True, False, True),
        (3, False, True, False, False),
        (0, False, False, True, False),
        (3, True, True, False, True),
        (3, True, False, False, None),
        (3, True, True, True, None),
        (2, True, True, False, None),
    ],
)
def test_a_further_page_is_read_only_if_it_can_decide(
    count: int, has_more: bool, is_full: bool, is_filtered: bool, has_next: bool | None
) -> None:
    collector = PageCollector[Document](3, is_filtered=is_filtered)
    collect(collector, *range(count))
    is_complete = collector.end_page(has_more=has_more, is_full=is_full)
    assert (collector.has_next, is_complete) == (has_next, has_next is not None)


def test_an_item_is_accepted_once_and_the_last_position_skips_its_copies() -> None:
    collector = PageCollector[Document](3)
    collect(collector, 1, 2)
    collect(collector, 2, 1)
    assert numbers_of(collector) == ["1", "2"]
    assert collector.page().positions == [(1,), (1,)]
    collect(collector, 3, 4)
    assert numbers_of(collector) == ["1", "2", "3"]
    assert collector.has_next


def test_items_without_an_id_are_all_accepted() -> None:
    collector = PageCollector[Document](5)
    collector.accept_page([Document({}), Document({})], [(1,), (2,)])
    assert not collector.end_page(has_more=True)
    assert collector.accepted_count == 2


def test_items_of_an_earlier_page_are_skipped() -> None:
    collector = PageCollector[Document](3, skip_count=1)
    collector.mark_seen(documents(7)[0])
    collect(collector, 5, 6, 7, 8)
    assert numbers_of(collector) == ["6", "8"]


def test_the_total_is_the_vendors_count_or_that_of_a_complete_list() -> None:
    collector = PageCollector[Document](2)
    collect(collector, 1, 2, 3)
    collector.end_page(has_more=True, total=2)
    assert collector.total == 3, "never less than the items met"
    collector.end_page(has_more=True, total=9)
    assert collector.total == 9
    collector.end_page(has_more=False)
    assert collector.total == 3


def test_a_list_that_is_read_from_the_middle_has_no_total() -> None:
    collector = PageCollector[Document](2, from_start=False)
    collect(collector, 1)
    collector.end_page(has_more=False)
    assert collector.total is None


def test_a_counter_keeps_no_items() -> None:
    collector = PageCollector[Document](None)
    collect(collector, 1, 2, 1)
    assert not collector.end_page(has_more=True)
    assert (numbers_of(collector), collector.accepted_count) == ([], 2)


def test_batches_have_at_most_the_size() -> None:
    assert batched(range(5), 2) == [[0, 1], [2, 3], [4]]
