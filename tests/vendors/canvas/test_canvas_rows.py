"""Canvas's rows as facts: shapes of the vendor's documents, and every way they vary."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.asks import ById, Children, Search
from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.records import (
    AccountKind,
    CourseState,
    EnrollmentState,
    Grades,
    Key,
    Kind,
    Role,
)
from lms_gateway.domain.store import Store
from lms_gateway.vendors.canvas.calls import canonical_id
from lms_gateway.vendors.canvas.includes import ACCOUNT_COURSES, GIVES, Source, request
from lms_gateway.vendors.canvas.rows import (
    ACCOUNT,
    COURSE,
    ENROLLMENT,
    SECTION,
    TERM,
    USER,
    Shape,
    read_row,
)
from lms_gateway.vendors.canvas.wave import Site, Wave
from lms_gateway.vendors.waves import Refusals
from tests.vendors.canvas.script import (
    BASE,
    Script,
    answer,
    backend,
    course,
    enrollment,
    page,
    record,
    section,
    user,
)
from tests.vendors.wants import wanting

DENVER = timezone(timedelta(hours=-6))


def told(kind: Kind, row: dict[str, Any], *facets: str, **children: Any) -> Any:
    """The record that a by-id reply becomes."""

    async def read() -> Any:
        path = {
            Kind.TERM: f"/accounts/self/terms/{row['id']}",
            Kind.ENROLLMENT: f"/accounts/self/enrollments/{row['id']}",
        }.get(kind, f"/{kind}s/{row['id']}")
        canvas = backend(Script({path: row}))
        return await record(canvas, ById(kind, str(row["id"])), wanting(*facets, **children))

    return read()


async def test_a_section_as_documented() -> None:
    row = section(
        1, 7, nonxlist_course_id=8, total_students=13, permissions={"manage_calendar": True}
    )
    found = await told(Kind.SECTION, row, "student_count")
    assert found.name == "Section 1"
    assert (found.course_id, found.original_course_id) == ("7", "8")
    assert found.start_at == datetime(2012, 6, 1, tzinfo=DENVER)
    assert (found.end_at, found.student_count) == (None, 13)
    assert found.may_manage_calendar is True
    assert found.native["sis_import_id"] == "47"
    assert found.native["created_at"] == datetime(2012, 1, 1, tzinfo=UTC)
    assert found.url == f"{BASE}/courses/7/sections/1"


async def test_keys_that_are_left_out_are_null_and_never_asked_for_again() -> None:
    """SIS ids are absent, not null, where they may not be seen; so are counts."""
    script = Script({"/sections/1": {"id": "1", "course_id": "7", "name": "A"}})
    canvas, store = backend(script), Store("maple")
    wants = wanting(
        "name", "sis_id", "student_count", "canvas.sis_import_id", "may_manage_calendar"
    )
    for _ in range(2):
        found = await record(canvas, ById(Kind.SECTION, "1"), wants, store)
        assert (found.sis_id, found.student_count) == (None, None)
        assert wants.facets <= found.known
    assert len(script.calls) == 1


async def test_a_course_as_documented() -> None:
    row = course(
        1,
        term={"id": "34", "name": "Default Term", "start_at": "2012-06-01T00:00:00-06:00"},
        account={"id": 1, "name": "Maple", "parent_account_id": None},
        permissions={"create_announcement": True},
        course_progress={"requirement_count": 10, "completed_at": "2013-06-01T00:00:00-06:00"},
        grading_periods=[{"id": 5, "start_date": "2012-06-01T00:00:00Z"}],
        image_download_url="https://maple.instructure.com/i.png",
        is_favorite=True,
        storage_quota_used_mb="5.5",
    )
    found = await told(Kind.COURSE, row, "image_url", "canvas.is_favorite", term=wanting("name"))
    assert found.state is CourseState.AVAILABLE
    assert found.time_zone == "America/Denver"
    assert (found.term_id, found.account_id) == ("34", "1")
    assert found.image_url == "https://maple.instructure.com/i.png"
    assert found.native["course_progress"]["completed_at"] == datetime(2013, 6, 1, tzinfo=DENVER)
    assert found.native["grading_periods"] == [
        {"id": "5", "start_date": datetime(2012, 6, 1, tzinfo=UTC)}
    ]
    assert found.native["storage_quota_used_mb"] == 5.5
    assert found.native["is_public"] is None
    assert found.url == f"{BASE}/courses/1"


async def test_a_course_without_modules_has_no_progress() -> None:
    row = course(1, course_progress={"error": {"message": "no progress available"}})
    found = await told(Kind.COURSE, row, "canvas.course_progress")
    assert found.native["course_progress"] is None


@pytest.mark.parametrize(
    ("facet", "includes"),
    [
        ("canvas.is_favorite", ["favorites"]),
        ("image_url", ["course_image"]),
        ("canvas.banner_image_download_url", ["banner_image"]),
        ("description", ["public_description"]),
        ("student_count", ["total_students"]),
        ("canvas.enrollments", ["total_scores", "current_grading_period_scores"]),
        ("canvas.permissions", ["permissions"]),
        ("name", []),
    ],
)
async def test_an_include_is_asked_for_by_its_own_name(facet: str, includes: list[str]) -> None:
    script = Script({"/courses/1": course(1)})
    await record(backend(script), ById(Kind.COURSE, "1"), wanting(facet))
    assert script.includes() == includes


async def test_what_a_list_was_not_heard_to_bring_stays_unknown() -> None:
    """An account's list may drop `course_image` without a word; one row with it says it did not."""
    wants = wanting("image_url", "canvas.permissions")
    silent = Script({"/accounts/self/courses": [course(1), course(2)]})
    found = await page(backend(silent), Search(Kind.COURSE), wants)
    assert "image_url" not in found.items[0].known
    heeded = [course(1, image_download_url="u"), course(2)]
    found = await page(
        backend(Script({"/accounts/self/courses": heeded})), Search(Kind.COURSE), wants
    )
    assert "image_url" in found.items[1].known
    assert "canvas.permissions" not in found.items[1].known


