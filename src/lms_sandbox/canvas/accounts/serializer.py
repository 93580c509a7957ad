"""How Canvas tells accounts, terms and sections.

https://developerdocs.instructure.com/services/canvas/resources/accounts and …/sections
"""

from __future__ import annotations

from datetime import datetime

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.data.models import Account, Course, Section, Term

SIS_IMPORT = 34


def serialize_timestamp(timestamp: datetime | None) -> str | None:
    """UTC, to the second, with a Z."""
    return None if timestamp is None else timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")


def serialize_account(request: CanvasRequest, account: Account, *, is_manager: bool) -> Json:
    """An account; to who does not manage it, what anybody may know."""
    root = request.school.root
    data: Json = {
        "id": account.id,
        "name": account.name,
        "workflow_state": account.state,
        "parent_account_id": account.parent_id,
        "root_account_id": None if account is root else root.id,
        "uuid": account.uuid,
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
            "sis_import_id": SIS_IMPORT if account.sis_id else None,
        }
    includes = request.includes
    if "lti_guid" in includes:
        data["lti_guid"] = f"{account.uuid}:canvas-lms"
    if "registration_settings" in includes:
        data["registration_settings"] = {"login_handle_name": "", "require_email": True}
        if account is root:
            data |= {
                "terms_required": True,
                "terms_of_use_url": "https://terms.example/use",
                "privacy_policy_url": "https://terms.example/privacy",
                "recaptcha_key": "",
            }
    if "services" in includes:
        data["services"] = {"avatars": request.quirks.has_avatars, "google_docs_previews": True}
    if "course_count" in includes:
        courses = request.school.courses_of_account(account.id)
        data["course_count"] = sum(course.state != "deleted" for course in courses)
    if "sub_account_count" in includes:
        data["sub_account_count"] = len(request.school.sub_accounts_of(account.id))
    return data


def serialize_term(request: CanvasRequest, term: Term, *, course: Course | None = None) -> Json:
    """A term; inside a course, its dates are those of the viewer's own enrollment where it has
    any."""
    start, end = term.start_at, term.end_at
    if course is not None:
        for enrollment in request.viewer.enrollments_in(course.id):
            start, end = enrollment.start_at or start, enrollment.end_at or end
    data: Json = {
        "id": term.id,
        "name": term.name,
        "start_at": serialize_timestamp(start),
        "end_at": serialize_timestamp(end),
        "created_at": serialize_timestamp(term.created_at),
        "workflow_state": term.state,
        "grading_period_group_id": None,
    }
    if request.viewer.is_root_admin:
        data |= {
            "sis_term_id": term.sis_id,
            "integration_id": term.integration_id,
            "sis_import_id": SIS_IMPORT if term.sis_id else None,
        }
    return data


def serialize_section(request: CanvasRequest, section: Section, course: Course) -> Json:
    """A section without its includes."""
    data: Json = {
        "id": section.id,
        "course_id": section.course_id,
        "name": section.name,
        "start_at": serialize_timestamp(section.start_at),
        "end_at": serialize_timestamp(section.end_at),
        "restrict_enrollments_to_section_dates": section.restrict_to_dates,
        "nonxlist_course_id": section.original_course_id,
    }
    if request.quirks.has_created_at:
        data["created_at"] = serialize_timestamp(section.created_at)
    if request.viewer.can_view_grades(course):
        data |= {
            "sis_section_id": section.sis_id,
            "sis_course_id": course.sis_id,
            "integration_id": section.integration_id,
        }
    if request.viewer.can_manage_sis(course.account_id):
        data["sis_import_id"] = SIS_IMPORT if section.sis_id else None
    return data
