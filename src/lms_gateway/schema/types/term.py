"""Terms."""

from datetime import datetime

import strawberry

from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    reference_by_id,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.declarations.record_fields import field
from lms_gateway.schema.types.refs import TenantType


@strawberry.federation.type(
    keys=["id"], description="A Canvas enrollment term, or a Schoology grading period."
)
class Term(Node):
    is_type_of = is_type_of_kind(Kind.TERM)
    resolve_reference = reference_by_id(Kind.TERM)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = field("Name, for example Fall 2026.")
    start_at: datetime | None = field("Start; null if the vendor has none.")
    end_at: datetime | None = field("End; null if the vendor has none.")
    is_active: bool | None = field("Whether the term includes today.")
