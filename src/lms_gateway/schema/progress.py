"""Jobs of a vendor: read once, or watched to their end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import strawberry

from lms_gateway.domain.records import Kind, ProgressState
from lms_gateway.execution import loaded
from lms_gateway.schema.fields import Info, fact
from lms_gateway.schema.ids import read_id
from lms_gateway.schema.node import Node, is_kind, tenant_field, vendor_id_field
from lms_gateway.schema.sources import source_of
from lms_gateway.schema.types.account_details import Report
from lms_gateway.schema.types.refs import TenantType

strawberry.enum(ProgressState, description="How far a job has come.")


@strawberry.type(name="Progress", description="How far a vendor's job has come (Canvas only).")
class ProgressType(Node):
    is_type_of = is_kind(Kind.PROGRESS)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    state: ProgressState | None = fact("state", "How far it has come; null if that is new.")
    completion: float | None = fact("completion", "Per cent; null before it has begun.")
    tag: str | None = fact("tag", "What kind of job it is, in the vendor's words.")
    message: str | None = fact("message", "What the vendor says of it; null where nothing.")
    created_at: datetime | None = fact("created_at", "When it was asked for.")
    updated_at: datetime | None = fact("updated_at", "When it last moved.")


def _ask_progress(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Any:
    found = read_id(id, Kind.PROGRESS)
    return info.context.by_id(found.tenant, Kind.PROGRESS, found.key)


def _ask_report(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Any:
    found = read_id(id, Kind.REPORT)
    return info.context.by_id(found.tenant, Kind.REPORT, found.key)


def _watch_kind(kind: Kind) -> Any:
    async def watch(info: Info, id: strawberry.ID) -> AsyncGenerator[Any, None]:
        found = read_id(id, kind)
        target = info.context.by_id(found.tenant, kind, found.key)
        info.context.require_reading(found.tenant)
        watches = info.context.shared.watches
        watched = watches.follow(target.session.backend, found.tenant, target.ask)
        async with aclosing(watched) as news:
            async for item in news:
                yield source_of(found.tenant, item)

    return watch


def progress_field() -> Any:
    """`Query.progress(id:)`."""
    return loaded(
        _ask_progress,
        returns=ProgressType | None,
        name="progress",
        description="A vendor's job by its `id`; null where the vendor knows no such one.",
    )


def report_field() -> Any:
    """`Query.report(id:)`."""
    return loaded(
        _ask_report,
        returns=Report | None,
        name="report",
        description="A report by its `id`; null where it is gone (Canvas only).",
    )


@strawberry.type(description="What is pushed to clients.")
class Subscription:
    progress: AsyncGenerator[ProgressType | None, None] = strawberry.subscription(
        resolver=_watch_kind(Kind.PROGRESS),
        description="A vendor's job, now and each time it has moved, to its end. However many "
        "watch it, the vendor is asked once.",
    )
    report: AsyncGenerator[Report | None, None] = strawberry.subscription(
        resolver=_watch_kind(Kind.REPORT),
        description="A report, now and each time it has moved, to its end and its file's address "
        "(Canvas only).",
    )
