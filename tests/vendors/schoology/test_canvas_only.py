"""Operations and filters of Canvas are unsupported at Schoology, without a call."""

import pytest

from lms_gateway.domain.commands import VendorOperation
from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.loads import (
    Children,
    CourseFilter,
    Load,
    MemberFilter,
    Members,
    OperationListLoad,
    OperationLoad,
    Search,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.capabilities import LIMITATIONS
from tests.capabilities import capabilities, vendor_operations
from tests.vendors.fetching import fetch_answers
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream

COURSE, SECTION, USER, ACCOUNT = (
    Key(Kind.COURSE, "1"), Key(Kind.SECTION, "1"), Key(Kind.USER, "7"), Key(Kind.ACCOUNT, "9")
)  # fmt: skip
COURSES = CourseFilter(canvas=(("published", True),))
PEOPLE = MemberFilter(canvas=(("sort", "email"),))
LOADS: list[Load] = [
    OperationLoad("course_settings", COURSE),
    OperationLoad("environment"),
    OperationListLoad("activity_stream", COURSE),
    OperationListLoad("manageable_accounts"),
    Search(Kind.COURSE, COURSES),
    Children(ACCOUNT, Kind.COURSE, COURSES),
    Children(USER, Kind.COURSE, COURSES),
    Children(USER, Kind.ENROLLMENT, PEOPLE),
    *(Members(group, kind, PEOPLE) for group in (COURSE, SECTION) for kind in (Kind.USER, Kind.ENROLLMENT)),
]


@pytest.mark.parametrize("load", LOADS, ids=str)
async def test_details_and_filters_of_canvas_are_unsupported(load: Load) -> None:
    upstream = schoology_upstream()
    results = await fetch_answers(schoology_backend(upstream), {load: Projection.of("name")})
    assert isinstance(results[load], Unsupported)
    assert not upstream.urls


async def test_canvas_operations_are_unsupported() -> None:
    upstream = schoology_upstream()
    with pytest.raises(Unsupported):
        await schoology_backend(upstream).execute(
            [VendorOperation("start_report", ACCOUNT, {})], Store("maple")
        )
    assert not upstream.urls


def test_capabilities_exclude_canvas_operations() -> None:
    by_operation = capabilities(LIMITATIONS)
    for operation in vendor_operations():
        assert not by_operation[operation].supported
        assert by_operation[operation].reason


def test_capabilities_exclude_missing_writes() -> None:
    by_operation = capabilities(LIMITATIONS)
    for operation in ("Mutation.crossListSection", "Query.progress", "Mutation.createSection"):
        assert by_operation[operation].supported is (operation == "Mutation.createSection"), operation
