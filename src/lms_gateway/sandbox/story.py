"""How a demonstration school is told: its landmarks first, then ordinary courses to any number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from lms_gateway.sandbox.calendar import half_year, moment
from lms_gateway.sandbox.landmarks import Landmarks
from lms_gateway.sandbox.people import LEVELS, TOPICS, enroll, new_user
from lms_gateway.sandbox.records import (
    Account,
    Course,
    CourseState,
    EnrollmentState,
    Position,
    Section,
    Term,
    User,
)
from lms_gateway.sandbox.school import School


class Story:
    """Tells one school: first the landmarks, then as many ordinary courses as are asked for."""

    def __init__(self, school: School, ids: Landmarks, random: Random, *, campus: bool) -> None:
        self.school, self.ids, self.random, self.campus = school, ids, random, campus
        self.teachers: list[User] = []
        self.students: list[User] = []

    def tell(self, sections: int) -> None:
        self._tell_institution()
        self._tell_people(sections)
        self._tell_landmarks()
        self._tell_rest(sections)

    def _tell_institution(self) -> None:
        school, ids = self.school, self.ids
        school.change(
            school.root, uuid="r" * 40, website=f"https://www.{school.email_domain}", code="ROOT",
            address="1 Elm Street", city="Alder Falls", region="CO", postal_code="80999",
            phone="555-0100", time_zone=school.time_zone,
        )  # fmt: skip
        names = (
            ("Faculty of Science", "Faculty of Letters", "Life Sciences")
            if self.campus
            else ("North Building", "South Building", "North Annex")
        )
        parents = (ids.root, ids.root, ids.parts[0] if self.campus else ids.root)
        for at, (id, name, parent) in enumerate(zip(ids.parts, names, parents, strict=True)):
            school.add(
                Account(
                    id,
                    name,
                    parent,
                    sis_id=f"ACC-{at + 1}",
                    integration_id=f"acc-int-{at + 1}",
                    time_zone=school.time_zone,
                    code=f"B{at + 1}",
                    uuid=f"{at}" * 40,
                    address=f"{at + 2} Elm Street",
                    city="Alder Falls",
                    region="CO",
                    postal_code="80999",
                )
            )
        created = moment(school.today - timedelta(days=900))
        for id, steps in ((ids.past_term, -1), (ids.current_term, 0), (ids.future_term, 1)):
            start, end = half_year(school.today, steps)
            season = "Autumn" if start.month > 6 else "Spring"
            school.add(
                Term(
                    id,
                    f"{season} {start.year}",
                    start,
                    end,
                    f"{season[:2].upper()}{start.year}",
                    f"term-int-{id}",
                    created_at=created,
                )
            )
        if self.campus:
            school.add(Term(id=1, name="Default Term", is_default=True, created_at=created))

    def _tell_people(self, sections: int) -> None:
        school, ids = self.school, self.ids
        named: dict[int, Position] = {
            ids.admin: "admin",
            ids.teacher: "teacher",
            ids.student: "student",
            ids.ta: "teacher" if not self.campus else "student",
            ids.observer: "parent",
            ids.designer: "teacher",
            ids.invited: "student",
            ids.awkward_user: "student",
            ids.test_student: "student",
        }
        for at, (id, position) in enumerate(named.items()):
            user = new_user(at, position, school)
            user.id = id
            school.add(user)
        users = school.users
        school.admins[ids.root].add(ids.admin)
        school.change(users[ids.admin], given_name="Gateway", family_name="Service")
        school.change(
            users[ids.student], parent_ids=(ids.observer,), pronouns="They/Them",
            preferred_name="Sunny", middle_name="Ann",
        )  # fmt: skip
        school.change(users[ids.observer], child_ids=(ids.student,), sis_id=None)
        school.change(users[ids.invited], state="unconfirmed", last_login_at=None)
        school.change(users[ids.awkward_user], sis_id="u/8 ?50%,b.json")
        school.change(users[ids.test_student], given_name="Test", family_name="Student",
                      sis_id=None, username="", email="")  # fmt: skip
        teachers = max(6, sections // 4)
        for number in range(teachers + max(60, sections * 3)):
            is_teacher = number < teachers
            user = new_user(number + len(named), "teacher" if is_teacher else "student", school)
            user.account_id = ids.parts[number % 2]
            user.is_synced = number % 4 == 0
            school.add(user)
            (self.teachers if is_teacher else self.students).append(user)

    def _tell_landmarks(self) -> None:
        school, ids = self.school, self.ids
        users = school.users
        teacher = users[ids.teacher]
        main = self._course(ids.course)
        school.change(main, name="Introduction to Biology", code="BIO-101", sis_id="BIO-101")
        for at, id in enumerate(ids.sections):
            section = self._section(main, id)
            enroll(school, section, teacher, "teacher")
            if at < 3:
                self._fill(section, start=at * 12)
        first, second = (school.sections[at] for at in ids.sections[:2])
        enroll(school, first, users[ids.student])
        enroll(school, second, users[ids.student])
        enroll(school, second, users[ids.ta], "ta", limited=True)
        enroll(school, first, users[ids.observer], "observer", observed=users[ids.student])
        enroll(school, first, users[ids.designer], "designer")
        enroll(school, first, users[ids.invited], state="invited")
        enroll(school, first, users[ids.awkward_user])
        enroll(school, first, users[ids.test_student], "test_student")
        faded: Sequence[EnrollmentState] = (
            "requested", "inactive", "completed", "archived", "rejected", "deleted"
        )  # fmt: skip
        for state, student in zip(faded, self.students[-6:], strict=True):
            enroll(school, first, student, state=state)

        host, original = self._course(ids.host_course), self._course(ids.original_course)
        for course in (host, host, original):
            section = self._section(course)
            enroll(school, section, teacher, "teacher")
            self._fill(section)
        school.change(
            school.sections[ids.crosslisted_section], original_course_id=ids.original_course
        )

        school.nicknames[ids.teacher, ids.host_course] = "Mondays"

        others: tuple[tuple[int, CourseState], ...] = (
            (ids.unpublished_course, "unpublished"),
            (ids.concluded_course, "completed"),
            (ids.deleted_course, "deleted"),
            (ids.awkward_course, "available"),
            (ids.restricted_course, "available"),
            (ids.future_course, "available"),
        )
        terms = {ids.concluded_course: ids.past_term, ids.future_course: ids.future_term}
        for id, course_state in others:
            course = self._course(id, course_state, terms.get(id, ids.current_term))
            section = self._section(course)
            enroll(school, section, self.teachers[0], "teacher")
            enroll(school, section, users[ids.student],
                   state="completed" if course_state == "completed" else "active")  # fmt: skip
            self._fill(section)
        school.change(school.courses[ids.awkward_course], sis_id="CHEM/101 ?50%,b.json")
        school.change(school.sections[ids.awkward_section], sis_id="sec/7 ?50%,b.json")
        school.change(
            school.courses[ids.restricted_course],
            restrict_to_dates=True,
            start_at=moment(school.today + timedelta(days=14)),
            end_at=moment(school.today + timedelta(days=40)),
        )

    def _tell_rest(self, sections: int) -> None:
        ids = self.ids
        sizes = (3, 1, 4, 2, 5)
        at = 0
        while (left := sections - len(self.school.sections)) > 0:
            term, state = ids.current_term, "available"
            if at % 10 == 6:
                term, state = ids.past_term, "completed"
            elif at % 12 == 10:
                term = ids.future_term
            course = self._course(0, "completed" if state == "completed" else "available", term)
            for _ in range(min(left, sizes[at % len(sizes)])):
                section = self._section(course)
                teacher = self.teachers[section.id % len(self.teachers)]
                enroll(self.school, section, teacher, "teacher")
                self._fill(section)
            at += 1

    def _course(self, id: int, state: CourseState = "available", term: int = 0) -> Course:
        school, ids = self.school, self.ids
        number = len(school.courses)
        topic, code, department, subject = TOPICS[number % len(TOPICS)]
        course = Course(
            id or ids.course + number,
            LEVELS[number // len(TOPICS) % len(LEVELS)].format(topic)
            + (f" {number // 44 + 1}" if number >= 44 else ""),
            (*ids.parts, ids.root)[number % 4],
            term or ids.current_term,
            code=f"{code}-{100 + number}",
            sis_id=f"{code}-{100 + number}" if number % 9 != 8 else None,
            integration_id=f"course-int-{number}" if number % 6 == 0 else None,
            state=state,
            description=f"{topic}, from its first questions to its open ones.",
            syllabus=f"<p>Welcome to <b>{topic}</b>.</p>" if number % 3 == 0 else None,
            department=department,
            subject=subject,
            credits=(0, 3, 1.5, 4)[number % 4],
            lowest_grade="higher" if self.campus else "9",
            highest_grade="higher" if self.campus else ("10", "12")[number % 2],
            time_zone=school.time_zone,
            image_url=f"https://images.{school.email_domain}/course-{number}.png"
            if number % 5 == 0
            else None,
            is_public=(None, False, True)[number % 3],
            format=(None, "on_campus", "online", "blended")[number % 4],
            is_synced=number % 2 == 0,
            uuid=f"course{number:034}",
            created_at=moment(school.today - timedelta(days=200)),
        )
        school.add(course)
        return course

    def _section(self, course: Course, id: int = 0) -> Section:
        school, ids = self.school, self.ids
        number = len(school.sections)
        inside = len(school.sections_of_course(course.id)) + 1
        term = school.terms[course.term_id]
        hour = 8 + number % 8
        later = (ids.future_term,) if course.term_id == ids.current_term and number % 6 == 5 else ()
        section = Section(
            id or ids.sections[0] + number,
            f"Section {inside:02}",
            course.id,
            sis_id=f"{course.code}-{inside:02}-{term.sis_id}" if number % 10 != 9 else None,
            integration_id=f"section-int-{number}" if number % 5 == 0 else None,
            code=f"{inside:02}",
            description="Bring a notebook." if number % 4 == 0 else "",
            location=f"Room {100 + number % 40}" if number % 3 else "",
            meeting_days=((1, 3, 5), (2, 4), (), (0, 6))[number % 4],
            start_time=f"{hour:02}:30" if number % 4 != 2 else "",
            end_time=f"{hour + 1:02}:20" if number % 4 != 2 else "",
            term_ids=(term.id, *later),
            lowest_grade=course.lowest_grade,
            highest_grade=course.highest_grade,
            subject=course.subject,
            access_code=f"{number:05}-LAKES"[:11] if number % 2 == 0 else "",
            start_at=term.start_at if number % 3 == 0 else None,
            end_at=term.end_at if number % 3 == 0 else None,
            restrict_to_dates=(None, False)[number % 2],
            is_synced=course.is_synced,
            created_at=moment(school.today - timedelta(days=150)),
        )
        school.add(section)
        return section

    def _fill(self, section: Section, start: int | None = None) -> None:
        """About twelve students who sit side by side in the list of all (the last six never)."""
        size = len(self.students) - 6
        first = self.random.randrange(size) if start is None else start
        for at in range(first, first + self.random.randint(8, 16)):
            enroll(self.school, section, self.students[at % size])
