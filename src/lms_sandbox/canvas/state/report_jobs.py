"""Account reports: the kinds, their runs, and the CSV files that they write.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from typing import Any, Literal

from lms_sandbox.canvas.http.serialization import serialize_timestamp
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
    """A report that can be requested."""

    title: str
    columns: tuple[str, ...]
    write_rows: Callable[[School, list[Course]], ReportRows]  # without the header
    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> description
    required: frozenset[str] = frozenset()


@dataclass(slots=True)
class ReportRun:
    """One run of a report."""

    kind: str
    account_id: int
    parameters: Any  # as sent: JSON values, or strings of a form; None if there are none
    job: Job
    lines: list[str]  # of the file, with the header
    is_deleted: bool = False

    @property
    def id(self) -> int:
        """The id of the run and of its job."""
        return self.job.id

    @property
    def status(self) -> ReportStatus:
        """The status as Canvas reports it."""
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
        """Whether the run ended successfully."""
        return self.job.is_finished and not self.job.is_cancelled and not self.job.has_failed

    @property
    def file_id(self) -> int:
        """The id of the file, even if it does not exist yet."""
        return _FIRST_FILE_ID + self.id

    @property
    def verifier(self) -> str:
        """The secret in the file's URL: it permits a download without a token."""
        return sha256(f"file {self.file_id}".encode()).hexdigest()[:40]

    @property
    def text(self) -> str:
        """The content of the file."""
        return "".join(self.lines)


class ReportRuns:
    """The report runs of a school; they progress as jobs do."""

    def __init__(self, school: School, quirks: CanvasQuirks) -> None:
        self._school = school
        self._jobs = JobQueue(school, quirks)
        self._runs: dict[int, ReportRun] = {}

    def start(
        self, kind: str, account_id: int, user_id: int, parameters: Any, error: str | None, clock_time: float
    ) -> ReportRun:
        """Start a run. With `error`, it ends with that error and without a file."""

        def run_step() -> tuple[str, str] | None:
            return None if error is None else (error, kind)

        job = self._jobs.start([run_step], user_id, clock_time)
        lines = self._write_lines(REPORT_KINDS[kind], account_id)
        run = ReportRun(kind, account_id, parameters, job, lines)
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
        """Return an account's runs of a kind, newest first, without deleted ones."""
        return [
            run
            for run in reversed(self._runs.values())
            if (run.kind, run.account_id) == (kind, account_id) and not run.is_deleted
        ]

    def run_of_file(self, file_id: int) -> ReportRun | None:
        """Return the run that wrote a file; None if the file does not exist or was deleted."""
        run = self._runs.get(file_id - _FIRST_FILE_ID)
        return run if run is not None and run.has_file and not run.is_deleted else None

    def run_due(self, clock_time: float) -> None:
        """Advance the runs that are due at a time, in seconds."""
        self._jobs.run_due(clock_time)

    def poll(self, run: ReportRun) -> None:
        """Count a poll of a run."""
        self._jobs.poll(run.job)


def _write_last_access(school: School, courses: list[Course]) -> ReportRows:
    enrollments = (school.enrollments_of_course(course.id) for course in courses)
    user_ids = {enrollment.user_id for rows in enrollments for enrollment in rows}
    for user in (school.users[user_id] for user_id in sorted(user_ids)):
        yield user.id, user.sis_id, user.full_name, serialize_timestamp(user.last_login_at)


def _write_grades(school: School, courses: list[Course]) -> ReportRows:
    for course in courses:
        for enrollment in school.enrollments_of_course(course.id):
            if enrollment.role == "student" and enrollment.state == "active":
                user = school.users[enrollment.user_id]
                section = school.sections[enrollment.section_id]
                student = (user.full_name, user.id)
                yield *student, course.name, course.id, section.name, enrollment.score


def _write_courses(school: School, courses: list[Course]) -> ReportRows:
    for course in courses:
        yield course.id, course.sis_id, course.code, course.name, course.account_id, course.state


def _write_unpublished(school: School, courses: list[Course]) -> ReportRows:
    return _write_courses(school, [course for course in courses if course.state == "unpublished"])


_TERM = {"enrollment_term_id": "The canvas id of the term to get grades from"}
_DELETED = {"include_deleted": "Include deleted objects"}
_OBJECTS = ("users", "courses", "sections", "enrollments")
_COURSE_COLUMNS = (
    "canvas_course_id", "course_id", "short_name", "long_name", "canvas_account_id", "status"
)  # fmt: skip
REPORT_KINDS: Mapping[str, ReportKind] = {
    "grade_export_csv": ReportKind(
        "Grade Export",
        ("student name", "student id", "course", "course id", "section", "current score"),
        _write_grades,
        _TERM | _DELETED,
        frozenset({"enrollment_term_id"}),
    ),
    "last_user_access_csv": ReportKind(
        "Last User Access",
        ("user id", "user sis id", "user name", "last access at"),
        _write_last_access,
        {**_TERM, "course_id": "The course to report on"},
    ),
    "provisioning_csv": ReportKind(
        "Provisioning",
        _COURSE_COLUMNS,
        _write_courses,
        _TERM | _DELETED | {name: f"Get the Provisioning file for {name}" for name in _OBJECTS},
    ),
    "student_assignment_outcome_map_csv": ReportKind(
        "Student Competency",
        ("student name", "student id", "assignment title", "learning outcome name"),
        lambda school, courses: (),
    ),
    "unpublished_courses_csv": ReportKind("Unpublished Courses", _COURSE_COLUMNS, _write_unpublished, _TERM),
}
