"""Terms."""

from datetime import datetime

import strawberry

from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.node import TenantObject, is_type_of_kind, reference_by_id
from lms_gateway.schema.declarations.record_fields import field


@strawberry.federation.type(
    keys=["id"], description="A Canvas enrollment term, or a Schoology grading period."
)
class Term(TenantObject):
    is_type_of = is_type_of_kind(Kind.TERM)
    resolve_reference = reference_by_id(Kind.TERM)

    name: str | None = field("Name, for example Fall 2026.")
    start_at: datetime | None = field("Start; null if the vendor has none.")
    end_at: datetime | None = field("End; null if the vendor has none.")
    is_active: bool | None = field("Whether the term includes today.")
