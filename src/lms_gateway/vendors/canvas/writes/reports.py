"""Starting, ending and deleting an account's reports.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, VendorOperation
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import is_report_name, write_endpoint
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.documents import read_report
from lms_gateway.vendors.canvas.writes.input_mapping import encode_value
from lms_gateway.vendors.canvas.writes.session import WriteSession, path_ids, rejected
from lms_gateway.vendors.shared.steps import Steps

_REPORTS = "/accounts/:account_id/reports/:report"
_REPORT = "/accounts/:account_id/reports/:report/:id"
_ABORT = "/accounts/:account_id/reports/:report/:id/abort"


def start_report(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Start a report, as a job; `detail` is the `report`."""
    name = operation.values.get("report")
    if not is_report_name(name):
        return rejected(InputProblem("BAD_USER_INPUT", "not the name of a report", "report"))
    session.missing = InputProblem("NOT_FOUND", "Canvas knows no such account or report", "report")
    session.rejection = InputProblem(
        "BAD_USER_INPUT", "Canvas refused what the report is asked with", "parameters"
    )
    parameters = operation.values.get("parameters")
    body = None if not parameters else {"parameters": encode_value(parameters)}
    account = owner_id(operation.target, Kind.ACCOUNT)
    reply = yield from session.send(write_endpoint("POST", _REPORTS, account, str(name), json=body))
    return CommandResult(
        CommandStatus.ACCEPTED, detail={"report": _decode_report(reply, str(name))}
    )


def delete_report(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Delete a report; `detail` is the `report` as Canvas tells it then."""
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such report, or hides it", "report"
    )
    account, name, report_id = path_ids(operation)
    reply = yield from session.send(write_endpoint("DELETE", _REPORT, account, name, report_id))
    return CommandResult(CommandStatus.CONFIRMED, detail={"report": _decode_report(reply, name)})


def abort_report(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """End a report that is running; `detail` is the `report`."""
    message = "Canvas knows no such report, or it is not running"
    session.missing = InputProblem("NOT_FOUND", message, "report")
    account, name, report_id = path_ids(operation)
    reply = yield from session.send(write_endpoint("PUT", _ABORT, account, name, report_id))
    report = _decode_report(reply, name)
    problems = []
    if report.get("status") not in (None, "aborted"):
        problems.append(InputProblem("CONFLICT", "Canvas left the report as it was", "report"))
    return CommandResult(CommandStatus.CONFIRMED, problems=problems, detail={"report": report})


def _decode_report(reply: Reply, name: str) -> dict[str, Any]:
    return {"report": name} | read_report(reply.decode())
