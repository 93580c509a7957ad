"""An account's reports: which kinds there are, the runs of them, and what they write.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import StringIO
from typing import Any, Literal

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.jobs import Job, Jobs
from lms_gateway.sandbox.records import Course
from lms_gateway.sandbox.school import School

FILE = re.compile(r"(?:/accounts/\d+)?/files/(\d+)/download")
_FIRST_FILE = 7000

Cells = Iterable[tuple[Any, ...]]
Status = Literal["created", "running", "compiling", "complete", "error", "aborted", "deleted"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A report that may be asked for."""

    title: str
    head: tuple[str, ...]
    write: Callable[[School, list[Course]], Cells]  # the rows below the head
    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> description
    required: frozenset[str] = frozenset()


@dataclass(slots=True)
class Run:
    """A report that was asked for once."""

    kind: str
    account_id: int
    parameters: Any  # as they were sent: a tree, words where they came in a form; None: none
    job: Job
    lines: list[str]  # of the file, its head first
    is_deleted: bool = False

    @property
    def id(self) -> int:
        return self.job.id

    @property
    def status(self) -> Status:
        if self.is_deleted:
            return "deleted"
        if self.job.is_cancelled:
            return "aborted"
        if self.job.is_over:
            return "error" if self.job.has_failed else "complete"
        if self.job.share <= 0:
            return "created"
        return "running" if self.job.share < 0.8 else "compiling"

    @property
    def has_file(self) -> bool:
        return self.job.is_over and not self.job.is_cancelled and not self.job.has_failed

    @property
    def file_id(self) -> int:
        return _FIRST_FILE + self.id

    @property
    def verifier(self) -> str:
        """What lets anybody have the file who knows it."""
        return sha256(f"file {self.file_id}".encode()).hexdigest()[:40]

    @property
    def text(self) -> str:
        return "".join(self.lines)


class Reports:
    """One school's; they go on as jobs do."""

    def __init__(self, school: School, habits: CanvasHabits) -> None:
        self._school = school
        self._jobs = Jobs(habits)
        self._runs: dict[int, Run] = {}

    def start(
        self,
        kind: str,
        account_id: int,
        user_id: int,
        parameters: Any,
        fault: str | None,
        at: float,
    ) -> Run:
        """Ask for a report. `fault`: why it will come to nothing; None: it will be written."""

        def fail() -> tuple[str, str] | None:
            return None if fault is None else (fault, kind)

        job = self._jobs.start([fail], user_id=user_id, now=self._school.now, at=at)
        run = Run(kind, account_id, parameters, job, self._write(KINDS[kind], account_id))
        self._runs[run.id] = run
        return run

    def _write(self, kind: Kind, account_id: int) -> list[str]:
        school = self._school
        courses = [
            course
            for account in school.accounts_under(account_id)
            for course in school.courses_of_account(account.id)
            if course.state != "deleted"
        ]
        lines = []
        for cells in (kind.head, *kind.write(school, courses)):
            page = StringIO()
            csv.writer(page, lineterminator="\n").writerow(cells)
            lines.append(page.getvalue())
        return lines

    def of_kind(self, kind: str, account_id: int) -> list[Run]:
        """The account's runs of a kind, newest first, without those that were deleted."""
        found = (run for run in self._runs.values() if not run.is_deleted)
        return [run for run in found if (run.kind, run.account_id) == (kind, account_id)][::-1]

    def of_file(self, file_id: int) -> Run | None:
        """The run that wrote a file, where it did; None where there is no such file (any more)."""
        run = self._runs.get(file_id - _FIRST_FILE)
        return run if run is not None and run.has_file and not run.is_deleted else None

    def run(self, at: float, now: datetime) -> None:
        """Go on with what is due by the clock."""
        self._jobs.run(at, now)

    def poll(self, run: Run) -> None:
        """Take note that a run was asked about."""
        self._jobs.poll(run.job, self._school.now)


def _write_people(school: School, courses: list[Course]) -> Cells:
    found = {one.user_id for at in courses for one in school.enrollments_of_course(at.id)}
    for user in (school.users[at] for at in sorted(found)):
        when = user.last_login_at
        yield user.id, user.sis_id, user.full_name, when and when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_grades(school: School, courses: list[Course]) -> Cells:
    for course in courses:
        for one in school.enrollments_of_course(course.id):
            if one.role == "student" and one.state == "active":
                user = school.users[one.user_id]
                section = school.sections[one.section_id]
                yield user.full_name, user.id, course.name, course.id, section.name, one.score


def _write_courses(school: School, courses: list[Course]) -> Cells:
    for course in courses:
        yield course.id, course.sis_id, course.code, course.name, course.account_id, course.state


def _write_unpublished(school: School, courses: list[Course]) -> Cells:
    return _write_courses(school, [one for one in courses if one.state == "unpublished"])


def _write_nothing(school: School, courses: list[Course]) -> Cells:
    return ()


_TERM = {"enrollment_term_id": "The canvas id of the term to get grades from"}
_DELETED = {"include_deleted": "Include deleted objects"}
_COURSE_HEAD = (
    "canvas_course_id", "course_id", "short_name", "long_name", "canvas_account_id", "status"
)  # fmt: skip
KINDS: Mapping[str, Kind] = {
    "grade_export_csv": Kind(
        "Grade Export",
        ("student name", "student id", "course", "course id", "section", "current score"),
        _write_grades,
        {**_TERM, **_DELETED},
        frozenset({"enrollment_term_id"}),
    ),
    "last_user_access_csv": Kind(
        "Last User Access",
        ("user id", "user sis id", "user name", "last access at"),
        _write_people,
        {**_TERM, "course_id": "The course to report on"},
    ),
    "provisioning_csv": Kind(
        "Provisioning",
        _COURSE_HEAD,
        _write_courses,
        {
            **_TERM,
            **_DELETED,
            "users": "Get the Provisioning file for users",
            "courses": "Get the Provisioning file for courses",
            "sections": "Get the Provisioning file for sections",
            "enrollments": "Get the Provisioning file for enrollments",
        },
    ),
    "student_assignment_outcome_map_csv": Kind(
        "Student Competency",
        ("student name", "student id", "assignment title", "learning outcome name"),
        _write_nothing,
    ),
    "unpublished_courses_csv": Kind(
        "Unpublished Courses", _COURSE_HEAD, _write_unpublished, dict(_TERM)
    ),
}
