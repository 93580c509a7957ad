"""What requests of one process share: idempotent outcomes, and jobs that are watched."""

from dataclasses import dataclass, field
from typing import Any

from lms_gateway.schema.changes.ledger import Ledger
from lms_gateway.schema.watches import Watches


@dataclass(frozen=True, slots=True)
class Shared:
    """One for the process, whatever configurations come and go."""

    ledger: Ledger[Any] = field(default_factory=Ledger)
    watches: Watches = field(default_factory=Watches)
