"""Members of sections and courses: filters and counts."""

import pytest

from lms_gateway.domain.loads import ById, Children, MemberFilter, Members, Search, UserFilter
from lms_gateway.domain.models import Enrollment, EnrollmentState, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from tests.contract.vendor_backends import TEACHER, UNKNOWN, VendorUnderTest
from tests.vendors.fetching import records_of, vendor_ids

SECTION, COURSE, EMPTY = (
    Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1"), Key(Kind.SECTION, "9")
)  # fmt: skip
OWN = {"3", "4", "5", "6"}  # section 1's students
VISITOR, INVITED, COMPLETED = "7", "11", "12"
ACTIVE_ONES = (EnrollmentState.ACTIVE,)


async def members(vendor: VendorUnderTest, group: Key, **given: object) -> set[str]:
    page = await vendor.page(Members(group, Kind.USER, MemberFilter(**given)))  # type: ignore[arg-type]
    assert len(set(vendor_ids(page))) == len(page.items)
    return set(vendor_ids(page))


FILTERS = [
    ({}, {*OWN, VISITOR, INVITED, TEACHER}),
    ({"roles": (Role.STUDENT,)}, {*OWN, VISITOR, INVITED}),
    ({"roles": (Role.TEACHER,)}, {TEACHER}),
    ({"roles": (Role.STUDENT, Role.TEACHER)}, {*OWN, VISITOR, INVITED, TEACHER}),
    ({"states": (EnrollmentState.INVITED,)}, {INVITED}),
    ({"states": (EnrollmentState.COMPLETED,)}, {COMPLETED}),
    ({"states": ACTIVE_ONES, "roles": (Role.STUDENT,)}, {*OWN, VISITOR}),
    ({"states": (EnrollmentState.ACTIVE, EnrollmentState.COMPLETED)},
     {*OWN, VISITOR, COMPLETED, TEACHER}),
    ({"ids": ("3", "5", UNKNOWN, "30")}, {"3", "5"}),
    ({"ids": ("3", TEACHER), "roles": (Role.STUDENT,)}, {"3"}),
    ({"ids": ()}, set()),
    ({"roles": ()}, set()),
    ({"states": ()}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), FILTERS)
async def test_section_members_are_filtered_by_role_state_and_id(
    vendor: VendorUnderTest, given: dict[str, object], expected: set[str]
) -> None:
    assert await members(vendor, SECTION, **given) == expected


@pytest.mark.parametrize(("given", "expected"), FILTERS)
async def test_enrollments_are_filtered_like_their_users(
    vendor: VendorUnderTest, given: dict[str, object], expected: set[str]
) -> None:
    load = Members(SECTION, Kind.ENROLLMENT, MemberFilter(**given))  # type: ignore[arg-type]
    page = await vendor.page(load, "role", "state", "user_id", "section_id")
    rows = [row for row in page.items if isinstance(row, Enrollment)]
    assert {row.user_id for row in rows} == expected
    assert {row.section_id for row in rows} <= {"1"}
    roles, states = given.get("roles"), given.get("states")
    assert all(row.role in roles for row in rows) if roles else True  # type: ignore[operator]
    assert all(row.state in states for row in rows) if states else True  # type: ignore[operator]


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 13),
        ({"roles": (Role.STUDENT,)}, 12),
        ({"roles": (Role.TEACHER,)}, 1),
        ({"states": (EnrollmentState.INVITED,)}, 1),
        ({"ids": ("3", VISITOR, INVITED, UNKNOWN)}, 3),
    ],
)
async def test_course_members_are_filtered_and_each_user_is_listed_once(
    vendor: VendorUnderTest, given: dict[str, object], count: int
) -> None:
    assert len(await members(vendor, COURSE, **given)) == count


