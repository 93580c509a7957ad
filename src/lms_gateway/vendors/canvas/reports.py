"""Starting, ending and deleting an account's reports.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from typing import Any

from lms_gateway.domain.changes import Act, Problem, Result, Status
from lms_gateway.domain.records import Kind
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.calls import change, is_report_name
from lms_gateway.vendors.canvas.desk import Desk, ids_of, refused
from lms_gateway.vendors.canvas.detail_values import read_report
from lms_gateway.vendors.canvas.details import owner_of
from lms_gateway.vendors.canvas.payloads import write
from lms_gateway.vendors.reads import Steps

_REPORTS = "/accounts/:account_id/reports/:report"
_REPORT = "/accounts/:account_id/reports/:report/:id"
_ABORT = "/accounts/:account_id/reports/:report/:id/abort"


def start_report(desk: Desk, act: Act) -> Steps[Result]:
    """Start a report, as a job; `detail` is the `report`."""
    name = act.values.get("report")
    if not is_report_name(name):
        return refused(Problem("BAD_USER_INPUT", "not the name of a report", "report"))
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such account or report", "report")
    desk.meaning = Problem(
        "BAD_USER_INPUT", "Canvas refused what the report is asked with", "parameters"
    )
    parameters = act.values.get("parameters")
    body = None if not parameters else {"parameters": write(parameters)}
    account = owner_of(act.of, Kind.ACCOUNT)
    reply = yield from desk.send(change("POST", _REPORTS, account, str(name), json=body))
    return Result(Status.ACCEPTED, detail={"report": _read(reply, str(name))})


def delete_report(desk: Desk, act: Act) -> Steps[Result]:
    """Delete a report; `detail` is the `report` as Canvas tells it then."""
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such report, or hides it", "report")
    account, name, own = ids_of(act)
    reply = yield from desk.send(change("DELETE", _REPORT, account, name, own))
    return Result(Status.CONFIRMED, detail={"report": _read(reply, name)})


def abort_report(desk: Desk, act: Act) -> Steps[Result]:
    """End a report that is running; `detail` is the `report`."""
    why = "Canvas knows no such report, or it is not running"
    desk.unknown = Problem("NOT_FOUND", why, "report")
    account, name, own = ids_of(act)
    reply = yield from desk.send(change("PUT", _ABORT, account, name, own))
    report = _read(reply, name)
    problems = []
    if report.get("status") not in (None, "aborted"):
        problems.append(Problem("CONFLICT", "Canvas left the report as it was", "report"))
    return Result(Status.CONFIRMED, problems=problems, detail={"report": report})


def _read(reply: Reply, name: str) -> dict[str, Any]:
    return {"report": name} | read_report(reply.decode())
