"""Canvas's rows as facts: shapes of the vendor's documents, and every way they vary."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.errors import BadInput, UpstreamInvalid
from lms_gateway.domain.loads import ById, Children, Search
from lms_gateway.domain.models import AccountKind, CourseState, EnrollmentState, Grades, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.rows.decoding import row_id
from lms_gateway.vendors.canvas.rows.field_maps import (
    ACCOUNT,
    COURSE,
    ENROLLMENT,
    SECTION,
    TERM,
    USER,
    FieldMap,
)
from lms_gateway.vendors.canvas.rows.ids import canonical_id
from lms_gateway.vendors.canvas.rows.sources import (
    ACCOUNT_COURSES,
    SUPPORTED_FIELDS,
    RowSource,
    build_row_request,
)
from lms_gateway.vendors.shared.batch import NegativeCache
from tests.vendors.canvas.rows import BASE, course_row, enrollment_row, section_row, user_row
from tests.vendors.canvas.scripted import canvas_backend, canvas_upstream
from tests.vendors.fetching import fetch_answer, fetch_page, fetch_record

DENVER = timezone(timedelta(hours=-6))


def decoded(kind: Kind, row: dict[str, Any], *fields: str, **children: Any) -> Any:
    """The record that a by-id reply becomes."""

    async def read() -> Any:
        path = {
            Kind.TERM: f"/accounts/self/terms/{row['id']}",
            Kind.ENROLLMENT: f"/accounts/self/enrollments/{row['id']}",
        }.get(kind, f"/{kind}s/{row['id']}")
        canvas = canvas_backend(canvas_upstream({path: row}))
        return await fetch_record(
            canvas, ById(kind, str(row["id"])), Projection.of(*fields, **children)
        )

    return read()


async def test_a_section_as_documented() -> None:
    row = section_row(
        1, 7, nonxlist_course_id=8, total_students=13, permissions={"manage_calendar": True}
    )
    decoded_record = await decoded(Kind.SECTION, row, "student_count")
    assert decoded_record.name == "Section 1"
    assert (decoded_record.course_id, decoded_record.original_course_id) == ("7", "8")
    assert decoded_record.start_at == datetime(2012, 6, 1, tzinfo=DENVER)
    assert (decoded_record.end_at, decoded_record.student_count) == (None, 13)
    assert decoded_record.may_manage_calendar is True
    assert decoded_record.vendor_fields["sis_import_id"] == "47"
    assert decoded_record.vendor_fields["created_at"] == datetime(2012, 1, 1, tzinfo=UTC)
    assert decoded_record.url == f"{BASE}/courses/7/sections/1"


async def test_keys_that_are_left_out_are_null_and_never_asked_for_again() -> None:
    """SIS ids are absent, not null, where they may not be seen; so are counts."""
    upstream = canvas_upstream({"/sections/1": {"id": "1", "course_id": "7", "name": "A"}})
    canvas, store = canvas_backend(upstream), Store("maple")
    projection = Projection.of(
        "name", "sis_id", "student_count", "canvas.sis_import_id", "may_manage_calendar"
    )
    for _ in range(2):
        decoded_record = await fetch_record(canvas, ById(Kind.SECTION, "1"), projection, store)
        assert (decoded_record.sis_id, decoded_record.student_count) == (None, None)
        assert projection.fields <= decoded_record.known_fields
    assert len(upstream.urls) == 1


async def test_a_course_as_documented() -> None:
    row = course_row(
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
    decoded_record = await decoded(
        Kind.COURSE, row, "image_url", "canvas.is_favorite", term=Projection.of("name")
    )
    assert decoded_record.state is CourseState.AVAILABLE
    assert decoded_record.time_zone == "America/Denver"
    assert (decoded_record.term_id, decoded_record.account_id) == ("34", "1")
    assert decoded_record.image_url == "https://maple.instructure.com/i.png"
    assert decoded_record.vendor_fields["course_progress"]["completed_at"] == datetime(
        2013, 6, 1, tzinfo=DENVER
    )
    assert decoded_record.vendor_fields["grading_periods"] == [
        {"id": "5", "start_date": datetime(2012, 6, 1, tzinfo=UTC)}
    ]
    assert decoded_record.vendor_fields["storage_quota_used_mb"] == 5.5
    assert decoded_record.vendor_fields["is_public"] is None
    assert decoded_record.url == f"{BASE}/courses/1"


async def test_a_course_without_modules_has_no_progress() -> None:
    row = course_row(1, course_progress={"error": {"message": "no progress available"}})
    decoded_record = await decoded(Kind.COURSE, row, "canvas.course_progress")
    assert decoded_record.vendor_fields["course_progress"] is None


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
    upstream = canvas_upstream({"/courses/1": course_row(1)})
    await fetch_record(canvas_backend(upstream), ById(Kind.COURSE, "1"), Projection.of(facet))
    assert upstream.includes() == includes


async def test_what_a_list_was_not_heard_to_bring_stays_unknown() -> None:
    """An account's list may drop `course_image` without a word; one row with it says it did not."""
    projection = Projection.of("image_url", "canvas.permissions")
    silent = canvas_upstream({"/accounts/self/courses": [course_row(1), course_row(2)]})
    decoded_record = await fetch_page(canvas_backend(silent), Search(Kind.COURSE), projection)
    assert "image_url" not in decoded_record.items[0].known_fields
    heeded = [course_row(1, image_download_url="u"), course_row(2)]
    decoded_record = await fetch_page(
        canvas_backend(canvas_upstream({"/accounts/self/courses": heeded})),
        Search(Kind.COURSE),
        projection,
    )
    assert "image_url" in decoded_record.items[1].known_fields
    assert "canvas.permissions" not in decoded_record.items[1].known_fields


