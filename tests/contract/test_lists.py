"""Lists: their pages, and where they go on."""

from dataclasses import replace

import pytest

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import (
    Children,
    ListLoad,
    MemberFilter,
    Members,
    PageRequest,
    Position,
    Search,
    TermsOf,
)
from lms_gateway.domain.models import Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from tests.contract.vendor_backends import ALL, ROOT, TEACHER, UNKNOWN, VendorUnderTest, ids

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
    "users of a section": 7,  # four students, the teacher, the visitor, the invited
    "enrollments of a section": 7,
    "users of a course": 13,  # the visitor and the invited are students of other sections as well
    "enrollments of a course": 17,
    "students of a section": 6,
    "teachers of a course": 1,
}


def paged(load: ListLoad, first: int, after: Position | None = None) -> ListLoad:
    assert not isinstance(load, TermsOf)
    return replace(load, page=PageRequest(first, after))


async def read_all(vendor: VendorUnderTest, load: ListLoad) -> tuple[list[str], list[Position]]:
    page = await vendor.page(paged(load, ALL))
    assert page.has_next is False
    assert page.total == len(page.items)
    assert len(page.positions) == len(page.items)
    return ids(page), list(page.positions)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_whole_in_one_page_that_is_large_enough(
    vendor: VendorUnderTest, name: str
) -> None:
    actual, _ = await read_all(vendor, LISTS[name])
    assert len(actual) == SIZES[name]
    assert len(set(actual)) == len(actual)


@pytest.mark.parametrize("size", [2, 3, 7, 9])
@pytest.mark.parametrize("name", LISTS)
async def test_pages_are_the_whole_list_in_order_each_row_once(
    vendor: VendorUnderTest, name: str, size: int
) -> None:
    """Also where the last page is full: then `has_next` is false without an empty page behind."""
    whole, _ = await read_all(vendor, LISTS[name])
    actual: list[str] = []
    after: Position | None = None
    while True:
        vendor.connect()  # another replica goes on
        page = await vendor.page(paged(LISTS[name], size, after))
        actual += ids(page)
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
async def test_the_list_goes_on_behind_any_row(vendor: VendorUnderTest, name: str) -> None:
    whole, positions = await read_all(vendor, LISTS[name])
    for index, position in enumerate(positions):
        vendor.connect()
        page = await vendor.page(paged(LISTS[name], 2, position))
        assert ids(page) == whole[index + 1 : index + 3]
        assert page.has_next is (len(whole) > index + 3)


@pytest.mark.parametrize("name", LISTS)
async def test_no_row_asked_for_is_an_empty_page_without_a_call(
    vendor: VendorUnderTest, name: str
) -> None:
    page = await vendor.page(paged(LISTS[name], 0))
    assert (list(page.items), list(page.positions)) == ([], [])
    assert vendor.calls() == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "position", [("elsewhere", 1), (-1,), ("a", "b", "c"), (0, -1), ("../", "x", 1, 1)]
)
async def test_a_position_of_another_list_is_refused(
    vendor: VendorUnderTest, name: str, position: Position
) -> None:
    """Cursors are sealed, so that this takes a bug; it must not become a wrong page."""
    answer = await vendor.load(paged(LISTS[name], 2, position))
    assert isinstance(answer, BadInput)
    assert vendor.calls() == []


@pytest.mark.parametrize("name", LISTS)
async def test_rows_have_what_was_wanted_of_them_or_leave_it_unknown(
    vendor: VendorUnderTest, name: str
) -> None:
    """What a row says is right; what rows cannot carry is left to be asked by id."""
    load = LISTS[name]
    assert not isinstance(load, TermsOf)
    gives = vendor.backend.supported_fields[load.kind]
    page = await vendor.page(load, *gives)
    assert all(record.known_fields <= gives | {"admin"} for record in page.items)
    for record in page.items:
        assert record.tenant == "school"
        assert record.key.kind is load.kind


@pytest.mark.parametrize("name", ["sections of a course", "users of a section", "courses"])
async def test_two_sizes_of_one_list_in_a_wave_agree(vendor: VendorUnderTest, name: str) -> None:
    few, many = paged(LISTS[name], 2), paged(LISTS[name], 50)
    answers = await vendor.fetch({few: Projection.of("name"), many: Projection.of("name")})
    short, long = answers[few], answers[many]
    assert list(short.items) == list(long.items[:2])  # type: ignore[union-attr]
    assert short.has_next is True  # type: ignore[union-attr]
    assert long.has_next is False  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "ask",
    [
        Children(Key(Kind.COURSE, UNKNOWN), Kind.SECTION),
        Members(Key(Kind.SECTION, UNKNOWN), Kind.USER),
        Members(Key(Kind.COURSE, UNKNOWN), Kind.ENROLLMENT),
        Children(Key(Kind.USER, UNKNOWN), Kind.SECTION),
        TermsOf(Key(Kind.SECTION, UNKNOWN)),
    ],
    ids=str,
)
async def test_what_hangs_below_nothing_is_nothing(vendor: VendorUnderTest, ask: ListLoad) -> None:
    """None, an empty page or the vendor's refusal; never rows."""
    answer = await vendor.load(ask)
    assert answer is None or isinstance(answer, LmsError) or list(answer.items) == []  # type: ignore[union-attr]


async def test_the_terms_of_a_section_are_a_page(vendor: VendorUnderTest) -> None:
    page = await vendor.page(TermsOf(SECTION), "name")
    assert [term.name for term in page.items] == ["Now"]  # type: ignore[attr-defined]
    assert page.has_next is False
