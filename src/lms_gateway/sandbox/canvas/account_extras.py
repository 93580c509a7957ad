"""What else an account tells: settings, terms of service, help, and who is on the same Canvas.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_domain_lookups
"""

from __future__ import annotations

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, One
from lms_gateway.sandbox.canvas.places import tell_account
from lms_gateway.sandbox.records import Account

_MANUAL = "Manually-Created Courses"
_MOST_DOMAINS = 5
_NEIGHBOURS = ("Aspen", "Birch", "Cedar", "Juniper", "Larch", "Spruce", "Willow")
_EVERYBODY = ("user", "student", "teacher", "admin", "observer", "unenrolled")


def show_settings(ask: Ask) -> Answer:
    """GET /accounts/:account_id/settings: those that are set, of which a sub-account has none."""
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    told: Json = {}
    if account is ask.school.root:
        told = {
            "microsoft_sync_enabled": True,
            "microsoft_sync_tenant": ask.school.email_domain,
            "microsoft_sync_login_attribute": "sis_user_id",
            "microsoft_sync_login_attribute_suffix": False,
            "microsoft_sync_remote_attribute": "mail",
        }
    return One(told)


def show_environment(ask: Ask) -> Answer:
    """GET /settings/environment"""
    return One(
        {
            "calendar_contexts_limit": 20,
            "open_registration": False,
            "enable_profiles": True,
            "collapse_global_nav": False,
            "release_notes_badge_disabled": False,
            "show_sections_in_course_tray": True,
        }
    )


def show_terms_of_service(ask: Ask) -> Answer:
    """GET /accounts/:account_id/terms_of_service: those of the institution, whatever account."""
    ask.account()
    return One(
        {
            "id": 1,
            "terms_type": "custom",
            "passive": False,
            "account_id": ask.school.root.id,
            "content": f"<p>Be kind at {ask.school.name}.</p>",
            "self_registration_type": "none",
        }
    )


def show_help_links(ask: Ask) -> Answer:
    """GET /accounts/:account_id/help_links: an empty object for all but the root account."""
    if ask.account() is not ask.school.root:
        return One({})
    domain = ask.school.email_domain
    plain = {"is_featured": False, "is_new": False, "feature_headline": None}
    return One(
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
                    "available_to": list(_EVERYBODY),
                    **plain,
                }
            ],
            "default_help_links": [
                {
                    "id": "report_a_problem",
                    "text": "Report a Problem",
                    "subtext": "If something does not work",
                    "url": "#create_ticket",
                    "type": "default",
                    "available_to": list(_EVERYBODY),
                    **plain,
                }
            ],
        }
    )


def show_manual_account(ask: Ask) -> Answer:
    """GET /manually_created_courses_account: asking for it makes it, where there is none yet."""
    school = ask.school
    parts = school.parts_of(school.root.id)
    account = next((one for one in parts if one.name == _MANUAL and one.state == "active"), None)
    if account is None:
        account = Account(0, _MANUAL, school.root.id, time_zone=school.time_zone, uuid="m" * 40)
        school.add(account)
    return One(tell_account(ask, account, manager=ask.viewer.administers(account.id)))


def search_domains(ask: Ask) -> Answer:
    """GET /accounts/search: at most five, and never in pages; where one is does not count."""
    name, domain = (ask.one("name") or "").lower(), (ask.one("domain") or "").lower()
    known = [(ask.school.name, f"canvas.{ask.school.email_domain}")]
    known += [(f"{tree} College", f"{tree.lower()}.example") for tree in _NEIGHBOURS]
    rows = [
        {
            "name": title,
            "domain": host,
            "distance": None,
            "authentication_provider": "canvas" if at == 0 else None,
        }
        for at, (title, host) in enumerate(known)
        if ask.habits.knows_domains and name in title.lower() and domain in host
    ]
    return One(rows[:_MOST_DOMAINS])