async def test_a_stub_is_known_to_tell_nothing() -> None:
    upstream = canvas_upstream(
        {"/users/5/courses": [{"id": "9", "access_restricted_by_date": True}]}
    )
    canvas, store = canvas_backend(upstream), Store("maple")
    load = Children(Key(Kind.USER, "5"), Kind.COURSE)
    (decoded_record,) = (await fetch_page(canvas, load, Projection.of("name"), store)).items
    assert decoded_record.vendor_fields["access_restricted_by_date"] is True
    assert decoded_record.known_fields == SUPPORTED_FIELDS[Kind.COURSE]
    assert (
        await fetch_record(canvas, ById(Kind.COURSE, "9"), Projection.of("description"), store)
        is decoded_record
    )
    below = Children(Key(Kind.COURSE, "9"), Kind.SECTION)
    assert await fetch_answer(canvas, below, Projection.of("name"), store) is None
    assert len(upstream.urls) == 1


async def test_a_user_as_documented() -> None:
    row = user_row(
        5, email="a@maple.example", avatar_url="https://a", pronouns="she/her", locale="en"
    )
    decoded_record = await decoded(Kind.USER, row, "email")
    assert (decoded_record.name, decoded_record.display_name) == ("Ada Number5", "Ada 5")
    assert (decoded_record.given_name, decoded_record.family_name) == ("Ada", "Number5")
    assert (decoded_record.username, decoded_record.sis_id, decoded_record.email) == (
        "ada5",
        "U5",
        "a@maple.example",
    )
    assert decoded_record.pronouns == "she/her"


async def test_first_and_last_name_count_for_more_than_the_sortable_one() -> None:
    row = user_row(5, first_name="Ada Augusta", last_name="King", sortable_name="King, Ada")
    decoded_record = await decoded(Kind.USER, row)
    assert (decoded_record.given_name, decoded_record.family_name) == ("Ada Augusta", "King")


async def test_the_profiles_address_is_the_users() -> None:
    profile = {"id": 5, "primary_email": "a@maple.example", "time_zone": "America/Denver"}
    upstream = canvas_upstream({"/users/5": user_row(5), "/users/5/profile": profile})
    decoded_record = await fetch_record(
        canvas_backend(upstream),
        ById(Kind.USER, "5"),
        Projection.of("email", "time_zone", "canvas.title"),
    )
    assert (decoded_record.email, decoded_record.time_zone) == ("a@maple.example", "America/Denver")
    assert decoded_record.vendor_fields["title"] is None