async def test_a_stub_is_known_to_tell_nothing() -> None:
    script = Script({"/users/5/courses": [{"id": "9", "access_restricted_by_date": True}]})
    canvas, store = backend(script), Store("maple")
    ask = Children(Key(Kind.USER, "5"), Kind.COURSE)
    (found,) = (await page(canvas, ask, wanting("name"), store)).items
    assert found.native["access_restricted_by_date"] is True
    assert found.known == GIVES[Kind.COURSE]
    assert await record(canvas, ById(Kind.COURSE, "9"), wanting("description"), store) is found
    below = Children(Key(Kind.COURSE, "9"), Kind.SECTION)
    assert await answer(canvas, below, wanting("name"), store) is None
    assert len(script.calls) == 1


async def test_a_user_as_documented() -> None:
    row = user(5, email="a@maple.example", avatar_url="https://a", pronouns="she/her", locale="en")
    found = await told(Kind.USER, row, "email")
    assert (found.name, found.display_name) == ("Ada Number5", "Ada 5")
    assert (found.given_name, found.family_name) == ("Ada", "Number5")
    assert (found.username, found.sis_id, found.email) == ("ada5", "U5", "a@maple.example")
    assert found.pronouns == "she/her"


async def test_first_and_last_name_count_for_more_than_the_sortable_one() -> None:
    row = user(5, first_name="Ada Augusta", last_name="King", sortable_name="King, Ada")
    found = await told(Kind.USER, row)
    assert (found.given_name, found.family_name) == ("Ada Augusta", "King")


async def test_the_profiles_address_is_the_users() -> None:
    profile = {"id": 5, "primary_email": "a@maple.example", "time_zone": "America/Denver"}
    script = Script({"/users/5": user(5), "/users/5/profile": profile})
    found = await record(
        backend(script), ById(Kind.USER, "5"), wanting("email", "time_zone", "canvas.title")
    )
    assert (found.email, found.time_zone) == ("a@maple.example", "America/Denver")
    assert found.native["title"] is None


async def test_an_enrollment_as_documented() -> None:
    row = enrollment(
        3,
        5,
        11,
        type="TeacherEnrollment",
        enrollment_state="creation_pending",
        last_activity_at="2012-05-05T00:00:00Z",
        sis_section_id="S11",
        user=user(5),
        grades={"html_url": "https://g", "current_score": 95.5, "final_grade": "A"},
    )
    found = await told(Kind.ENROLLMENT, row)
    assert (found.role, found.state) == (Role.TEACHER, EnrollmentState.INVITED)
    assert (found.user_id, found.section_id, found.course_id) == ("5", "11", "1")
    assert found.grades == Grades(current_score=95.5, final_grade="A")
    assert found.native["enrollment_state"] == "creation_pending"


