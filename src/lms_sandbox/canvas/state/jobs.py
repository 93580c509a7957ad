"""Work that Canvas does after it has responded: batches of courses, and course copies.

The steps of a job are executed one by one with time or with each poll (`CanvasQuirks`), so a
client can observe a job that is half done.

https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.data.school import School

JobStep = Callable[[], tuple[str, str] | None]
"""One step of a job. Returns None, or the reason of a failure and the item it concerns."""


@dataclass
class Job:
    """A batch of course updates, a course copy or a report."""

    id: int
    account_id: int  # 0 for a copy
    course_id: int  # 0 for a batch
    user_id: int
    created_at: datetime
    start_time: float  # seconds
    steps: Sequence[JobStep] = field(repr=False)
    updated_at: datetime
    executed_count: int = 0  # number of steps that were executed
    poll_count: int = 0
    progress: float = 0.0  # from 0 to 1
    failures: list[tuple[str, str]] = field(default_factory=list)
    is_cancelled: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether the job is completed, failed or canceled."""
        return self.is_cancelled or self.progress >= 1.0

    @property
    def has_failed(self) -> bool:
        """Whether the job was canceled, or every step failed."""
        return self.is_cancelled or (self.progress >= 1.0 and 0 < len(self.steps) == len(self.failures))

    def advance(self, progress: float, now: datetime) -> None:
        """Execute the steps that are due at a progress from 0 to 1."""
        if self.is_finished or progress <= self.progress:
            return
        self.progress, self.updated_at = min(progress, 1.0), now
        due_count = len(self.steps) if self.progress >= 1.0 else int(len(self.steps) * self.progress)
        for step in self.steps[self.executed_count : due_count]:
            if (failure := step()) is not None:
                self.failures.append(failure)
        self.executed_count = max(self.executed_count, due_count)


class JobQueue:
    """The jobs of a school, and the alerts that copies of quizzes leave."""

    def __init__(self, school: School, quirks: CanvasQuirks) -> None:
        self._school, self._quirks = school, quirks
        self._jobs: dict[int, Job] = {}
        self._unfinished: dict[int, Job] = {}
        self.quiz_alerts: set[tuple[int, int]] = set()
        """(user id, course id) of each user who still sees the alert about incomplete quizzes."""

    def start(
        self,
        steps: Sequence[JobStep],
        user_id: int,
        clock_time: float,
        *,
        account_id: int = 0,
        course_id: int = 0,
    ) -> Job:
        """Add a job without executing a step. `clock_time` is in seconds."""
        number, now = len(self._jobs) + 1, self._school.now
        job = Job(number, account_id, course_id, user_id, now, clock_time, steps, updated_at=now)
        self._jobs[job.id] = self._unfinished[job.id] = job
        return job

    def get(self, id: str) -> Job | None:
        """Return the job with an id; None if there is none."""
        return self._jobs.get(int(id)) if id.isdecimal() else None

    def run_due(self, clock_time: float) -> None:
        """Execute the steps that are due at a time, in seconds; none if jobs advance by polls."""
        if self._quirks.jobs_advance != "clock":
            return
        for job in list(self._unfinished.values()):
            seconds, elapsed = self._quirks.job_seconds, clock_time - job.start_time
            job.advance(1.0 if seconds <= 0 else elapsed / seconds, self._school.now)
            if job.is_finished:
                del self._unfinished[job.id]

    def poll(self, job: Job) -> None:
        """Count a poll; execute the steps that are due by it if jobs advance by polls."""
        job.poll_count += 1
        if self._quirks.jobs_advance == "polls":
            progress = job.poll_count / max(1, self._quirks.job_poll_count)
            job.advance(progress, self._school.now)
