"""What only Canvas does is refused at Schoology before anything is sent."""

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
from lms_gateway.vendors.operations import CANVAS_ONLY_FIELDS, CANVAS_ONLY_MUTATIONS
from tests.vendors.canvas.scripted import canvas_upstream
from tests.vendors.fetching import fetch_answers
from tests.vendors.schoology.scripted import schoology_backend

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
    *(
        Members(group, kind, PEOPLE)
        for group in (COURSE, SECTION)
        for kind in (Kind.USER, Kind.ENROLLMENT)
    ),
]


@pytest.mark.parametrize("load", LOADS, ids=str)
async def test_details_and_filters_of_canvas_are_unsupported(load: Load) -> None:
    script = canvas_upstream()
    results = await fetch_answers(schoology_backend(script), {load: Projection.of("name")})
    assert isinstance(results[load], Unsupported)
    assert not script.urls


async def test_acts_of_canvas_are_unsupported() -> None:
    script = canvas_upstream()
    with pytest.raises(Unsupported):
        await schoology_backend(script).execute(
            [VendorOperation("start_report", ACCOUNT, {})], Store("maple")
        )
    assert not script.urls


def test_each_of_them_is_told_beforehand() -> None:
    capabilities = {
        capability.operation: capability
        for capability in schoology_backend(canvas_upstream()).capabilities
    }
    for operation in (*CANVAS_ONLY_FIELDS, *CANVAS_ONLY_MUTATIONS):
        assert not capabilities[operation].supported
        assert capabilities[operation].reason


def test_what_schoology_cannot_write_is_told_beforehand() -> None:
    capabilities = {
        capability.operation: capability
        for capability in schoology_backend(canvas_upstream()).capabilities
    }
    for operation in ("Mutation.crossListSection", "Query.progress", "Mutation.createSection"):
        assert capabilities[operation].supported is (operation == "Mutation.createSection"), (
            operation
        )
