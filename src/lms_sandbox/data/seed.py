"""Builder of a sample school: records with known ids first, then ordinary courses."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from lms_sandbox.data import models
from lms_sandbox.data.dates import half_year, moment
from lms_sandbox.data.fake_people import COURSE_NAME_PATTERNS, TOPICS, enroll, new_user
from lms_sandbox.data.known_ids import KnownIds
from lms_sandbox.data.school import School


class SchoolSeeder:
    """Fills one school: records with known ids, then ordinary courses.

    `is_university` selects faculties and the names of a university; otherwise it is a high school.
    """

    def __init__(self, school: School, ids: KnownIds, random: Random, *, is_university: bool) -> None:
        self.school, self.ids, self.random, self.is_university = school, ids, random, is_university
        self.teachers: list[models.User] = []
        self.students: list[models.User] = []

    def seed(self, sections: int) -> None:
        """Add all records. The school gets `sections` sections, or 13 if that is more."""
        self._seed_institution()
        self._seed_people(sections)
        self._seed_known_records()
        self._seed_ordinary_courses(sections)

    def _seed_institution(self) -> None:
        school, ids = self.school, self.ids
        place: dict[str, Any] = {"city": "Alder Falls", "region": "CO", "postal_code": "80999"}
        school.change(
            school.root, uuid="r" * 40, website=f"https://www.{school.email_domain}", code="ROOT",
            address="1 Elm Street", phone="555-0100", time_zone=school.time_zone, **place,
        )  # fmt: skip
        names, third_parent = ("North Building", "South Building", "North Annex"), ids.root
        if self.is_university:
            names = ("Faculty of Science", "Faculty of Letters", "Life Sciences")
            third_parent = ids.sub_accounts[0]
        accounts = zip(ids.sub_accounts, names, (ids.root, ids.root, third_parent), strict=True)
        for number, (id, name, parent) in enumerate(accounts, 1):
            school.add(
                models.Account(
                    id, name, parent, sis_id=f"ACC-{number}", integration_id=f"acc-int-{number}",
                    time_zone=school.time_zone, code=f"B{number}", uuid=f"{number - 1}" * 40,
                    address=f"{number + 1} Elm Street", **place,
                )
            )  # fmt: skip
        created = moment(school.today - timedelta(days=900))
        for id, steps in ((ids.past_term, -1), (ids.current_term, 0), (ids.future_term, 1)):
            start, end = half_year(school.today, steps)
            season = "Autumn" if start.month > 6 else "Spring"
            name, sis_id = f"{season} {start.year}", f"{season[:2].upper()}{start.year}"
            school.add(models.Term(id, name, start, end, sis_id, f"term-int-{id}", created_at=created))
        if self.is_university:
            school.add(models.Term(id=1, name="Default Term", is_default=True, created_at=created))

    def _seed_people(self, sections: int) -> None:
        school, ids = self.school, self.ids
        positions: dict[int, models.Position] = {
            ids.admin: "admin",
            ids.teacher: "teacher",
            ids.student: "student",
            ids.ta: "teacher" if not self.is_university else "student",
            ids.observer: "parent",
            ids.designer: "teacher",
            ids.invited: "student",
            ids.awkward_user: "student",
            ids.test_student: "student",
        }
        for index, (id, position) in enumerate(positions.items()):
            user = new_user(index, position, school)
            user.id = id
            school.add(user)
        users = school.users
        school.admins[ids.root].add(ids.admin)
        school.change(users[ids.admin], given_name="Gateway", family_name="Service")
        school.change(
            users[ids.student], parent_ids=(ids.observer,), pronouns="They/Them",
            preferred_name="Sunny", middle_name="Ann"
        )  # fmt: skip
        school.change(users[ids.observer], child_ids=(ids.student,), sis_id=None)
        school.change(users[ids.invited], state="unconfirmed", last_login_at=None)
        school.change(users[ids.awkward_user], sis_id="u/8 ?50%,b.json")
        school.change(users[ids.test_student], given_name="Test", family_name="Student",
                      sis_id=None, username="", email="")  # fmt: skip
        teachers = max(6, sections // 4)
        for number in range(teachers + max(60, sections * 3)):
            is_teacher = number < teachers
            user = new_user(number + len(positions), "teacher" if is_teacher else "student", school)
            user.account_id = ids.sub_accounts[number % 2]
            user.is_synced = number % 4 == 0
            school.add(user)
            (self.teachers if is_teacher else self.students).append(user)

    def _seed_known_records(self) -> None:
        school, ids = self.school, self.ids
        users = school.users
        teacher = users[ids.teacher]
        main_course = self._add_course(ids.course)
        school.change(main_course, name="Introduction to Biology", code="BIO-101", sis_id="BIO-101")
        for index, id in enumerate(ids.sections):
            section = self._add_section(main_course, id)
            enroll(school, section, teacher, "teacher")
            if index < 3:
                self._enroll_students(section, start=index * 12)
        first, second = (school.sections[id] for id in ids.sections[:2])
        enroll(school, first, users[ids.student])
        enroll(school, second, users[ids.student])
        enroll(school, second, users[ids.ta], "ta", limited_to_section=True)
        enroll(school, first, users[ids.observer], "observer", observed_user=users[ids.student])
        enroll(school, first, users[ids.designer], "designer")
        enroll(school, first, users[ids.invited], state="invited")
        enroll(school, first, users[ids.awkward_user])
        enroll(school, first, users[ids.test_student], "test_student")
        other_states: Sequence[models.EnrollmentState] = (
            "requested", "inactive", "completed", "archived", "rejected", "deleted"
        )  # fmt: skip
        for state, student in zip(other_states, self.students[-6:], strict=True):
            enroll(school, first, student, state=state)

        host, original = self._add_course(ids.host_course), self._add_course(ids.original_course)
        for course in (host, host, original):
            section = self._add_section(course)
            enroll(school, section, teacher, "teacher")
            self._enroll_students(section)
        crosslisted = school.sections[ids.crosslisted_section]
        school.change(crosslisted, original_course_id=ids.original_course)
        school.nicknames[ids.teacher, ids.host_course] = "Mondays"

        special_courses: tuple[tuple[int, models.CourseState], ...] = (
            (ids.unpublished_course, "unpublished"),
            (ids.concluded_course, "completed"),
            (ids.deleted_course, "deleted"),
            (ids.awkward_course, "available"),
            (ids.restricted_course, "available"),
            (ids.future_course, "available"),
        )
        terms = {ids.concluded_course: ids.past_term, ids.future_course: ids.future_term}
        for id, course_state in special_courses:
            course = self._add_course(id, course_state, terms.get(id, ids.current_term))
            section = self._add_section(course)
            enroll(school, section, self.teachers[0], "teacher")
            enroll(school, section, users[ids.student],
                   state="completed" if course_state == "completed" else "active")  # fmt: skip
            self._enroll_students(section)
        school.change(school.courses[ids.awkward_course], sis_id="CHEM/101 ?50%,b.json")
        school.change(school.sections[ids.awkward_section], sis_id="sec/7 ?50%,b.json")
        school.change(
            school.courses[ids.restricted_course],
            restrict_to_dates=True,
            start_at=moment(school.today + timedelta(days=14)),
            end_at=moment(school.today + timedelta(days=40)),
        )

    def _seed_ordinary_courses(self, sections: int) -> None:
        ids = self.ids
        sizes = (3, 1, 4, 2, 5)
        course_index = 0
        while (missing := sections - len(self.school.sections)) > 0:
            term, state = ids.current_term, "available"
            if course_index % 10 == 6:
                term, state = ids.past_term, "completed"
            elif course_index % 12 == 10:
                term = ids.future_term
            course = self._add_course(0, "completed" if state == "completed" else "available", term)
            for _ in range(min(missing, sizes[course_index % len(sizes)])):
                section = self._add_section(course)
                teacher = self.teachers[section.id % len(self.teachers)]
                enroll(self.school, section, teacher, "teacher")
                self._enroll_students(section)
            course_index += 1

    def _add_course(self, id: int, state: models.CourseState = "available", term: int = 0) -> models.Course:
        school, ids = self.school, self.ids
        index = len(school.courses)
        topic, code, department, subject = TOPICS[index % len(TOPICS)]
        course = models.Course(
            id or ids.course + index,
            COURSE_NAME_PATTERNS[index // len(TOPICS) % len(COURSE_NAME_PATTERNS)].format(topic)
            + (f" {index // 44 + 1}" if index >= 44 else ""),
            (*ids.sub_accounts, ids.root)[index % 4],
            term or ids.current_term,
            code=f"{code}-{100 + index}",
            sis_id=f"{code}-{100 + index}" if index % 9 != 8 else None,
            integration_id=f"course-int-{index}" if index % 6 == 0 else None,
            state=state,
            description=f"{topic}, from its first questions to its open ones.",
            syllabus=f"<p>Welcome to <b>{topic}</b>.</p>" if index % 3 == 0 else None,
            department=department,
            subject=subject,
            credits=(0, 3, 1.5, 4)[index % 4],
            lowest_grade="higher" if self.is_university else "9",
            highest_grade="higher" if self.is_university else ("10", "12")[index % 2],
            time_zone=school.time_zone,
            image_url=None if index % 5 else f"https://images.{school.email_domain}/course-{index}.png",
            is_public=(None, False, True)[index % 3],
            format=(None, "on_campus", "online", "blended")[index % 4],
            is_synced=index % 2 == 0,
            uuid=f"course{index:034}",
            created_at=moment(school.today - timedelta(days=200)),
        )
        school.add(course)
        return course

    def _add_section(self, course: models.Course, id: int = 0) -> models.Section:
        school, ids = self.school, self.ids
        index = len(school.sections)
        number = len(school.sections_of_course(course.id)) + 1
        term = school.terms[course.term_id]
        hour = 8 + index % 8
        is_long = course.term_id == ids.current_term and index % 6 == 5
        section = models.Section(
            id or ids.sections[0] + index,
            f"Section {number:02}",
            course.id,
            sis_id=f"{course.code}-{number:02}-{term.sis_id}" if index % 10 != 9 else None,
            integration_id=f"section-int-{index}" if index % 5 == 0 else None,
            code=f"{number:02}",
            description="Bring a notebook." if index % 4 == 0 else "",
            location=f"Room {100 + index % 40}" if index % 3 else "",
            meeting_days=((1, 3, 5), (2, 4), (), (0, 6))[index % 4],
            start_time=f"{hour:02}:30" if index % 4 != 2 else "",
            end_time=f"{hour + 1:02}:20" if index % 4 != 2 else "",
            term_ids=(term.id, ids.future_term) if is_long else (term.id,),
            lowest_grade=course.lowest_grade,
            highest_grade=course.highest_grade,
            subject=course.subject,
            access_code=f"{index:05}-LAKES"[:11] if index % 2 == 0 else "",
            start_at=term.start_at if index % 3 == 0 else None,
            end_at=term.end_at if index % 3 == 0 else None,
            restrict_to_dates=(None, False)[index % 2],
            is_synced=course.is_synced,
            created_at=moment(school.today - timedelta(days=150)),
        )
        school.add(section)
        return section

    def _enroll_students(self, section: models.Section, start: int | None = None) -> None:
        """Enroll 8 to 16 students who are adjacent in the list of all students.

        The last six students are reserved for enrollments in other states.
        """
        student_count = len(self.students) - 6
        first_index = self.random.randrange(student_count) if start is None else start
        for student_index in range(first_index, first_index + self.random.randint(8, 16)):
            enroll(self.school, section, self.students[student_index % student_count])
