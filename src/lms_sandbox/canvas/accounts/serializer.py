"""JSON of accounts and terms.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/enrollment_terms
"""

from collections.abc import Callable

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.canvas.http.serialization import serialize_fields, serialize_timestamp, sis_import_id
from lms_sandbox.data.models import Account, Course, Term


def serialize_account(request: CanvasRequest, account: Account, *, is_manager: bool) -> Json:
    """Return an account; without quotas, SIS ids and includes if the caller is no manager."""
    root = request.school.root
    data: Json = {
        **serialize_fields(account, "id", "name", "uuid"),
        "workflow_state": account.state,
        "parent_account_id": account.parent_id,
        "root_account_id": None if account is root else root.id,
        "default_time_zone": account.time_zone,
    }
    if not is_manager:
        return data
    data |= {
        "default_storage_quota_mb": 500,
        "default_user_storage_quota_mb": 50,
        "default_group_storage_quota_mb": 50,
    }
    if account is not root and request.viewer.can_manage_sis(account.id):
        data |= {
            "sis_account_id": account.sis_id,
            "integration_id": account.integration_id,
            "sis_import_id": sis_import_id(account),
        }
    includes = request.includes
    for include, serialize in _INCLUDES.items() if includes else ():
        if include in includes:
            data |= serialize(request, account)
    return data


def _registration_settings(request: CanvasRequest, account: Account) -> Json:
    settings: Json = {"registration_settings": {"login_handle_name": "", "require_email": True}}
    if account is request.school.root:
        settings |= {
            "terms_required": True,
            "terms_of_use_url": "https://terms.example/use",
            "privacy_policy_url": "https://terms.example/privacy",
            "recaptcha_key": "",
        }
    return settings


def _course_count(request: CanvasRequest, account: Account) -> Json:
    courses = request.school.courses_of_account(account.id)
    return {"course_count": sum(course.state != "deleted" for course in courses)}


_INCLUDES: dict[str, Callable[[CanvasRequest, Account], Json]] = {
    "lti_guid": lambda request, account: {"lti_guid": f"{account.uuid}:canvas-lms"},
    "registration_settings": _registration_settings,
    "services": lambda request, account: {
        "services": {"avatars": request.quirks.has_avatars, "google_docs_previews": True}
    },
    "course_count": _course_count,
    "sub_account_count": lambda request, account: {
        "sub_account_count": len(request.school.sub_accounts_of(account.id))
    },
}


def serialize_term(request: CanvasRequest, term: Term, *, course: Course | None = None) -> Json:
    """Return a term. With a course, the dates of the caller's enrollment there have precedence."""
    start, end = term.start_at, term.end_at
    if course is not None:
        for enrollment in request.viewer.enrollments_in(course.id):
            start, end = enrollment.start_at or start, enrollment.end_at or end
    data: Json = {
        **serialize_fields(term, "id", "name", "created_at"),
        "start_at": serialize_timestamp(start),
        "end_at": serialize_timestamp(end),
        "workflow_state": term.state,
        "grading_period_group_id": None,
    }
    if request.viewer.is_root_admin:
        data |= {
            "sis_term_id": term.sis_id,
            "integration_id": term.integration_id,
            "sis_import_id": sis_import_id(term),
        }
    return data
