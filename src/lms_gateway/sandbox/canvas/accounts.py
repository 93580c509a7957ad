"""Reading accounts and terms.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/enrollment_terms
"""

from __future__ import annotations

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.places import tell_account, tell_term
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import Account, Term


def list_own(ask: Ask) -> Answer:
    """GET /accounts: those that the caller was made an administrator of; [] to everybody else."""
    user = ask.viewer.user.id
    own = [ask.school.accounts[at] for at, admins in ask.school.admins.items() if user in admins]
    return _listing(ask, sorted(own, key=lambda account: account.id))


def list_manageable(ask: Ask) -> Answer:
    """GET /manageable_accounts: those, and all below them."""
    school = ask.school
    return _listing(ask, [at for at in school.accounts.values() if ask.viewer.administers(at.id)])


def list_for_creation(ask: Ask) -> Answer:
    """GET /course_creation_accounts: where the caller may make courses."""
    school = ask.school
    teaches = ask.habits.teachers_create_courses and ask.viewer.teaches_anything
    return Listing(
        [
            account
            for account in school.accounts.values()
            if account.state == "active" and (teaches or ask.viewer.administers(account.id))
        ],
        lambda account: tell_account(ask, account, manager=ask.viewer.administers(account.id)),
    )


def list_of_courses(ask: Ask) -> Answer:
    """GET /course_accounts: those of the courses that the caller teaches, assists or designs, in
    bookmarked pages, and little of each."""
    school = ask.school
    found = {
        school.courses[one.course_id].account_id
        for one in school.enrollments_of_user(ask.viewer.user.id)
        if one.state == "active"
        and one.role in ("teacher", "ta", "designer")
        and school.courses[one.course_id].state != "deleted"
    }
    accounts = [school.accounts[at] for at in sorted(found)]
    return Listing(
        accounts,
        lambda account: tell_account(ask, account, manager=False),
        has_last=False,
        is_bookmarked=True,
    )


def show(ask: Ask) -> Answer:
    """GET /accounts/:id: little of it, to who does not manage it."""
    account = ask.account("id")
    manager = ask.viewer.administers(account.id)
    if not manager and account is not ask.school.root:
        homes = (
            ask.school.courses[one.course_id].account_id
            for one in ask.school.enrollments_of_user(ask.viewer.user.id)
        )
        if not any(account in ask.school.accounts_above(home) for home in homes):
            raise ask.refuse()
    return One(tell_account(ask, account, manager=manager))


def list_parts(ask: Ask) -> Answer:
    """GET /accounts/:account_id/sub_accounts"""
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    if ask.flag("recursive"):
        parts = [at for at in ask.school.accounts_under(account.id) if at is not account]
        return _listing(ask, [part for part in parts if part.state == "active"], has_last=False)
    return _listing(
        ask, [part for part in ask.school.parts_of(account.id) if part.state == "active"]
    )


def _listing(ask: Ask, accounts: list[Account], *, has_last: bool = True) -> Listing:
    def tell(account: Account) -> Json:
        return tell_account(ask, account, manager=True)

    return Listing(accounts, tell, has_last=has_last)


def list_terms(ask: Ask) -> Answer:
    """GET /accounts/:account_id/terms: the rows come in an object."""
    _require_root(ask)
    states = ask.many("workflow_state") or ["active"]
    name = (ask.one("term_name") or "").lower()
    terms = [
        term
        for term in ask.school.terms.values()
        if ("all" in states or term.state in states) and name in term.name.lower()
    ]
    return Listing(terms, lambda term: _tell_term(ask, term), wrapper="enrollment_terms")


def show_term(ask: Ask) -> Answer:
    """GET /accounts/:account_id/terms/:id"""
    _require_root(ask)
    term = ask.find_term(ask.ids["id"])
    if term is None or term.state == "deleted":
        raise ask.missing()
    return One(_tell_term(ask, term))


def _require_root(ask: Ask) -> None:
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    if account is not ask.school.root:
        raise Refusal(400, {"message": "Terms only belong to root_accounts."})


def _tell_term(ask: Ask, term: Term) -> Json:
    told = tell_term(ask, term)
    if "overrides" in ask.includes:
        told["overrides"] = {}
    return told
