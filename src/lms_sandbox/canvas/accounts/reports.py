"""Endpoints of account reports.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from functools import partial
from typing import Any

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields, serialize_timestamp
from lms_sandbox.canvas.state.report_jobs import REPORT_KINDS, ReportRun

_FILE_KIND = {"upload_status": "success", "content-type": "text/csv", "mime_class": "file"}


@route("GET", "/accounts/:account_id/reports")
def list_available(request: CanvasRequest) -> ObjectResponse:
    """Return the kinds of reports by title, without pages."""
    account = request.managed_account()
    rows: list[Json] = []
    for name, kind in sorted(REPORT_KINDS.items(), key=lambda item: item[1].title):
        runs = request.canvas.reports.runs_of_kind(name, account.id)
        parameters = {
            key: {"required": key in kind.required, "description": description}
            for key, description in kind.parameters.items()
        }
        row: Json = {
            "title": kind.title,
            "parameters": parameters or None,
            "report": name,
            "last_run": _serialize(request, runs[0]) if runs else None,
        }
        if "description_html" in request.includes:
            row["description_html"] = f"<p>{kind.title}</p>"
        if "parameters_html" in request.includes:
            inputs = (f'<input name="parameters[{key}]">' for key in kind.parameters)
            row["parameters_html"] = "".join(inputs) or None
        rows.append(row)
    return request.unpaginated(rows)


@route("POST", "/accounts/:account_id/reports/:report")
def start(request: CanvasRequest) -> ObjectResponse:
    account = request.managed_account()
    kind = request.path_params["report"]
    if kind not in REPORT_KINDS:
        raise request.not_found()
    parameters = request.params.nested("parameters")
    term = parameters.text("enrollment_term_id")
    if term and request.find_term(term) is None:
        raise CanvasError(400, {"error": f"invalid enrollment_term_id '{term}'"})
    course = parameters.text("course_id")
    error = "no such course" if course and request.find_course(course) is None else None
    sent: Any = dict(parameters.tree) or None
    run = request.canvas.reports.start(
        kind, account.id, request.viewer.user.id, sent, error, request.clock_time
    )
    return ObjectResponse(_serialize(request, run))


@route("GET", "/accounts/:account_id/reports/:report")
def list_runs(request: CanvasRequest) -> ListResponse:
    """Return the runs of a report, newest first."""
    account = request.managed_account()
    runs = request.canvas.reports.runs_of_kind(request.path_params["report"], account.id)
    return ListResponse(runs, partial(_serialize, request))


@route("GET", "/accounts/:account_id/reports/:report/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    run = _find_run(request)
    request.canvas.reports.poll(run)
    return ObjectResponse(_serialize(request, run))


@route("DELETE", "/accounts/:account_id/reports/:report/:id")
def delete(request: CanvasRequest) -> ObjectResponse:
    run = _find_run(request)
    run.is_deleted = True
    return ObjectResponse(_serialize(request, run))


@route("PUT", "/accounts/:account_id/reports/:report/:id/abort")
def abort(request: CanvasRequest) -> ObjectResponse:
    """Abort a run; status 404 if it has ended."""
    run = _find_run(request)
    if run.job.is_finished:
        raise request.not_found()
    run.job.is_cancelled, run.job.updated_at = True, request.school.now
    return ObjectResponse(_serialize(request, run))


def _find_run(request: CanvasRequest) -> ReportRun:
    account = request.managed_account()
    runs = request.canvas.reports.runs_of_kind(request.path_params["report"], account.id)
    report_run = next((run for run in runs if str(run.id) == request.path_params["id"]), None)
    if report_run is None:
        raise request.not_found()
    return report_run


def _serialize(request: CanvasRequest, run: ReportRun) -> Json:
    file_url = f"{request.base_url}/accounts/{run.account_id}/files/{run.file_id}/download"
    data: Json = {
        **serialize_fields(run, "id", "parameters", "status"),
        "report": run.kind,
        "progress": round(100 * run.job.progress),
        "created_at": serialize_timestamp(run.job.created_at),
        "file_url": file_url if run.has_file else None,
    }
    if request.quirks.has_report_lines:
        has_started = run.job.progress > 0
        data |= {
            "current_line": int(len(run.lines) * run.job.progress) if has_started else None,
            "started_at": serialize_timestamp(run.job.created_at) if has_started else None,
            "ended_at": serialize_timestamp(run.job.updated_at) if run.job.is_finished else None,
        }
    if run.has_file:
        data["attachment"] = _serialize_file(request, run)
    return data


def _serialize_file(request: CanvasRequest, run: ReportRun) -> Json:
    name = f"{run.kind.removesuffix('_csv')}_{run.id}.csv"
    finished_at = serialize_timestamp(run.job.updated_at)
    query = f"download_frd=1&verifier={run.verifier}"
    return {
        "id": run.file_id,
        "uuid": run.verifier,
        **dict.fromkeys(("display_name", "filename"), name),
        **_FILE_KIND,
        "url": f"{request.base_url}/files/{run.file_id}/download?{query}",
        "size": len(run.text.encode()),
        **dict.fromkeys(("created_at", "updated_at", "modified_at"), finished_at),
        **dict.fromkeys(("folder_id", "unlock_at", "lock_at", "thumbnail_url")),
        **dict.fromkeys(("locked", "hidden", "locked_for_user"), False),
    }
