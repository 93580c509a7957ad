"""Work that Canvas does after it has answered: batches of courses, and course copies.

A job's steps are taken one by one as time goes by (or as it is asked about, by `CanvasHabits`), so
that a reader may find half of them done.

https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lms_sandbox.canvas.quirks import CanvasQuirks

JobStep = Callable[[], tuple[str, str] | None]
"""A piece of work; returns why it could not be done and what it was about, None where it was."""


@dataclass
class Job:
    id: int
    account_id: int  # for a copy: 0
    course_id: int  # for a batch: 0
    user_id: int
    created_at: datetime
    start_time: float  # by the sandbox's clock, in seconds
    steps: Sequence[JobStep] = field(repr=False)
    updated_at: datetime
    executed_count: int = 0  # of the steps
    poll_count: int = 0
    progress: float = 0.0  # of the work, from 0 to 1
    failures: list[tuple[str, str]] = field(default_factory=list)
    is_cancelled: bool = False

    @property
    def is_finished(self) -> bool:
        return self.is_cancelled or self.progress >= 1.0

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a single step that went well."""
        return self.is_cancelled or (
            self.progress >= 1.0 and 0 < len(self.steps) == len(self.failures)
        )

    def advance(self, progress: float, now: datetime) -> None:
        """Take the steps that are due when `share` of the work is done."""
        if self.is_finished or progress <= self.progress:
            return
        self.progress, self.updated_at = min(progress, 1.0), now
        due_count = (
            len(self.steps) if self.progress >= 1.0 else int(len(self.steps) * self.progress)
        )
        for step in self.steps[self.executed_count : due_count]:
            if (failure := step()) is not None:
                self.failures.append(failure)
        self.executed_count = max(self.executed_count, due_count)


class JobQueue:
    """One school's jobs, and the alerts that copies of quizzes leave behind."""

    def __init__(self, quirks: CanvasQuirks) -> None:
        self._quirks = quirks
        self._jobs: dict[int, Job] = {}
        self._unfinished: dict[int, Job] = {}
        self.quiz_alerts: set[tuple[int, int]] = set()
        """(User id, course id) of who is still told that a copied quiz came over in part."""

    def start(
        self,
        steps: Sequence[JobStep],
        *,
        user_id: int,
        now: datetime,
        clock_time: float,
        account_id: int = 0,
        course_id: int = 0,
    ) -> Job:
        """Take on a job; nothing of it is done yet."""
        job = Job(
            len(self._jobs) + 1,
            account_id,
            course_id,
            user_id,
            now,
            clock_time,
            steps,
            updated_at=now,
        )
        self._jobs[job.id] = self._unfinished[job.id] = job
        return job

    def get(self, id: str) -> Job | None:
        return self._jobs.get(int(id)) if id.isdecimal() else None

    def run_due(self, clock_time: float, now: datetime) -> None:
        """Do what is due by the clock; nothing where jobs advance as they are polled."""
        if self._quirks.jobs_advance != "clock":
            return
        for job in list(self._unfinished.values()):
            seconds = self._quirks.job_seconds
            job.advance(1.0 if seconds <= 0 else (clock_time - job.start_time) / seconds, now)
            if job.is_finished:
                del self._unfinished[job.id]

    def poll(self, job: Job, now: datetime) -> None:
        """Take note that a job was asked about, and do what is due by that."""
        job.poll_count += 1
        if self._quirks.jobs_advance == "polls":
            job.advance(job.poll_count / max(1, self._quirks.job_poll_count), now)
