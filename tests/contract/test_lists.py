"""Lists and their pages."""

from dataclasses import replace

import pytest

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import (
    Children,
    ListLoad,
    MemberFilter,
    Members,
    OperationListLoad,
    PageRequest,
    Position,
    Search,
    TermsOf,
)
from lms_gateway.domain.models import Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from tests.contract.vendor_backends import ALL, ROOT, TEACHER, UNKNOWN, VendorUnderTest
from tests.vendors.fetching import records_of, vendor_ids

SECTION, COURSE = Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1")
LISTS: dict[str, ListLoad] = {
    "courses": Search(Kind.COURSE),
    "courses of an account": Children(Key(Kind.ACCOUNT, ROOT), Kind.COURSE),
    "sections of a course": Children(COURSE, Kind.SECTION),
    "sections of a user": Children(Key(Kind.USER, TEACHER), Kind.SECTION),
    "courses of a user": Children(Key(Kind.USER, TEACHER), Kind.COURSE),
    "enrollments of a user": Children(Key(Kind.USER, TEACHER), Kind.ENROLLMENT),
    "users of a section": Members(SECTION, Kind.USER),
    "enrollments of a section": Members(SECTION, Kind.ENROLLMENT),
    "users of a course": Members(COURSE, Kind.USER),
    "enrollments of a course": Members(COURSE, Kind.ENROLLMENT),
    "students of a section": Members(SECTION, Kind.USER, MemberFilter(roles=(Role.STUDENT,))),
    "teachers of a course": Members(COURSE, Kind.USER, MemberFilter(roles=(Role.TEACHER,))),
}
SIZES = {
    "courses": 3,
    "courses of an account": 3,
    "sections of a course": 3,
    "sections of a user": 9,
    "courses of a user": 3,
    "enrollments of a user": 9,
    "users of a section": 7,  # four students, the teacher, the visitor, the invited student
    "enrollments of a section": 7,
    "users of a course": 13,  # both are students of other sections too
    "enrollments of a course": 17,
    "students of a section": 6,
    "teachers of a course": 1,
}


def paged(load: ListLoad, first: int, after: Position | None = None) -> ListLoad:
    assert not isinstance(load, TermsOf | OperationListLoad)
    return replace(load, page=PageRequest(first, after))


async def read_all(vendor: VendorUnderTest, load: ListLoad) -> tuple[list[str], list[Position]]:
    page = await vendor.page(paged(load, ALL))
    assert page.has_next is False
    assert page.total == len(page.items)
    assert len(page.positions) == len(page.items)
    return vendor_ids(page), list(page.positions)


@pytest.mark.parametrize("name", LISTS)
async def test_a_large_page_contains_the_whole_list(vendor: VendorUnderTest, name: str) -> None:
    actual, _ = await read_all(vendor, LISTS[name])
    assert len(actual) == SIZES[name]
    assert len(set(actual)) == len(actual)


@pytest.mark.parametrize("size", [2, 3, 7, 9])
@pytest.mark.parametrize("name", LISTS)
async def test_pages_contain_each_row_of_the_list_once_in_order(
    vendor: VendorUnderTest, name: str, size: int
) -> None:
    """Also if the last page is full: `has_next` is false then."""
    whole, _ = await read_all(vendor, LISTS[name])
    actual: list[str] = []
    after: Position | None = None
    while True:
        vendor.connect()  # another replica continues
        page = await vendor.page(paged(LISTS[name], size, after))
        actual += vendor_ids(page)
        if not page.has_next:
            break
        assert len(page.items) == size
        after = page.positions[-1]
    assert actual == whole


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_as_large_as_the_list_is_the_last(vendor: VendorUnderTest, name: str) -> None:
    page = await vendor.page(paged(LISTS[name], SIZES[name]))
    assert (len(page.items), page.has_next) == (SIZES[name], False)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_continues_after_any_row(vendor: VendorUnderTest, name: str) -> None:
    whole, positions = await read_all(vendor, LISTS[name])
    for index, position in enumerate(positions):
        vendor.connect()
        page = await vendor.page(paged(LISTS[name], 2, position))
        assert vendor_ids(page) == whole[index + 1 : index + 3]
        assert page.has_next is (len(whole) > index + 3)


@pytest.mark.parametrize("name", LISTS)
async def test_first_zero_is_an_empty_page_without_a_call(vendor: VendorUnderTest, name: str) -> None:
    page = await vendor.page(paged(LISTS[name], 0))
    assert (list(page.items), list(page.positions)) == ([], [])
    assert vendor.calls() == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("position", [("elsewhere", 1), (-1,), ("a", "b", "c"), (0, -1), ("../", "x", 1, 1)])
async def test_a_position_of_another_list_is_rejected(
    vendor: VendorUnderTest, name: str, position: Position
) -> None:
    """Cursors are sealed, so only a bug can cause it; it must not return a wrong page."""
    answer = await vendor.load(paged(LISTS[name], 2, position))
    assert isinstance(answer, BadInput)
    assert vendor.calls() == []


@pytest.mark.parametrize("name", LISTS)
async def test_rows_have_the_selected_fields_or_leave_them_unknown(
    vendor: VendorUnderTest, name: str
) -> None:
    """Fields of a row are right; fields that rows lack stay unknown."""
    load = LISTS[name]
    assert not isinstance(load, TermsOf | OperationListLoad)
    gives = vendor.backend.supported_fields[load.kind]
    page = await vendor.page(load, *gives)
    for record in records_of(page):
        assert record.known_fields <= gives | {"admin"}
        assert record.tenant == "school"
        assert record.key.kind is load.kind


@pytest.mark.parametrize("name", ["sections of a course", "users of a section", "courses"])
async def test_two_page_sizes_of_one_list_agree_within_a_batch(vendor: VendorUnderTest, name: str) -> None:
    few, many = paged(LISTS[name], 2), paged(LISTS[name], 50)
    answers = await vendor.fetch({few: Projection.of("name"), many: Projection.of("name")})
    short, long = answers[few], answers[many]
    assert list(short.items) == list(long.items[:2])  # type: ignore[union-attr]
    assert short.has_next is True  # type: ignore[union-attr]
    assert long.has_next is False  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "load",
    [
        Children(Key(Kind.COURSE, UNKNOWN), Kind.SECTION),
        Members(Key(Kind.SECTION, UNKNOWN), Kind.USER),
        Members(Key(Kind.COURSE, UNKNOWN), Kind.ENROLLMENT),
        Children(Key(Kind.USER, UNKNOWN), Kind.SECTION),
        TermsOf(Key(Kind.SECTION, UNKNOWN)),
    ],
    ids=str,
)
async def test_lists_of_an_unknown_object_have_no_rows(vendor: VendorUnderTest, load: ListLoad) -> None:
    """None, an empty page or an error; never rows."""
    answer = await vendor.load(load)
    assert answer is None or isinstance(answer, LmsError) or list(answer.items) == []  # type: ignore[union-attr]


async def test_the_terms_of_a_section_are_a_page(vendor: VendorUnderTest) -> None:
    page = await vendor.page(TermsOf(SECTION), "name")
    assert [term.name for term in records_of(page)] == ["Now"]
    assert page.has_next is False
