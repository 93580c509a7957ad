"""Reading accounts and terms.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/enrollment_terms
"""

from __future__ import annotations

from lms_sandbox.canvas.accounts.serializer import serialize_account, serialize_term
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    Json,
    ListResponse,
    ObjectResponse,
)
from lms_sandbox.data.models import Account, Term


def list_own(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts: those that the caller was made an administrator of; [] to everybody else."""
    user_id = request.viewer.user.id
    accounts = [
        request.school.accounts[account_id]
        for account_id, admins in request.school.admins.items()
        if user_id in admins
    ]
    return _list_response(request, sorted(accounts, key=lambda account: account.id))


def list_manageable(request: CanvasRequest) -> CanvasResponse:
    """GET /manageable_accounts: those, and all below them."""
    school = request.school
    return _list_response(
        request,
        [account for account in school.accounts.values() if request.viewer.administers(account.id)],
    )


def list_for_creation(request: CanvasRequest) -> CanvasResponse:
    """GET /course_creation_accounts: where the caller may make courses."""
    school = request.school
    can_create_anywhere = (
        request.quirks.teachers_create_courses and request.viewer.is_teacher_anywhere
    )
    return ListResponse(
        [
            account
            for account in school.accounts.values()
            if account.state == "active"
            and (can_create_anywhere or request.viewer.administers(account.id))
        ],
        lambda account: serialize_account(
            request, account, is_manager=request.viewer.administers(account.id)
        ),
    )


def list_course_accounts(request: CanvasRequest) -> CanvasResponse:
    """GET /course_accounts: those of the courses that the caller teaches, assists or designs, in
    bookmarked pages, and little of each."""
    school = request.school
    account_ids = {
        school.courses[enrollment.course_id].account_id
        for enrollment in school.enrollments_of_user(request.viewer.user.id)
        if enrollment.state == "active"
        and enrollment.role in ("teacher", "ta", "designer")
        and school.courses[enrollment.course_id].state != "deleted"
    }
    accounts = [school.accounts[account_id] for account_id in sorted(account_ids)]
    return ListResponse(
        accounts,
        lambda account: serialize_account(request, account, is_manager=False),
        has_last=False,
        is_bookmarked=True,
    )


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:id: little of it, to who does not manage it."""
    account = request.account("id")
    is_manager = request.viewer.administers(account.id)
    if not is_manager and account is not request.school.root:
        course_account_ids = (
            request.school.courses[enrollment.course_id].account_id
            for enrollment in request.school.enrollments_of_user(request.viewer.user.id)
        )
        if not any(
            account in request.school.accounts_above(account_id)
            for account_id in course_account_ids
        ):
            raise request.forbidden()
    return ObjectResponse(serialize_account(request, account, is_manager=is_manager))


def list_sub_accounts(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/sub_accounts"""
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    if request.flag("recursive"):
        sub_accounts = [
            descendant
            for descendant in request.school.accounts_under(account.id)
            if descendant is not account
        ]
        return _list_response(
            request,
            [sub_account for sub_account in sub_accounts if sub_account.state == "active"],
            has_last=False,
        )
    return _list_response(
        request,
        [
            sub_account
            for sub_account in request.school.sub_accounts_of(account.id)
            if sub_account.state == "active"
        ],
    )


def _list_response(
    request: CanvasRequest, accounts: list[Account], *, has_last: bool = True
) -> ListResponse:
    def serialize(account: Account) -> Json:
        return serialize_account(request, account, is_manager=True)

    return ListResponse(accounts, serialize, has_last=has_last)


def list_terms(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/terms: the rows come in an object."""
    _require_root(request)
    states = request.array_or_scalar("workflow_state") or ["active"]
    name = (request.scalar("term_name") or "").lower()
    terms = [
        term
        for term in request.school.terms.values()
        if ("all" in states or term.state in states) and name in term.name.lower()
    ]
    return ListResponse(
        terms, lambda term: _serialize_term(request, term), wrapper_key="enrollment_terms"
    )


def show_term(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/terms/:id"""
    _require_root(request)
    term = request.find_term(request.path_params["id"])
    if term is None or term.state == "deleted":
        raise request.not_found()
    return ObjectResponse(_serialize_term(request, term))


def _require_root(request: CanvasRequest) -> None:
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    if account is not request.school.root:
        raise CanvasError(400, {"message": "Terms only belong to root_accounts."})


def _serialize_term(request: CanvasRequest, term: Term) -> Json:
    data = serialize_term(request, term)
    if "overrides" in request.includes:
        data["overrides"] = {}
    return data