async def test_new_roles_and_states_are_null_and_raw_in_the_vendors_block() -> None:
    row = enrollment(3, 5, None, type="MentorEnrollment", enrollment_state="dreaming")
    row["grades"] = {"html_url": "https://g"}
    found = await told(Kind.ENROLLMENT, row)
    assert (found.role, found.state, found.section_id, found.grades) == (None,) * 4
    assert found.native["type"] == "MentorEnrollment"
    assert found.native["enrollment_state"] == "dreaming"


async def test_accounts_and_terms() -> None:
    root = await told(Kind.ACCOUNT, {"id": 1, "name": "Maple", "parent_account_id": None})
    part = await told(
        Kind.ACCOUNT,
        {"id": 2, "name": "Arts", "parent_account_id": 1, "default_time_zone": "America/Denver"},
    )
    assert (root.account_kind, root.parent_id) == (AccountKind.ROOT, None)
    assert (part.account_kind, part.parent_id) == (AccountKind.SUB_ACCOUNT, "1")
    assert part.time_zone == "America/Denver"
    term = await told(Kind.TERM, {"id": 34, "name": "Fall", "workflow_state": "active"})
    assert (term.name, term.is_active) == ("Fall", True)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"name": "no id"}, "text", {"id": "x"}, {"id": True}]
)
async def test_a_reply_that_is_not_the_object_is_invalid(body: Any) -> None:
    canvas = backend(Script({"/sections/1": body}))
    found = await answer(canvas, ById(Kind.SECTION, "1"), wanting("name"))
    assert isinstance(found, UpstreamInvalid)


async def test_another_object_than_asked_for_is_invalid() -> None:
    canvas = backend(Script({"/sections/1": section(2)}))
    assert isinstance(
        await answer(canvas, ById(Kind.SECTION, "1"), wanting("name")), UpstreamInvalid
    )


async def test_a_canvas_leaves_its_own_shard_out_of_its_ids() -> None:
    canvas = backend(Script({"/sections/10000000000007": section(7)}))
    found = await record(canvas, ById(Kind.SECTION, "10000000000007"), wanting("name"))
    assert found.key.id == "7"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("123", "123"),
        ("007", "7"),
        ("1~123", "10000000000123"),
        ("10000000000123", "10000000000123"),
        (str(2**63 - 1), str(2**63 - 1)),
    ],
)
def test_an_id_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_id(Kind.COURSE, written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", "0", "-1", "self", "1/enrollments", "sis_login_id:x", "../", " 1", "1.0", "1~", "~1", "१२",
     "1~2~3", str(2**63), "1~99999999999999", "999999999~1", "1\n", "default"],
)  # fmt: skip
def test_what_is_no_id_never_comes_near_an_address(written: str) -> None:
    with pytest.raises(BadInput):
        canonical_id(Kind.USER, written)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SHAPES = [SECTION, COURSE, USER, ENROLLMENT, TERM, ACCOUNT]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape.kind))
@given(data=st.data())
def test_wrong_types_never_break_a_row(shape: Shape, data: st.DataObject) -> None:
    """Whatever a key holds, the row is read, and what is no value of its kind is null."""
    keys = [*shape.keys, "term", "account", "teachers", "user", "enrollments"]
    row = data.draw(st.dictionaries(st.sampled_from(keys), JSON, max_size=6))
    site = Site(BASE, lambda link: ("", ()), Refusals(lambda: 0.0))
    wave = Wave(site, {}, Store("maple"), lambda ask, answer: None)
    source = Source(shape, frozenset(shape.keys))
    (found,) = wave.learn(request(source), [{**row, "id": 7}])
    assert found.key == Key(shape.kind, "7")
    assert GIVES[shape.kind] - found.known <= {
        "canvas.anonymous_id", "canvas.display_name", "canvas.avatar_image_url",
        "canvas.html_url", "canvas.fake_student",
    }  # fmt: skip


@given(JSON)
def test_whatever_is_no_row_is_refused(value: Any) -> None:
    if isinstance(value, dict) and "id" in value:
        return
    with pytest.raises(UpstreamInvalid):
        read_row(SECTION, value, frozenset())


def test_an_accounts_list_is_not_asked_for_what_it_never_tells() -> None:
    asked = request(
        ACCOUNT_COURSES, frozenset({"canvas.needs_grading_count", "canvas.permissions"})
    )
    assert asked.params == ()
