"""Schools, roles and grading periods.

https://developers.schoology.com/api-documentation/rest-api-v1/ (school, role, grading-periods)
"""

from collections.abc import Sequence

from lms_sandbox.data.models import Account
from lms_sandbox.schoology import serializers
from lms_sandbox.schoology.context import SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.params import parse_id


def read_schools(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/schools`. The id of a building is accepted as that of a school."""
    match segments:
        case []:
            root = serializers.serialize_school(request, request.school.root)
            return SchoologyResponse(200, {"school": [root]})
        case [account_id, *subpath]:
            account: Account = request.find(request.school.accounts, account_id)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["buildings"]:
            request.require("admin")
            buildings = request.school.sub_accounts_of(account.id)
            rows = [serializers.serialize_school(request, building) for building in buildings]
            return SchoologyResponse(200, {"building": rows})
        case ["enrollments", *_]:
            raise SchoologyError(403)
        case _:
            return SchoologyResponse(200, serializers.serialize_school(request, account))


def read_roles(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/roles`."""
    match segments:
        case []:
            rows = [
                serializers.serialize_role(request, position)
                | {"links": {"self": request.url("roles", role[0])}}
                for position, role in serializers.ROLES.items()
            ]
            return SchoologyResponse(200, {"role": rows})
        case [role_id]:
            for position, role in serializers.ROLES.items():
                if role[0] == parse_id(role_id):
                    return SchoologyResponse(200, serializers.serialize_role(request, position))
            raise request.not_found()
        case _:
            raise SchoologyError(404)


def read_periods(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/gradingperiods`: only administrators may list them."""
    match segments:
        case []:
            request.require("admin")
        case [term_id]:
            term = request.find(request.school.terms, term_id)
            return SchoologyResponse(200, serializers.serialize_period(request, term))
        case _:
            raise SchoologyError(404)
    terms = [term for term in request.school.terms.values() if term.state == "active"]
    if title := request.params.get("title"):
        by_prefix = request.params.get("startswith") == "1"
        terms = [term for term in terms if term.name == title or (by_prefix and term.name.startswith(title))]
    total = len(terms) + request.quirks.total_drift
    rows = [serializers.serialize_period_row(request, term) for term in terms]
    return SchoologyResponse(200, {"total": total, "gradingperiods": rows})
