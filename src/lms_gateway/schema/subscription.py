"""The subscription root: jobs of a vendor until they end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import strawberry

from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.record_fields import CAPABILITY, Info
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.jobs.fields import PROGRESS, REPORT, ProgressId, ReportId
from lms_gateway.schema.sources import source_of
from lms_gateway.schema.types.canvas.account_operations import Report
from lms_gateway.schema.types.job import Progress


def _job_updates(kind: Kind, id_type: Any) -> Any:
    async def watch(info: Info, id: Any) -> AsyncGenerator[Any, None]:
        global_id = decode_id(id, kind)
        target = info.context.load_by_global_id(global_id.tenant, kind, global_id.key)
        info.context.require_reading(global_id.tenant)
        poller = info.context.process_state.job_poller
        generator = poller.watch(target.session.backend, global_id.tenant, target.load)
        async with aclosing(generator) as updates:
            async for update in updates:
                yield source_of(global_id.tenant, update)

    watch.__annotations__["id"] = id_type
    return watch


def _field(resolver: Any, capability: Limitation, description: str) -> Any:
    make_field: Any = strawberry.subscription
    return make_field(resolver=resolver, description=description, metadata={CAPABILITY: capability})


@strawberry.type(description="Events that the gateway pushes to clients.")
class Subscription:
    progress: AsyncGenerator[Progress | None, None] = _field(
        _job_updates(Kind.PROGRESS, ProgressId),
        PROGRESS,
        "A job of the vendor: its current state, then each change until it ends. All subscribers "
        "of a job share one poll.",
    )
    report: AsyncGenerator[Report | None, None] = _field(
        _job_updates(Kind.REPORT, ReportId),
        REPORT,
        "A report: its current state, then each change until it ends and its file is available "
        "(Canvas only).",
    )
