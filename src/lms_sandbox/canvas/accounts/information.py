"""Endpoints of other information about accounts: settings, terms of service, help, domains.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_domain_lookups
"""

from lms_sandbox.canvas.accounts.serializer import serialize_account
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.data.models import Account

_MANUAL_COURSES_NAME = "Manually-Created Courses"
_MAX_DOMAINS = 5
_OTHER_INSTITUTIONS = ("Aspen", "Birch", "Cedar", "Juniper", "Larch", "Spruce", "Willow")
_ALL_ROLES = ("user", "student", "teacher", "admin", "observer", "unenrolled")


@route("GET", "/accounts/:account_id/settings")
def show_settings(request: CanvasRequest) -> ObjectResponse:
    """Return the settings that have a value; a sub-account has none."""
    account = request.managed_account()
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


@route("GET", "/settings/environment")
def show_environment(request: CanvasRequest) -> ObjectResponse:
    settings: Json = {"calendar_contexts_limit": 20, "open_registration": False}
    settings |= {"enable_profiles": True, "collapse_global_nav": False}
    settings |= {"release_notes_badge_disabled": False, "show_sections_in_course_tray": True}
    return ObjectResponse(settings)


@route("GET", "/accounts/:account_id/terms_of_service")
def show_terms_of_service(request: CanvasRequest) -> ObjectResponse:
    """Return the terms of the institution, for each account."""
    request.account()
    terms: Json = {"id": 1, "terms_type": "custom", "passive": False}
    terms |= {"account_id": request.school.root.id, "self_registration_type": "none"}
    return ObjectResponse({**terms, "content": f"<p>Be kind at {request.school.name}.</p>"})


@route("GET", "/accounts/:account_id/help_links")
def show_help_links(request: CanvasRequest) -> ObjectResponse:
    """Return the links of the root account; other accounts have none."""
    if request.account() is not request.school.root:
        return ObjectResponse({})
    url = f"https://www.{request.school.email_domain}/writing"
    custom = _help_link("link1", "Writing Center", "Somebody reads your drafts", url)
    report = ("report_a_problem", "Report a Problem", "If something does not work")
    links = {
        "custom_help_links": [{**custom, "type": "custom"}],
        "default_help_links": [{**_help_link(*report, "#create_ticket"), "type": "default"}],
    }
    return ObjectResponse({"help_link_name": "Help", "help_link_icon": "help", **links})


def _help_link(id: str, text: str, subtext: str, url: str) -> Json:
    link = {"id": id, "text": text, "subtext": subtext, "url": url, "available_to": [*_ALL_ROLES]}
    return {**link, "is_featured": False, "is_new": False, "feature_headline": None}


@route("GET", "/manually_created_courses_account")
def show_manual_courses_account(request: CanvasRequest) -> ObjectResponse:
    """Return the account of manually created courses; the first request creates it."""
    school = request.school
    for account in school.sub_accounts_of(school.root.id):
        if account.name == _MANUAL_COURSES_NAME and account.state == "active":
            break
    else:
        account = Account(0, _MANUAL_COURSES_NAME, school.root.id, time_zone=school.time_zone, uuid="m" * 40)
        school.add(account)
    is_manager = request.viewer.administers(account.id)
    return ObjectResponse(serialize_account(request, account, is_manager=is_manager))


@route("GET", "/accounts/search")
def search_domains(request: CanvasRequest) -> ObjectResponse:
    """Return at most five institutions. Latitude and longitude are ignored."""
    name, domain = (request.scalar("name") or "").lower(), (request.scalar("domain") or "").lower()
    institutions = [(request.school.name, f"canvas.{request.school.email_domain}")]
    institutions += [(f"{tree} College", f"{tree.lower()}.example") for tree in _OTHER_INSTITUTIONS]
    rows: list[Json] = [
        {"name": title, "domain": host, "distance": None, "authentication_provider": None}
        for title, host in institutions
        if request.quirks.has_domain_search and name in title.lower() and domain in host
    ]
    for row in rows:
        if row["name"] == request.school.name:
            row["authentication_provider"] = "canvas"
    return ObjectResponse(rows[:_MAX_DOMAINS])
