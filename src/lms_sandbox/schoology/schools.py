"""Reading `/schools`, `/roles` and `/gradingperiods`.

https://developers.schoology.com/api-documentation/rest-api-v1/school and its siblings role and
grading-periods
"""

from collections.abc import Sequence

from lms_sandbox.data.models import Account
from lms_sandbox.schoology.context import (
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
    parse_id,
)
from lms_sandbox.schoology.serializers import (
    ROLES,
    serialize_period,
    serialize_period_row,
    serialize_role,
    serialize_school,
)


def read_schools(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer what follows `/schools`. A building's id works in the place of a school's."""
    match segments:
        case []:
            return SchoologyResponse(
                200, {"school": [serialize_school(request, request.school.root)]}
            )
        case [number, *subpath]:
            account: Account = request.find(request.school.accounts, number)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["buildings"]:
            request.require("admin")
            buildings = request.school.sub_accounts_of(account.id)
            return SchoologyResponse(
                200, {"building": [serialize_school(request, building) for building in buildings]}
            )
        case ["enrollments", *_]:
            raise SchoologyError(403)
        case _:
            return SchoologyResponse(200, serialize_school(request, account))


def read_roles(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer what follows `/roles`."""
    match segments:
        case []:
            rows = [
                serialize_role(request, position)
                | {"links": {"self": request.url("roles", role[0])}}
                for position, role in ROLES.items()
            ]
            return SchoologyResponse(200, {"role": rows})
        case [number]:
            for position, role in ROLES.items():
                if role[0] == parse_id(number):
                    return SchoologyResponse(200, serialize_role(request, position))
            raise request.not_found()
        case _:
            raise SchoologyError(404)


def read_periods(
    request: SchoologyRequest, segments: Sequence[str], params: Params
) -> SchoologyResponse:
    """Answer what follows `/gradingperiods`: the list is for administrators, one period is not."""
    match segments:
        case []:
            request.require("admin")
        case [number]:
            return SchoologyResponse(
                200, serialize_period(request, request.find(request.school.terms, number))
            )
        case _:
            raise SchoologyError(404)
    terms = [term for term in request.school.terms.values() if term.state == "active"]
    if title := params.get("title"):
        by_prefix = params.get("startswith") == "1"
        terms = [
            period
            for period in terms
            if period.name == title or (by_prefix and period.name.startswith(title))
        ]
    total = len(terms) + request.quirks.total_drift
    rows = [serialize_period_row(request, term) for term in terms]
    return SchoologyResponse(200, {"total": total, "gradingperiods": rows})
