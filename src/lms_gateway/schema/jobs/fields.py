"""Jobs of a vendor: read once, or watched to their end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import strawberry

from lms_gateway.domain.models import ProgressState
from lms_gateway.domain.record import Kind
from lms_gateway.execution import load_field
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.declarations.record_fields import Info, field
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.sources import source_of
from lms_gateway.schema.types.account_details import Report
from lms_gateway.schema.types.refs import TenantType

strawberry.enum(ProgressState, description="How far a job has come.")


@strawberry.type(name="Progress", description="How far a vendor's job has come (Canvas only).")
class ProgressType(Node):
    is_type_of = is_type_of_kind(Kind.PROGRESS)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    state: ProgressState | None = field("state", "How far it has come; null if that is new.")
    completion: float | None = field("completion", "Per cent; null before it has begun.")
    tag: str | None = field("tag", "What kind of job it is, in the vendor's words.")
    message: str | None = field("message", "What the vendor says of it; null where nothing.")
    created_at: datetime | None = field("created_at", "When it was asked for.")
    updated_at: datetime | None = field("updated_at", "When it last moved.")


def _progress_load(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Any:
    global_id = decode_id(id, Kind.PROGRESS)
    return info.context.load_by_global_id(global_id.tenant, Kind.PROGRESS, global_id.key)


def _report_load(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Any:
    global_id = decode_id(id, Kind.REPORT)
    return info.context.load_by_global_id(global_id.tenant, Kind.REPORT, global_id.key)


def _watch_resolver(kind: Kind) -> Any:
    async def watch(info: Info, id: strawberry.ID) -> AsyncGenerator[Any, None]:
        global_id = decode_id(id, kind)
        target = info.context.load_by_global_id(global_id.tenant, kind, global_id.key)
        info.context.require_reading(global_id.tenant)
        poller = info.context.process_state.job_poller
        generator = poller.watch(target.session.backend, global_id.tenant, target.load)
        async with aclosing(generator) as updates:
            async for update in updates:
                yield source_of(global_id.tenant, update)

    return watch


def progress_field() -> Any:
    """`Query.progress(id:)`."""
    return load_field(
        _progress_load,
        returns=ProgressType | None,
        name="progress",
        description="A vendor's job by its `id`; null where the vendor knows no such one.",
    )


def report_field() -> Any:
    """`Query.report(id:)`."""
    return load_field(
        _report_load,
        returns=Report | None,
        name="report",
        description="A report by its `id`; null where it is gone (Canvas only).",
    )


@strawberry.type(description="What is pushed to clients.")
class Subscription:
    progress: AsyncGenerator[ProgressType | None, None] = strawberry.subscription(
        resolver=_watch_resolver(Kind.PROGRESS),
        description="A vendor's job, now and each time it has moved, to its end. However many "
        "watch it, the vendor is asked once.",
    )
    report: AsyncGenerator[Report | None, None] = strawberry.subscription(
        resolver=_watch_resolver(Kind.REPORT),
        description="A report, now and each time it has moved, to its end and its file's address "
        "(Canvas only).",
    )
