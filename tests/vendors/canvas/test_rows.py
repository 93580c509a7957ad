"""Decoding of Canvas's documented rows, and of every way in which they vary."""

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
from tests.vendors.fetching import fetch_answer, fetch_page, fetch_record, records_of

DENVER = timezone(timedelta(hours=-6))


def decoded(kind: Kind, row: dict[str, Any], *fields: str, **children: Any) -> Any:
    """Return the record of a reply by id."""

    async def read() -> Any:
        path = {
            Kind.TERM: f"/accounts/self/terms/{row['id']}",
            Kind.ENROLLMENT: f"/accounts/self/enrollments/{row['id']}",
        }.get(kind, f"/{kind}s/{row['id']}")
        canvas = canvas_backend(canvas_upstream({path: row}))
        return await fetch_record(canvas, ById(kind, str(row["id"])), Projection.of(*fields, **children))

    return read()


async def test_a_section_as_documented() -> None:
    row = section_row(1, 7, nonxlist_course_id=8, total_students=13, permissions={"manage_calendar": True})
    decoded_record = await decoded(Kind.SECTION, row, "student_count")
    assert decoded_record.name == "Section 1"
    assert (decoded_record.course_id, decoded_record.original_course_id) == ("7", "8")
    assert decoded_record.start_at == datetime(2012, 6, 1, tzinfo=DENVER)
    assert (decoded_record.end_at, decoded_record.student_count) == (None, 13)
    assert decoded_record.may_manage_calendar is True
    assert decoded_record.vendor_fields["sis_import_id"] == "47"
    assert decoded_record.vendor_fields["created_at"] == datetime(2012, 1, 1, tzinfo=UTC)
    assert decoded_record.url == f"{BASE}/courses/7/sections/1"


async def test_missing_keys_are_null_and_not_requested_again() -> None:
    """SIS ids and counts are missing, not null, if the viewer may not see them."""
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
    ("name", "includes"),
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
async def test_an_include_has_the_name_of_the_parameter(name: str, includes: list[str]) -> None:
    upstream = canvas_upstream({"/courses/1": course_row(1)})
    await fetch_record(canvas_backend(upstream), ById(Kind.COURSE, "1"), Projection.of(name))
    assert upstream.includes() == includes


async def test_a_missing_best_effort_key_stays_unknown() -> None:
    """An account's list may ignore `course_image`; one row with the key shows that it did not."""
    projection = Projection.of("image_url", "canvas.permissions")
    ignoring = canvas_upstream({"/accounts/self/courses": [course_row(1), course_row(2)]})
    page = await fetch_page(canvas_backend(ignoring), Search(Kind.COURSE), projection)
    assert "image_url" not in records_of(page)[0].known_fields
    rows = [course_row(1, image_download_url="u"), course_row(2)]
    upstream = canvas_upstream({"/accounts/self/courses": rows})
    page = await fetch_page(canvas_backend(upstream), Search(Kind.COURSE), projection)
    assert "image_url" in records_of(page)[1].known_fields
    assert "canvas.permissions" not in records_of(page)[1].known_fields


async def test_all_fields_of_a_stub_are_known() -> None:
    upstream = canvas_upstream({"/users/5/courses": [{"id": "9", "access_restricted_by_date": True}]})
    canvas, store = canvas_backend(upstream), Store("maple")
    load = Children(Key(Kind.USER, "5"), Kind.COURSE)
    (course,) = records_of(await fetch_page(canvas, load, Projection.of("name"), store))
    assert course.vendor_fields["access_restricted_by_date"] is True
    assert course.known_fields == SUPPORTED_FIELDS[Kind.COURSE]
    assert await fetch_record(canvas, ById(Kind.COURSE, "9"), Projection.of("description"), store) is course
    below = Children(Key(Kind.COURSE, "9"), Kind.SECTION)
    assert await fetch_answer(canvas, below, Projection.of("name"), store) is None
    assert len(upstream.urls) == 1


