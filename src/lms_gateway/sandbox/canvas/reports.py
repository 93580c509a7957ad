"""Account reports over HTTP: which there are, started, followed, stopped, deleted.

https://developerdocs.instructure.com/services/canvas/resources/account_reports
"""

from __future__ import annotations

from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.canvas.report_desk import KINDS, Run
from lms_gateway.sandbox.records import Account


def list_available(ask: Ask) -> Answer:
    """GET /accounts/:account_id/reports: by title, never in pages."""
    account = _readable(ask)
    rows: list[Json] = []
    for name, kind in sorted(KINDS.items(), key=lambda one: one[1].title):
        runs = ask.office.reports.of_kind(name, account.id)
        parameters = {
            key: {"required": key in kind.required, "description": description}
            for key, description in kind.parameters.items()
        }
        row: Json = {
            "title": kind.title,
            "parameters": parameters or None,
            "report": name,
            "last_run": _tell(ask, runs[0]) if runs else None,
        }
        if "description_html" in ask.includes:
            row["description_html"] = f"<p>{kind.title}</p>"
        if "parameters_html" in ask.includes:
            inputs = (f'<input name="parameters[{key}]">' for key in kind.parameters)
            row["parameters_html"] = "".join(inputs) or None
        rows.append(row)
    ask.state["rows"] = len(rows)
    return One(rows)


def start(ask: Ask) -> Answer:
    """POST /accounts/:account_id/reports/:report"""
    account = _readable(ask)
    kind = ask.ids["report"]
    if kind not in KINDS:
        raise ask.missing()
    given: Any = ask.params.tree.get("parameters")
    parameters = dict(given) if isinstance(given, dict) and given else None
    named = ask.params.block("parameters")
    if (term := named.text("enrollment_term_id")) and ask.find_term(term) is None:
        raise Refusal(400, {"error": f"invalid enrollment_term_id '{term}'"})
    course = named.text("course_id")
    fault = "no such course" if course and ask.find_course(course) is None else None
    run = ask.office.reports.start(kind, account.id, ask.viewer.user.id, parameters, fault, ask.at)
    return One(_tell(ask, run))


def list_runs(ask: Ask) -> Answer:
    """GET /accounts/:account_id/reports/:report: newest first."""
    account = _readable(ask)
    runs = ask.office.reports.of_kind(ask.ids["report"], account.id)
    return Listing(runs, lambda run: _tell(ask, run))


def show(ask: Ask) -> Answer:
    """GET /accounts/:account_id/reports/:report/:id"""
    run = _find(ask, _readable(ask))
    ask.office.reports.poll(run)
    return One(_tell(ask, run))


def delete(ask: Ask) -> Answer:
    """DELETE /accounts/:account_id/reports/:report/:id"""
    run = _find(ask, _readable(ask))
    run.is_deleted = True
    return One(_tell(ask, run))


def abort(ask: Ask) -> Answer:
    """PUT /accounts/:account_id/reports/:report/:id/abort: 404 for what is over."""
    run = _find(ask, _readable(ask))
    if run.job.is_over:
        raise ask.missing()
    run.job.is_cancelled, run.job.updated_at = True, ask.school.now
    return One(_tell(ask, run))


def _readable(ask: Ask) -> Account:
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    return account


def _find(ask: Ask, account: Account) -> Run:
    runs = ask.office.reports.of_kind(ask.ids["report"], account.id)
    found = next((run for run in runs if str(run.id) == ask.ids["id"]), None)
    if found is None:
        raise ask.missing()
    return found


def _tell(ask: Ask, run: Run) -> Json:
    page = f"{ask.base}/accounts/{run.account_id}/files/{run.file_id}/download"
    told: Json = {
        "id": run.id,
        "progress": round(100 * run.job.share),
        "parameters": run.parameters,
        "status": run.status,
        "report": run.kind,
        "created_at": tell_moment(run.job.created_at),
        "file_url": page if run.has_file else None,
    }
    if ask.habits.has_report_lines:
        has_begun = run.job.share > 0
        told |= {
            "current_line": int(len(run.lines) * run.job.share) if has_begun else None,
            "started_at": tell_moment(run.job.created_at) if has_begun else None,
            "ended_at": tell_moment(run.job.updated_at) if run.job.is_over else None,
        }
    if run.has_file:
        told["attachment"] = _tell_file(ask, run)
    return told


def _tell_file(ask: Ask, run: Run) -> Json:
    name = f"{run.kind.removesuffix('_csv')}_{run.id}.csv"
    when = tell_moment(run.job.updated_at)
    query = f"download_frd=1&verifier={run.verifier}"
    return {
        "id": run.file_id,
        "uuid": run.verifier,
        "folder_id": None,
        "display_name": name,
        "filename": name,
        "upload_status": "success",
        "content-type": "text/csv",
        "mime_class": "file",
        "url": f"{ask.base}/files/{run.file_id}/download?{query}",
        "size": len(run.text.encode()),
        "created_at": when,
        "updated_at": when,
        "modified_at": when,
        "unlock_at": None,
        "lock_at": None,
        "locked": False,
        "hidden": False,
        "locked_for_user": False,
        "thumbnail_url": None,
    }
