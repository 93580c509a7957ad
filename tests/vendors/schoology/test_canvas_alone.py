"""What only Canvas does is refused at Schoology before anything is sent."""

import pytest

from lms_gateway.domain.asks import (
    Ask,
    Children,
    CourseFilter,
    Detail,
    Details,
    MemberFilter,
    Members,
    Search,
)
from lms_gateway.domain.changes import Act
from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.records import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.vendors.operations import DONE_BY_CANVAS, TOLD_BY_CANVAS
from tests.vendors.schoology.script import Script, answers, backend
from tests.vendors.wants import wanting

COURSE, SECTION, USER, ACCOUNT = (
    Key(Kind.COURSE, "1"), Key(Kind.SECTION, "1"), Key(Kind.USER, "7"), Key(Kind.ACCOUNT, "9")
)  # fmt: skip
COURSES = CourseFilter(canvas=(("published", True),))
PEOPLE = MemberFilter(canvas=(("sort", "email"),))
ASKS: list[Ask] = [
    Detail("course_settings", COURSE),
    Detail("environment"),
    Details("activity_stream", COURSE),
    Details("manageable_accounts"),
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


@pytest.mark.parametrize("ask", ASKS, ids=str)
async def test_details_and_filters_of_canvas_are_unsupported(ask: Ask) -> None:
    script = Script()
    found = await answers(backend(script), {ask: wanting("name")})
    assert isinstance(found[ask], Unsupported)
    assert not script.calls


async def test_acts_of_canvas_are_unsupported() -> None:
    script = Script()
    with pytest.raises(Unsupported):
        await backend(script).change([Act("start_report", ACCOUNT, {})], Store("maple"))
    assert not script.calls


def test_each_of_them_is_told_beforehand() -> None:
    told = {one.operation: one for one in backend(Script()).capabilities}
    for operation in (*TOLD_BY_CANVAS, *DONE_BY_CANVAS):
        assert not told[operation].supported
        assert told[operation].reason


def test_what_schoology_cannot_write_is_told_beforehand() -> None:
    told = {one.operation: one for one in backend(Script()).capabilities}
    for operation in ("Mutation.crossListSection", "Query.progress", "Mutation.createSection"):
        assert told[operation].supported is (operation == "Mutation.createSection"), operation