async def test_a_user_as_documented() -> None:
    row = user_row(5, email="a@maple.example", avatar_url="https://a", pronouns="she/her", locale="en")
    decoded_record = await decoded(Kind.USER, row, "email")
    assert (decoded_record.name, decoded_record.display_name) == ("Ada Number5", "Ada 5")
    assert (decoded_record.given_name, decoded_record.family_name) == ("Ada", "Number5")
    assert (decoded_record.username, decoded_record.sis_id, decoded_record.email) == (
        "ada5",
        "U5",
        "a@maple.example",
    )
    assert decoded_record.pronouns == "she/her"


async def test_first_and_last_name_take_precedence_over_the_sortable_name() -> None:
    row = user_row(5, first_name="Ada Augusta", last_name="King", sortable_name="King, Ada")
    decoded_record = await decoded(Kind.USER, row)
    assert (decoded_record.given_name, decoded_record.family_name) == ("Ada Augusta", "King")


async def test_the_profiles_email_address_is_the_users() -> None:
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


async def test_unknown_roles_and_states_are_null_and_raw_in_the_vendor_block() -> None:
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


@pytest.mark.parametrize("body", [None, [], {}, {"name": "no id"}, "text", {"id": "x"}, {"id": True}])
async def test_a_reply_that_is_not_the_object_is_invalid(body: Any) -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/1": body}))
    decoded_record = await fetch_answer(canvas, ById(Kind.SECTION, "1"), Projection.of("name"))
    assert isinstance(decoded_record, UpstreamInvalid)


async def test_a_reply_with_another_object_is_invalid() -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/1": section_row(2)}))
    assert isinstance(
        await fetch_answer(canvas, ById(Kind.SECTION, "1"), Projection.of("name")), UpstreamInvalid
    )


async def test_canvas_omits_its_own_shard_in_ids() -> None:
    canvas = canvas_backend(canvas_upstream({"/sections/10000000000007": section_row(7)}))
    decoded_record = await fetch_record(canvas, ById(Kind.SECTION, "10000000000007"), Projection.of("name"))
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
def test_an_id_has_one_canonical_form(written: str, canonical: str) -> None:
    assert canonical_id(Kind.COURSE, written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", "0", "-1", "self", "1/enrollments", "sis_login_id:x", "../", " 1", "1.0", "1~", "~1", "१२",
     "1~2~3", str(2**63), "1~99999999999999", "999999999~1", "1\n", "default"],
)  # fmt: skip
def test_an_invalid_id_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        canonical_id(Kind.USER, written)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELD_MAPS = [SECTION, COURSE, USER, ENROLLMENT, TERM, ACCOUNT]


@pytest.mark.parametrize("field_map", FIELD_MAPS, ids=lambda field_map: str(field_map.kind))
@given(data=st.data())
def test_wrong_types_never_fail_a_row(field_map: FieldMap, data: st.DataObject) -> None:
    """A value of another type is null, and the row is read."""
    keys = [*field_map.by_key, "term", "account", "teachers", "user", "enrollments"]
    row = data.draw(st.dictionaries(st.sampled_from(keys), JSON, max_size=6))
    instance = VendorInstance(BASE, lambda link: ("", ()), NegativeCache(lambda: 0.0))
    batch = LoadBatch(instance, {}, Store("maple"), lambda load, answer: None)
    source = RowSource(field_map, frozenset(field_map.by_key), {}, {})
    (decoded_record,) = batch.add_rows(build_row_request(source), [{**row, "id": 7}])
    assert decoded_record.key == Key(field_map.kind, "7")
    assert SUPPORTED_FIELDS[field_map.kind] - decoded_record.known_fields <= {
        "canvas.anonymous_id", "canvas.display_name", "canvas.avatar_image_url",
        "canvas.html_url", "canvas.fake_student",
    }  # fmt: skip


@given(JSON)
def test_a_value_that_is_not_a_row_is_refused(value: Any) -> None:
    if isinstance(value, dict) and "id" in value:
        return
    with pytest.raises(UpstreamInvalid):
        row_id(SECTION, value)


def test_an_accounts_list_does_not_include_unsupported_keys() -> None:
    row_request = build_row_request(
        ACCOUNT_COURSES, frozenset({"canvas.needs_grading_count", "canvas.permissions"})
    )
    assert row_request.params == ()
