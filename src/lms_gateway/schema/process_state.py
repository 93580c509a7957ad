"""State that the requests of one process share."""

from dataclasses import dataclass, field
from typing import Any

from lms_gateway.schema.jobs.polling import JobPoller
from lms_gateway.schema.mutations.idempotency import IdempotencyStore


@dataclass(frozen=True, slots=True)
class ProcessState:
    """Outcomes of mutations and polls of jobs. One instance per process, across reloads."""

    idempotency_store: IdempotencyStore[Any] = field(default_factory=IdempotencyStore)
    job_poller: JobPoller = field(default_factory=JobPoller)
