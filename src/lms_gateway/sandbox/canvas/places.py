"""How Canvas tells accounts, terms and sections.

https://developerdocs.instructure.com/services/canvas/resources/accounts and …/sections
"""

from __future__ import annotations

from datetime import datetime

from lms_gateway.sandbox.canvas.ask import Ask, Json
from lms_gateway.sandbox.records import Account, Course, Section, Term

SIS_IMPORT = 34


def tell_moment(moment: datetime | None) -> str | None:
    """UTC, to the second, with a Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def tell_account(ask: Ask, account: Account, *, manager: bool) -> Json:
    """An account; to who does not manage it, what anybody may know."""
    root = ask.school.root
    told: Json = {
        "id": account.id,
        "name": account.name,
        "workflow_state": account.state,
        "parent_account_id": account.parent_id,
        "root_account_id": None if account is root else root.id,
        "uuid": account.uuid,
        "default_time_zone": account.time_zone,
    }
    if not manager:
        return told
    told |= {
        "default_storage_quota_mb": 500,
        "default_user_storage_quota_mb": 50,
        "default_group_storage_quota_mb": 50,
    }
    if account is not root and ask.viewer.manages_sis(account.id):
        told |= {
            "sis_account_id": account.sis_id,
            "integration_id": account.integration_id,
            "sis_import_id": SIS_IMPORT if account.sis_id else None,
        }
    includes = ask.includes
    if "lti_guid" in includes:
        told["lti_guid"] = f"{account.uuid}:canvas-lms"
    if "registration_settings" in includes:
        told["registration_settings"] = {"login_handle_name": "", "require_email": True}
        if account is root:
            told |= {
                "terms_required": True,
                "terms_of_use_url": "https://terms.example/use",
                "privacy_policy_url": "https://terms.example/privacy",
                "recaptcha_key": "",
            }
    if "services" in includes:
        told["services"] = {"avatars": ask.habits.has_avatars, "google_docs_previews": True}
    if "course_count" in includes:
        courses = ask.school.courses_of_account(account.id)
        told["course_count"] = sum(course.state != "deleted" for course in courses)
    if "sub_account_count" in includes:
        told["sub_account_count"] = len(ask.school.parts_of(account.id))
    return told


def tell_term(ask: Ask, term: Term, *, course: Course | None = None) -> Json:
    """A term; inside a course, its dates are those of the viewer's own enrollment where it has
    any."""
    start, end = term.start_at, term.end_at
    if course is not None:
        for one in ask.viewer.enrollments_in(course.id):
            start, end = one.start_at or start, one.end_at or end
    told: Json = {
        "id": term.id,
        "name": term.name,
        "start_at": tell_moment(start),
        "end_at": tell_moment(end),
        "created_at": tell_moment(term.created_at),
        "workflow_state": term.state,
        "grading_period_group_id": None,
    }
    if ask.viewer.is_root_admin:
        told |= {
            "sis_term_id": term.sis_id,
            "integration_id": term.integration_id,
            "sis_import_id": SIS_IMPORT if term.sis_id else None,
        }
    return told


def tell_section(ask: Ask, section: Section, course: Course) -> Json:
    """A section without its includes."""
    told: Json = {
        "id": section.id,
        "course_id": section.course_id,
        "name": section.name,
        "start_at": tell_moment(section.start_at),
        "end_at": tell_moment(section.end_at),
        "restrict_enrollments_to_section_dates": section.restrict_to_dates,
        "nonxlist_course_id": section.original_course_id,
    }
    if ask.habits.has_created_at:
        told["created_at"] = tell_moment(section.created_at)
    if ask.viewer.sees_grades(course):
        told |= {
            "sis_section_id": section.sis_id,
            "sis_course_id": course.sis_id,
            "integration_id": section.integration_id,
        }
    if ask.viewer.manages_sis(course.account_id):
        told["sis_import_id"] = SIS_IMPORT if section.sis_id else None
    return told
