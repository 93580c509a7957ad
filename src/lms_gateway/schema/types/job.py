"""Jobs of a vendor."""

from datetime import datetime

import strawberry

from lms_gateway.domain.models import ProgressState
from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.node import TenantObject, is_type_of_kind
from lms_gateway.schema.declarations.record_fields import field


@strawberry.type(description="A job of the vendor (Canvas only).")
class Progress(TenantObject):
    is_type_of = is_type_of_kind(Kind.PROGRESS)

    state: ProgressState | None = field("State; null for an unrecognized state.")
    completion: float | None = field("Completed part in percent; null before the job starts.")
    tag: str | None = field("Type of the job, in the vendor's terms.")
    message: str | None = field("Message of the vendor; null if there is none.")
    created_at: datetime | None = field("Time of the request.")
    updated_at: datetime | None = field("Time of the last change.")
