"""Sample schools: a university, a high school, and small schools for tests.

Equal arguments produce equal schools. `MAPLE` and `LAKESIDE` contain the fixed ids that examples
and tests refer to.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

from lms_sandbox.data.dates import half_year
from lms_sandbox.data.fake_people import enroll, new_user
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.data.models import Account, Course, Enrollment, Section, Term
from lms_sandbox.data.school import School
from lms_sandbox.data.seed import SchoolSeeder

TODAY = date(2026, 11, 16)


def maple(sections: int = 60, *, seed: int = 1, today: date = TODAY) -> School:
    """Build Maple University, served as Canvas: at least 13 sections of about twelve students."""
    school = School(
        "Maple University",
        today=today,
        email_domain="maple.example",
        first_ids={Account: 1, Enrollment: 3000000001},
    )
    with _gc_disabled():
        SchoolSeeder(school, MAPLE, Random(seed), is_university=True).seed(sections)
    return school


def lakeside(sections: int = 60, *, seed: int = 2, today: date = TODAY) -> School:
    """Build Lakeside High, served as Schoology: at least 13 sections of about twelve students."""
    school = School(
        "Lakeside High",
        today=today,
        time_zone="America/Chicago",
        email_domain="lakeside.example",
        first_ids={Account: LAKESIDE.root, Enrollment: 4100000001},
    )
    with _gc_disabled():
        SchoolSeeder(school, LAKESIDE, Random(seed), is_university=False).seed(sections)
    return school


def small_school(*, courses: int = 1, sections: int = 1, students: int = 12, today: date = TODAY) -> School:
    """Build a school of the given size; every kind of id starts at 1.

    It has one current term, one administrator (user 1), one teacher of all sections (user 2), and
    `students` students of each section (from user 3).
    """
    school = School("Small School", today=today, email_domain="small.example")
    term = Term(0, "Now", *half_year(today, 0))
    admin = new_user(0, "admin", school)
    teacher = new_user(1, "teacher", school)
    school.add(term, admin, teacher)
    school.admins[school.root.id].add(admin.id)
    for i in range(1, courses + 1):
        course = Course(0, f"Course {i}", school.root.id, term.id, code=f"C{i}", sis_id=f"C-{i}")
        school.add(course)
        for j in range(1, sections + 1):
            section = Section(0, f"Section {j}", course.id, sis_id=f"S-{i}-{j}", code=f"{j}")
            section.term_ids = (term.id,)
            school.add(section)
            enroll(school, section, teacher, "teacher")
            for _ in range(students):
                student = new_user(len(school.users), "student", school)
                school.add(student)
                enroll(school, section, student)
    return school


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """Disable garbage collection: no record of a school becomes garbage while it is built."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