async def test_an_enrollment_as_documented() -> None:
    row = enrollment_row(
        3,
        5,
        11,
        type="TeacherEnrollment",
        enrollment_state="creation_pending",
        last_activity_at="2012-05-05T00:00:00Z",
        sis_section_id="S11",
        user=user_row(5),
        grades={"html_url": "https://g", "current_score": 95.5, "final_grade": "A"},
    )
    decoded_record = await decoded(Kind.ENROLLMENT, row)
    assert (decoded_record.role, decoded_record.state) == (Role.TEACHER, EnrollmentState.INVITED)
    assert (decoded_record.user_id, decoded_record.section_id, decoded_record.course_id) == (
        "5",
        "11",
        "1",
    )
    assert decoded_record.grades == Grades(current_score=95.5, final_grade="A")
    assert decoded_record.vendor_fields["enrollment_state"] == "creation_pending"


async def test_new_roles_and_states_are_null_and_raw_in_the_vendors_block() -> None:
    row = enrollment_row(3, 5, None, type="MentorEnrollment", enrollment_state="dreaming")
    row["grades"] = {"html_url": "https://g"}
    decoded_record = await decoded(Kind.ENROLLMENT, row)
    assert (
        decoded_record.role,
        decoded_record.state,
        decoded_record.section_id,
        decoded_record.grades,
    ) == (None,) * 4
    assert decoded_record.vendor_fields["type"] == "MentorEnrollment"
    assert decoded_record.vendor_fields["enrollment_state"] == "dreaming"


async def test_accounts_and_terms() -> None:
    root = await decoded(Kind.ACCOUNT, {"id": 1, "name": "Maple", "parent_account_id": None})
    part = await decoded(
        Kind.ACCOUNT,
        {"id": 2, "name": "Arts", "parent_account_id": 1, "default_time_zone": "America/Denver"},
    )
    assert (root.account_kind, root.parent_id) == (AccountKind.ROOT, None)
    assert (part.account_kind, part.parent_id) == (AccountKind.SUB_ACCOUNT, "1")
    assert part.time_zone == "America/Denver"
    term = await decoded(Kind.TERM, {"id": 34, "name": "Fall", "workflow_state": "active"})
    assert (term.name, term.is_active) == ("Fall", True)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"name": "no id"}, "text", {"id": "x"}, {"id": True}]
)
async def test_a_reply_that_is_not_the_object_is_invalid(body: Any) -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/1": body}))
    decoded_record = await fetch_answer(canvas, ById(Kind.SECTION, "1"), Projection.of("name"))
    assert isinstance(decoded_record, UpstreamInvalid)


async def test_another_object_than_asked_for_is_invalid() -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/1": section_row(2)}))
    assert isinstance(
        await fetch_answer(canvas, ById(Kind.SECTION, "1"), Projection.of("name")), UpstreamInvalid
    )


async def test_a_canvas_leaves_its_own_shard_out_of_its_ids() -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/10000000000007": section_row(7)}))
    decoded_record = await fetch_record(
        canvas, ById(Kind.SECTION, "10000000000007"), Projection.of("name")
    )
    assert decoded_record.key.id == "7"


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
def test_wrong_types_never_break_a_row(shape: FieldMap, data: st.DataObject) -> None:
    """Whatever a key holds, the row is read, and what is no value of its kind is null."""
    keys = [*shape.by_key, "term", "account", "teachers", "user", "enrollments"]
    row = data.draw(st.dictionaries(st.sampled_from(keys), JSON, max_size=6))
    site = VendorInstance(BASE, lambda link: ("", ()), NegativeCache(lambda: 0.0))
    wave = LoadBatch(site, {}, Store("maple"), lambda load, answer: None)
    source = RowSource(shape, frozenset(shape.by_key), {}, {})
    (decoded_record,) = wave.add_rows(build_row_request(source), [{**row, "id": 7}])
    assert decoded_record.key == Key(shape.kind, "7")
    assert SUPPORTED_FIELDS[shape.kind] - decoded_record.known_fields <= {
        "canvas.anonymous_id", "canvas.display_name", "canvas.avatar_image_url",
        "canvas.html_url", "canvas.fake_student",
    }  # fmt: skip


@given(JSON)
def test_whatever_is_no_row_is_refused(value: Any) -> None:
    if isinstance(value, dict) and "id" in value:
        return
    with pytest.raises(UpstreamInvalid):
        row_id(SECTION, value)


def test_an_accounts_list_is_not_asked_for_what_it_never_tells() -> None:
    row_request = build_row_request(
        ACCOUNT_COURSES, frozenset({"canvas.needs_grading_count", "canvas.permissions"})
    )
    assert row_request.params == ()
