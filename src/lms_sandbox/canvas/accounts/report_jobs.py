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

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.jobs import Job, JobQueue
from lms_sandbox.data.models import Course
from lms_sandbox.data.school import School

FILE_PATH = re.compile(r"(?:/accounts/\d+)?/files/(\d+)/download")
_FIRST_FILE_ID = 7000

ReportRows = Iterable[tuple[Any, ...]]
ReportStatus = Literal["created", "running", "compiling", "complete", "error", "aborted", "deleted"]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report that may be asked for."""

    title: str
    columns: tuple[str, ...]
    write_rows: Callable[[School, list[Course]], ReportRows]  # the rows below the head
    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> description
    required: frozenset[str] = frozenset()


@dataclass(slots=True)
class ReportRun:
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
    def status(self) -> ReportStatus:
        if self.is_deleted:
            return "deleted"
        if self.job.is_cancelled:
            return "aborted"
        if self.job.is_finished:
            return "error" if self.job.has_failed else "complete"
        if self.job.progress <= 0:
            return "created"
        return "running" if self.job.progress < 0.8 else "compiling"

    @property
    def has_file(self) -> bool:
        return self.job.is_finished and not self.job.is_cancelled and not self.job.has_failed

    @property
    def file_id(self) -> int:
        return _FIRST_FILE_ID + self.id

    @property
    def verifier(self) -> str:
        """What lets anybody have the file who knows it."""
        return sha256(f"file {self.file_id}".encode()).hexdigest()[:40]

    @property
    def text(self) -> str:
        return "".join(self.lines)


class ReportRuns:
    """One school's; they go on as jobs do."""

    def __init__(self, school: School, quirks: CanvasQuirks) -> None:
        self._school = school
        self._jobs = JobQueue(quirks)
        self._runs: dict[int, ReportRun] = {}

    def start(
        self,
        kind: str,
        account_id: int,
        user_id: int,
        parameters: Any,
        error: str | None,
        clock_time: float,
    ) -> ReportRun:
        """Ask for a report. `fault`: why it will come to nothing; None: it will be written."""

        def run_step() -> tuple[str, str] | None:
            return None if error is None else (error, kind)

        job = self._jobs.start(
            [run_step], user_id=user_id, now=self._school.now, clock_time=clock_time
        )
        run = ReportRun(
            kind, account_id, parameters, job, self._write_lines(REPORT_KINDS[kind], account_id)
        )
        self._runs[run.id] = run
        return run

    def _write_lines(self, kind: ReportKind, account_id: int) -> list[str]:
        school = self._school
        courses = [
            course
            for account in school.accounts_under(account_id)
            for course in school.courses_of_account(account.id)
            if course.state != "deleted"
        ]
        lines = []
        for cells in (kind.columns, *kind.write_rows(school, courses)):
            buffer = StringIO()
            csv.writer(buffer, lineterminator="\n").writerow(cells)
            lines.append(buffer.getvalue())
        return lines

    def runs_of_kind(self, kind: str, account_id: int) -> list[ReportRun]:
        """The account's runs of a kind, newest first, without those that were deleted."""
        active_runs = (run for run in self._runs.values() if not run.is_deleted)
        return [run for run in active_runs if (run.kind, run.account_id) == (kind, account_id)][
            ::-1
        ]

    def run_of_file(self, file_id: int) -> ReportRun | None:
        """The run that wrote a file, where it did; None where there is no such file (any more)."""
        run = self._runs.get(file_id - _FIRST_FILE_ID)
        return run if run is not None and run.has_file and not run.is_deleted else None

    def run_due(self, clock_time: float, now: datetime) -> None:
        """Go on with what is due by the clock."""
        self._jobs.run_due(clock_time, now)

    def poll(self, run: ReportRun) -> None:
        """Take note that a run was asked about."""
        self._jobs.poll(run.job, self._school.now)


def _write_last_access(school: School, courses: list[Course]) -> ReportRows:
    user_ids = {
        enrollment.user_id
        for user_id in courses
        for enrollment in school.enrollments_of_course(user_id.id)
    }
    for user in (school.users[user_id] for user_id in sorted(user_ids)):
        last_login_at = user.last_login_at
        yield (
            user.id,
            user.sis_id,
            user.full_name,
            last_login_at and last_login_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


def _write_grades(school: School, courses: list[Course]) -> ReportRows:
    for course in courses:
        for enrollment in school.enrollments_of_course(course.id):
            if enrollment.role == "student" and enrollment.state == "active":
                user = school.users[enrollment.user_id]
                section = school.sections[enrollment.section_id]
                yield (
                    user.full_name,
                    user.id,
                    course.name,
                    course.id,
                    section.name,
                    enrollment.score,
                )


def _write_courses(school: School, courses: list[Course]) -> ReportRows:
    for course in courses:
        yield course.id, course.sis_id, course.code, course.name, course.account_id, course.state


def _write_unpublished(school: School, courses: list[Course]) -> ReportRows:
    return _write_courses(school, [course for course in courses if course.state == "unpublished"])


def _write_no_rows(school: School, courses: list[Course]) -> ReportRows:
    return ()


_TERM_PARAMETER = {"enrollment_term_id": "The canvas id of the term to get grades from"}
_DELETED_PARAMETER = {"include_deleted": "Include deleted objects"}
_COURSE_COLUMNS = (
    "canvas_course_id", "course_id", "short_name", "long_name", "canvas_account_id", "status"
)  # fmt: skip
REPORT_KINDS: Mapping[str, ReportKind] = {
    "grade_export_csv": ReportKind(
        "Grade Export",
        ("student name", "student id", "course", "course id", "section", "current score"),
        _write_grades,
        {**_TERM_PARAMETER, **_DELETED_PARAMETER},
        frozenset({"enrollment_term_id"}),
    ),
    "last_user_access_csv": ReportKind(
        "Last User Access",
        ("user id", "user sis id", "user name", "last access at"),
        _write_last_access,
        {**_TERM_PARAMETER, "course_id": "The course to report on"},
    ),
    "provisioning_csv": ReportKind(
        "Provisioning",
        _COURSE_COLUMNS,
        _write_courses,
        {
            **_TERM_PARAMETER,
            **_DELETED_PARAMETER,
            "users": "Get the Provisioning file for users",
            "courses": "Get the Provisioning file for courses",
            "sections": "Get the Provisioning file for sections",
            "enrollments": "Get the Provisioning file for enrollments",
        },
    ),
    "student_assignment_outcome_map_csv": ReportKind(
        "Student Competency",
        ("student name", "student id", "assignment title", "learning outcome name"),
        _write_no_rows,
    ),
    "unpublished_courses_csv": ReportKind(
        "Unpublished Courses", _COURSE_COLUMNS, _write_unpublished, dict(_TERM_PARAMETER)
    ),
}
