"""Work that Canvas does after it has answered: batches of courses, and course copies.

A job's steps are taken one by one as time goes by (or as it is asked about, by `CanvasHabits`), so
that a reader may find half of them done.

https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lms_gateway.sandbox.canvas.habits import CanvasHabits

Step = Callable[[], tuple[str, str] | None]
"""A piece of work; returns why it could not be done and what it was about, None where it was."""


@dataclass
class Job:
    id: int
    account_id: int  # for a copy: 0
    course_id: int  # for a batch: 0
    user_id: int
    created_at: datetime
    begun: float  # by the sandbox's clock, in seconds
    steps: Sequence[Step] = field(repr=False)
    updated_at: datetime
    taken: int = 0  # of the steps
    polls: int = 0
    share: float = 0.0  # of the work, from 0 to 1
    faults: list[tuple[str, str]] = field(default_factory=list)
    is_cancelled: bool = False

    @property
    def is_over(self) -> bool:
        return self.is_cancelled or self.share >= 1.0

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a single step that went well."""
        return self.is_cancelled or (self.share >= 1.0 and 0 < len(self.steps) == len(self.faults))

    def advance(self, share: float, now: datetime) -> None:
        """Take the steps that are due when `share` of the work is done."""
        if self.is_over or share <= self.share:
            return
        self.share, self.updated_at = min(share, 1.0), now
        due = len(self.steps) if self.share >= 1.0 else int(len(self.steps) * self.share)
        for step in self.steps[self.taken : due]:
            if (fault := step()) is not None:
                self.faults.append(fault)
        self.taken = max(self.taken, due)


class Jobs:
    """One school's jobs, and the alerts that copies of quizzes leave behind."""

    def __init__(self, habits: CanvasHabits) -> None:
        self._habits = habits
        self._jobs: dict[int, Job] = {}
        self._waiting: dict[int, Job] = {}
        self.quiz_alerts: set[tuple[int, int]] = set()
        """(User id, course id) of who is still told that a copied quiz came over in part."""

    def start(
        self,
        steps: Sequence[Step],
        *,
        user_id: int,
        now: datetime,
        at: float,
        account_id: int = 0,
        course_id: int = 0,
    ) -> Job:
        """Take on a job; nothing of it is done yet."""
        job = Job(
            len(self._jobs) + 1, account_id, course_id, user_id, now, at, steps, updated_at=now
        )
        self._jobs[job.id] = self._waiting[job.id] = job
        return job

    def get(self, id: str) -> Job | None:
        return self._jobs.get(int(id)) if id.isdecimal() else None

    def run(self, at: float, now: datetime) -> None:
        """Do what is due by the clock; nothing where jobs advance as they are polled."""
        if self._habits.jobs_advance != "clock":
            return
        for job in list(self._waiting.values()):
            seconds = self._habits.job_seconds
            job.advance(1.0 if seconds <= 0 else (at - job.begun) / seconds, now)
            if job.is_over:
                del self._waiting[job.id]

    def poll(self, job: Job, now: datetime) -> None:
        """Take note that a job was asked about, and do what is due by that."""
        job.polls += 1
        if self._habits.jobs_advance == "polls":
            job.advance(job.polls / max(1, self._habits.job_polls), now)
