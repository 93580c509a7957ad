"""What requests of one process share: idempotent outcomes, and jobs that are watched."""

from dataclasses import dataclass, field
from typing import Any

from lms_gateway.schema.jobs.polling import JobPoller
from lms_gateway.schema.mutations.idempotency import IdempotencyStore


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One for the process, whatever configurations come and go."""

    idempotency_store: IdempotencyStore[Any] = field(default_factory=IdempotencyStore)
    job_poller: JobPoller = field(default_factory=JobPoller)
