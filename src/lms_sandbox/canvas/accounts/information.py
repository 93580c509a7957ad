"""What else an account tells: settings, terms of service, help, and who is on the same Canvas.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_domain_lookups
"""

from __future__ import annotations

from lms_sandbox.canvas.accounts.serializer import serialize_account
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse, Json, ObjectResponse
from lms_sandbox.data.models import Account

_MANUAL_COURSES_NAME = "Manually-Created Courses"
_MAX_DOMAINS = 5
_OTHER_INSTITUTIONS = ("Aspen", "Birch", "Cedar", "Juniper", "Larch", "Spruce", "Willow")
_ALL_ROLES = ("user", "student", "teacher", "admin", "observer", "unenrolled")


def show_settings(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/settings: those that are set, of which a sub-account has none."""
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    data: Json = {}
    if account is request.school.root:
        data = {
            "microsoft_sync_enabled": True,
            "microsoft_sync_tenant": request.school.email_domain,
            "microsoft_sync_login_attribute": "sis_user_id",
            "microsoft_sync_login_attribute_suffix": False,
            "microsoft_sync_remote_attribute": "mail",
        }
    return ObjectResponse(data)


def show_environment(request: CanvasRequest) -> CanvasResponse:
    """GET /settings/environment"""
    return ObjectResponse(
        {
            "calendar_contexts_limit": 20,
            "open_registration": False,
            "enable_profiles": True,
            "collapse_global_nav": False,
            "release_notes_badge_disabled": False,
            "show_sections_in_course_tray": True,
        }
    )


def show_terms_of_service(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/terms_of_service: those of the institution, whatever account."""
    request.account()
    return ObjectResponse(
        {
            "id": 1,
            "terms_type": "custom",
            "passive": False,
            "account_id": request.school.root.id,
            "content": f"<p>Be kind at {request.school.name}.</p>",
            "self_registration_type": "none",
        }
    )


def show_help_links(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/help_links: an empty object for all but the root account."""
    if request.account() is not request.school.root:
        return ObjectResponse({})
    domain = request.school.email_domain
    common = {"is_featured": False, "is_new": False, "feature_headline": None}
    return ObjectResponse(
        {
            "help_link_name": "Help",
            "help_link_icon": "help",
            "custom_help_links": [
                {
                    "id": "link1",
                    "text": "Writing Center",
                    "subtext": "Somebody reads your drafts",
                    "url": f"https://www.{domain}/writing",
                    "type": "custom",
                    "available_to": list(_ALL_ROLES),
                    **common,
                }
            ],
            "default_help_links": [
                {
                    "id": "report_a_problem",
                    "text": "Report a Problem",
                    "subtext": "If something does not work",
                    "url": "#create_ticket",
                    "type": "default",
                    "available_to": list(_ALL_ROLES),
                    **common,
                }
            ],
        }
    )


def show_manual_courses_account(request: CanvasRequest) -> CanvasResponse:
    """GET /manually_created_courses_account: asking for it makes it, where there is none yet."""
    school = request.school
    sub_accounts = school.sub_accounts_of(school.root.id)
    account = next(
        (
            sub_account
            for sub_account in sub_accounts
            if sub_account.name == _MANUAL_COURSES_NAME and sub_account.state == "active"
        ),
        None,
    )
    if account is None:
        account = Account(
            0, _MANUAL_COURSES_NAME, school.root.id, time_zone=school.time_zone, uuid="m" * 40
        )
        school.add(account)
    return ObjectResponse(
        serialize_account(request, account, is_manager=request.viewer.administers(account.id))
    )


def search_domains(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/search: at most five, and never in pages; where one is does not count."""
    name, domain = (request.scalar("name") or "").lower(), (request.scalar("domain") or "").lower()
    institutions = [(request.school.name, f"canvas.{request.school.email_domain}")]
    institutions += [(f"{tree} College", f"{tree.lower()}.example") for tree in _OTHER_INSTITUTIONS]
    rows = [
        {
            "name": title,
            "domain": host,
            "distance": None,
            "authentication_provider": "canvas" if index == 0 else None,
        }
        for index, (title, host) in enumerate(institutions)
        if request.quirks.has_domain_search and name in title.lower() and domain in host
    ]
    return ObjectResponse(rows[:_MAX_DOMAINS])
