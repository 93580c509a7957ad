"""The sample schools: reproducible, of any size, with fixed ids."""

from collections.abc import Callable
from datetime import date

import pytest

from lms_sandbox.data.demo_schools import lakeside, maple, small_school
from lms_sandbox.data.fake_people import enroll, new_user
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE, KnownIds
from lms_sandbox.data.models import Course, Section, User
from lms_sandbox.data.school import School

SCHOOLS = pytest.mark.parametrize(
    ("build_school", "ids"), [(maple, MAPLE), (lakeside, LAKESIDE)], ids=["maple", "lakeside"]
)


@SCHOOLS
def test_equal_arguments_build_equal_schools(build_school: Callable[..., School], ids: KnownIds) -> None:
    first, second = build_school(30), build_school(30)

    assert first.enrollments == second.enrollments
    assert first.users == second.users
    assert first.sections == second.sections


@SCHOOLS
def test_known_ids_refer_to_matching_records(build_school: Callable[..., School], ids: KnownIds) -> None:
    school = build_school()

    assert len(school.sections) == 60
    assert [school.sections[section_id].course_id for section_id in ids.sections] == [ids.course] * 4
    assert school.count_students(ids.sections[3]) == 0
    assert school.sections[ids.crosslisted_section].original_course_id == ids.original_course
    assert school.sections[ids.crosslisted_section].course_id == ids.host_course
    assert school.courses[ids.unpublished_course].state == "unpublished"
    assert school.courses[ids.concluded_course].state == "completed"
    assert school.courses[ids.concluded_course].term_id == ids.past_term
    assert school.sections[ids.concluded_section].course_id == ids.concluded_course
    assert school.courses[ids.deleted_course].state == "deleted"
    assert school.sections[ids.awkward_section].course_id == ids.awkward_course
    assert school.courses[ids.future_course].term_id == ids.future_term
    assert school.is_admin(ids.admin, ids.sub_accounts[2])
    enrollments = [
        enrollment
        for enrollment in school.enrollments_of_user(ids.student)
        if enrollment.course_id == ids.course
    ]
    assert [enrollment.section_id for enrollment in enrollments] == list(ids.sections[:2])
    for awkward in (
        school.users[ids.awkward_user],
        school.courses[ids.awkward_course],
        school.sections[ids.awkward_section],
    ):
        assert set("/?%, ") <= set(awkward.sis_id or "")
        assert (awkward.sis_id or "").endswith(".json")


@SCHOOLS
def test_every_state_and_role_occurs(build_school: Callable[..., School], ids: KnownIds) -> None:
    enrollments = build_school().enrollments.values()

    assert {enrollment.state for enrollment in enrollments} == {
        "active", "invited", "requested", "inactive", "completed", "archived", "rejected",
        "deleted",
    }  # fmt: skip
    assert {enrollment.role for enrollment in enrollments} == {
        "student", "teacher", "ta", "observer", "designer", "test_student",
    }  # fmt: skip


@SCHOOLS
def test_one_term_is_past_one_current_and_one_future(
    build_school: Callable[..., School], ids: KnownIds
) -> None:
    school = build_school(today=date(2031, 2, 3))
    past, current, future = (
        school.terms[term_id] for term_id in (ids.past_term, ids.current_term, ids.future_term)
    )

    assert past.end_at is not None
    assert current.start_at is not None
    assert current.end_at is not None
    assert future.start_at is not None
    assert past.end_at < current.start_at < school.now < current.end_at < future.start_at
    assert current.name == "Spring 2031"


def test_some_ids_do_not_fit_in_32_bits() -> None:
    assert min(maple().enrollments) > 2**31
    assert min(lakeside().sections) > 2**31


def test_a_school_has_the_requested_number_of_sections() -> None:
    school = maple(500)

    assert len(school.sections) == 500
    assert 8 * 400 < len(school.enrollments) < 20 * 500


def test_a_small_school_has_the_requested_records_only() -> None:
    school = small_school(sections=40, students=12)

    assert list(school.sections) == list(range(1, 41))
    assert all(school.count_students(section_id) == 12 for section_id in school.sections)
    assert len(school.users) == 2 + 40 * 12


def test_a_changed_record_is_found_by_its_new_ids() -> None:
    school = small_school()
    section = school.sections[1]
    other_course = Course(0, "Other", school.root.id, 1)
    school.add(other_course)
    before = school.version

    school.change(section, sis_id="new", course_id=other_course.id, state="active")

    assert school.version > before
    assert school.by_sis(Section, "new") is section
    assert school.by_sis(Section, "S-1-1") is None
    assert school.sections_of_course(1) == []
    assert school.sections_of_course(other_course.id) == [section]


def test_a_user_with_several_enrollments_counts_once() -> None:
    school = small_school(students=0)
    student = new_user(7, "student", school)
    school.add(student)
    enroll(school, school.sections[1], student)
    enroll(school, school.sections[1], student, state="invited")

    assert school.count_students(1) == 1
    assert school.by_login(student.username.upper()) is student
    assert school.by_sis(User, student.sis_id or "") is student
