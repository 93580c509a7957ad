"""Reading `/schools`, `/roles` and `/gradingperiods`.

https://developers.schoology.com/api-documentation/rest-api-v1/school and its siblings role and
grading-periods
"""

from collections.abc import Sequence

from lms_gateway.sandbox.records import Account

from .shapes import ROLES, tell_period, tell_period_row, tell_role, tell_school
from .view import Answer, Params, Refusal, View, parse_id


def read_schools(view: View, rest: Sequence[str]) -> Answer:
    """Answer what follows `/schools`. A building's id works in the place of a school's."""
    match rest:
        case []:
            return Answer(200, {"school": [tell_school(view, view.school.root)]})
        case [number, *deeper]:
            account: Account = view.find(view.school.accounts, number)
        case _:
            raise Refusal(404)
    match deeper:
        case ["buildings"]:
            view.require("admin")
            buildings = view.school.parts_of(account.id)
            return Answer(200, {"building": [tell_school(view, one) for one in buildings]})
        case ["enrollments", *_]:
            raise Refusal(403)
        case _:
            return Answer(200, tell_school(view, account))


def read_roles(view: View, rest: Sequence[str]) -> Answer:
    """Answer what follows `/roles`."""
    match rest:
        case []:
            rows = [
                tell_role(view, position) | {"links": {"self": view.url("roles", role[0])}}
                for position, role in ROLES.items()
            ]
            return Answer(200, {"role": rows})
        case [number]:
            for position, role in ROLES.items():
                if role[0] == parse_id(number):
                    return Answer(200, tell_role(view, position))
            raise view.unknown()
        case _:
            raise Refusal(404)


def read_periods(view: View, rest: Sequence[str], params: Params) -> Answer:
    """Answer what follows `/gradingperiods`: the list is for administrators, one period is not."""
    match rest:
        case []:
            view.require("admin")
        case [number]:
            return Answer(200, tell_period(view, view.find(view.school.terms, number)))
        case _:
            raise Refusal(404)
    found = [term for term in view.school.terms.values() if term.state == "active"]
    if title := params.get("title"):
        begins = params.get("startswith") == "1"
        found = [
            one for one in found if one.name == title or (begins and one.name.startswith(title))
        ]
    total = len(found) + view.habits.total_drift
    rows = [tell_period_row(view, term) for term in found]
    return Answer(200, {"total": total, "gradingperiods": rows})
