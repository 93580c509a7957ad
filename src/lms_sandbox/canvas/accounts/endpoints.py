"""Endpoints that read accounts and terms.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/enrollment_terms
"""

from functools import partial

from lms_sandbox.canvas.accounts.serializer import serialize_account, serialize_term
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.data.models import Account, Term


@route("GET", "/accounts")
def list_own(request: CanvasRequest) -> ListResponse:
    """Return the accounts of which the caller was made an admin."""
    user_id, school = request.viewer.user.id, request.school
    account_ids = sorted(id for id, admins in school.admins.items() if user_id in admins)
    return _list_managed(request, [school.accounts[account_id] for account_id in account_ids])


@route("GET", "/manageable_accounts")
def list_manageable(request: CanvasRequest) -> ListResponse:
    """Return the same accounts and all accounts below them."""
    accounts, viewer = request.school.accounts.values(), request.viewer
    return _list_managed(request, [account for account in accounts if viewer.administers(account.id)])


@route("GET", "/course_creation_accounts")
def list_for_creation(request: CanvasRequest) -> ListResponse:
    """Return the accounts in which the caller can create courses."""
    viewer = request.viewer
    can_create_anywhere = request.quirks.teachers_create_courses and viewer.is_teacher_anywhere
    accounts = [
        account
        for account in request.school.accounts.values()
        if account.state == "active" and (can_create_anywhere or viewer.administers(account.id))
    ]
    return ListResponse(
        accounts,
        lambda account: serialize_account(request, account, is_manager=viewer.administers(account.id)),
    )


@route("GET", "/course_accounts")
def list_course_accounts(request: CanvasRequest) -> ListResponse:
    """Return the accounts of courses that the caller teaches, assists or designs."""
    school = request.school
    account_ids = {
        school.courses[enrollment.course_id].account_id
        for enrollment in school.enrollments_of_user(request.viewer.user.id)
        if enrollment.state == "active"
        and enrollment.role in ("teacher", "ta", "designer")
        and school.courses[enrollment.course_id].state != "deleted"
    }
    return ListResponse(
        [school.accounts[account_id] for account_id in sorted(account_ids)],
        partial(serialize_account, request, is_manager=False),
        has_last=False,
        is_bookmarked=True,
    )


@route("GET", "/accounts/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    """Return an account, with few keys if the caller does not manage it."""
    account, school = request.account("id"), request.school
    is_manager = request.viewer.administers(account.id)
    enrollments = school.enrollments_of_user(request.viewer.user.id)
    courses = (school.courses[enrollment.course_id] for enrollment in enrollments)
    is_member = any(account in school.accounts_above(course.account_id) for course in courses)
    request.require(is_manager or account is school.root or is_member)
    return ObjectResponse(serialize_account(request, account, is_manager=is_manager))


@route("GET", "/accounts/:account_id/sub_accounts")
def list_sub_accounts(request: CanvasRequest) -> ListResponse:
    account, school = request.managed_account(), request.school
    is_recursive = bool(request.flag("recursive"))
    children = school.accounts_under if is_recursive else school.sub_accounts_of
    listed = [child for child in children(account.id) if child is not account]
    active = [child for child in listed if child.state == "active"]
    return _list_managed(request, active, has_last=not is_recursive)


def _list_managed(request: CanvasRequest, accounts: list[Account], *, has_last: bool = True) -> ListResponse:
    serialize = partial(serialize_account, request, is_manager=True)
    return ListResponse(accounts, serialize, has_last=has_last)


@route("GET", "/accounts/:account_id/terms")
def list_terms(request: CanvasRequest) -> ListResponse:
    """Return the terms, in an object around the rows."""
    _require_root(request)
    states = request.array_or_scalar("workflow_state") or ["active"]
    name = (request.scalar("term_name") or "").lower()
    terms = [
        term
        for term in request.school.terms.values()
        if ("all" in states or term.state in states) and name in term.name.lower()
    ]
    return ListResponse(terms, partial(_serialize_term, request), wrapper_key="enrollment_terms")


@route("GET", "/accounts/:account_id/terms/:id")
def show_term(request: CanvasRequest) -> ObjectResponse:
    _require_root(request)
    term = request.find_term(request.path_params["id"])
    if term is None or term.state == "deleted":
        raise request.not_found()
    return ObjectResponse(_serialize_term(request, term))


def _require_root(request: CanvasRequest) -> None:
    if request.managed_account() is not request.school.root:
        raise CanvasError(400, {"message": "Terms only belong to root_accounts."})


def _serialize_term(request: CanvasRequest, term: Term) -> Json:
    data = serialize_term(request, term)
    if "overrides" in request.includes:
        data["overrides"] = {}
    return data