async def test_filters_of_one_section_stay_separate_within_a_batch(vendor: VendorUnderTest) -> None:
    filters = [MemberFilter(**arguments) for arguments, _ in FILTERS]  # type: ignore[arg-type]
    loads = [Members(SECTION, Kind.USER, one) for one in filters]
    answers = await vendor.fetch(dict.fromkeys(loads, Projection.of("display_name")))
    for load, (_, expected) in zip(loads, FILTERS, strict=True):
        assert {row.key.id for row in answers[load].items} == expected, load  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("group", "count"), [(SECTION, 6), (EMPTY, 0), (Key(Kind.SECTION, "8"), 8), (COURSE, 12)]
)
async def test_the_student_count_equals_the_list(vendor: VendorUnderTest, group: Key, count: int) -> None:
    actual = await vendor.record(ById(group.kind, group.id), "student_count")
    assert actual.student_count == count
    assert len(await members(vendor, group, roles=(Role.STUDENT,))) == count


async def test_a_section_without_students_has_a_teacher(vendor: VendorUnderTest) -> None:
    assert await members(vendor, EMPTY, roles=(Role.STUDENT,)) == set()
    assert await members(vendor, EMPTY) == {TEACHER}


async def test_roster_rows_have_the_display_fields(vendor: VendorUnderTest) -> None:
    page = await vendor.page(Members(SECTION, Kind.USER), "display_name")
    school = vendor.server.sandbox.canvas_school
    assert {row.key.id: row.display_name for row in records_of(page)} == {
        id: school.users[int(id)].display_name for id in {*OWN, VISITOR, INVITED, TEACHER}
    }
    assert len(vendor.calls()) == 1


STUDENTS = (Role.STUDENT,)


@pytest.mark.parametrize(
    ("given", "sections"),
    [
        (MemberFilter(), {"1", "2"}),
        (MemberFilter(roles=STUDENTS), {"1", "2"}),
        (MemberFilter(roles=STUDENTS, states=ACTIVE_ONES), {"1", "2"}),
        (MemberFilter(roles=(Role.TEACHER,)), set()),
        (MemberFilter(states=(EnrollmentState.COMPLETED,)), set()),
    ],
)
async def test_a_users_enrollments_are_filtered(
    vendor: VendorUnderTest, given: MemberFilter, sections: set[str]
) -> None:
    page = await vendor.page(Children(Key(Kind.USER, VISITOR), Kind.ENROLLMENT, given), "section_id")
    assert {getattr(row, "section_id", None) for row in page.items} == sections


@pytest.mark.parametrize(
    ("user", "given", "sections"),
    [
        (COMPLETED, MemberFilter(states=(EnrollmentState.COMPLETED,)), {"1"}),
        (COMPLETED, MemberFilter(), {"3"}),
        (INVITED, MemberFilter(states=ACTIVE_ONES), {"3"}),
        (INVITED, MemberFilter(states=(EnrollmentState.INVITED,)), {"1"}),
    ],
)
async def test_a_users_enrollments_have_the_requested_states(
    vendor: VendorUnderTest, user: str, given: MemberFilter, sections: set[str]
) -> None:
    """Schoology lists a user's sections only after they accepted."""
    page = await vendor.page(Children(Key(Kind.USER, user), Kind.ENROLLMENT, given), "section_id")
    actual = {getattr(row, "section_id", None) for row in page.items}
    is_hidden = vendor.name == "schoology" and given.states == (EnrollmentState.INVITED,)
    assert actual == (set() if is_hidden else sections)


async def test_the_tenants_users_are_filtered_by_role(vendor: VendorUnderTest) -> None:
    teachers = await vendor.page(Search(Kind.USER, UserFilter(roles=(Role.TEACHER,))))
    assert TEACHER in vendor_ids(teachers)
    assert OWN.isdisjoint(vendor_ids(teachers))
    students = await vendor.page(Search(Kind.USER, UserFilter(roles=(Role.STUDENT,))))
    assert {*OWN, VISITOR} <= set(vendor_ids(students))
    assert TEACHER not in vendor_ids(students)
