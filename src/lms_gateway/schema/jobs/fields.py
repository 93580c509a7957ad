"""Fields that read a vendor's job once."""

from typing import Annotated, Any

import strawberry

from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.loads import ById, OperationLoad
from lms_gateway.domain.record import Kind
from lms_gateway.execution import load_field
from lms_gateway.schema.declarations.record_fields import Info, makes_load
from lms_gateway.schema.ids import decode_id
from lms_gateway.schema.types.canvas.account_operations import Report
from lms_gateway.schema.types.job import Progress

PROGRESS = Limitation(ById, Kind.PROGRESS)
REPORT = Limitation(OperationLoad)

ProgressId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of a Progress.")]
ReportId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of a Report.")]


@makes_load(*PROGRESS[:2])
def _progress_load(root: strawberry.Parent[Any], info: Info, id: ProgressId) -> Any:
    global_id = decode_id(id, Kind.PROGRESS)
    return info.context.load_by_global_id(global_id.tenant, Kind.PROGRESS, global_id.key)


@makes_load(*REPORT[:2])
def _report_load(root: strawberry.Parent[Any], info: Info, id: ReportId) -> Any:
    global_id = decode_id(id, Kind.REPORT)
    return info.context.load_by_global_id(global_id.tenant, Kind.REPORT, global_id.key)


def progress_field() -> Any:
    """Return the field `Query.progress(id:)`."""
    return load_field(
        _progress_load,
        returns=Progress | None,
        description="A job of the vendor. Null without an error if it does not exist or is not visible.",
    )


def report_field() -> Any:
    """Return the field `Query.report(id:)`."""
    return load_field(
        _report_load,
        returns=Report | None,
        description="A report. Null without an error if it does not exist (Canvas only).",
    )
