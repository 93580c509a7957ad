"""Starts, aborts and deletes reports of an account.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, VendorOperation
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import path_ids
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.documents import read_report
from lms_gateway.vendors.canvas.rows.ids import is_report_name
from lms_gateway.vendors.canvas.writes.input_mapping import encode_value
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

_REPORTS = "/accounts/:account_id/reports/:report"
_START = WriteOperation(
    "POST",
    _REPORTS,
    not_found("account or report", "report"),
    bad_input("Canvas rejected the report's parameters", "parameters"),
)
_DELETE = WriteOperation("DELETE", f"{_REPORTS}/:id", not_found("report", "report"))
_ABORT = WriteOperation("PUT", f"{_REPORTS}/:id/abort", not_found("running report", "report"))


def start_report(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Start a report as a job; `detail` is the `report`."""
    name = command.values.get("report")
    if not is_report_name(name):
        return rejected(bad_input("not the name of a report", "report"))
    parameters = command.values.get("parameters")
    body = {"parameters": encode_value(parameters)} if parameters else None
    account = owner_id(command.target, Kind.ACCOUNT)
    reply = yield from session.send(_START, account, str(name), json=body)
    return CommandResult(CommandStatus.ACCEPTED, detail={"report": _read(reply, str(name))})


def delete_report(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Delete a report; `detail` is the `report` of Canvas's reply."""
    ids = path_ids(command.target)
    reply = yield from session.send(_DELETE, *ids)
    return confirmed(None, detail={"report": _read(reply, ids[1])})


def abort_report(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Abort a running report; `detail` is the `report`."""
    ids = path_ids(command.target)
    reply = yield from session.send(_ABORT, *ids)
    report = _read(reply, ids[1])
    problems = []
    if report.get("status") not in (None, "aborted"):
        problems.append(conflict("Canvas did not abort the report", "report"))
    return confirmed(None, problems, {"report": report})


def _read(reply: Reply, name: str) -> dict[str, Any]:
    return {"report": name} | read_report(reply.decode())
