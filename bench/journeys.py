"""Journeys: the requests that every server is measured on, in the format of each server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from bench.vendor_data import FAILING_COURSE_IDS


class ServerKind(Enum):
    """The request format of a server."""

    GATEWAY = "gateway"  # the schema of the gateway
    PEER = "peer"  # the schema of the programs in bench/peers
    BASELINE = "baseline"  # a path, and the variables


@dataclass(frozen=True, slots=True)
class Journey:
    """A kind of request. Its distinct requests are numbered from 0."""

    name: str
    title: str
    queries: Mapping[ServerKind, str]  # by request format
    variables: Callable[[int], Mapping[str, Any]]
    distinct_count: int  # number of distinct requests, before they repeat
    round_trips: int  # vendor calls that depend on each other
    named_count: int  # objects with a name in each response
    error_count: int = 0  # expected errors in each response
    tls: bool = False  # whether the vendor calls use TLS
    tenant_count: int = 1  # tenants at Schoology, which receive the requests in turn


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: its path and its JSON body."""

    path: str
    body: Mapping[str, Any]


SCHOOLOGY_TENANT_COUNT: Final = 1000
"""Number of tenants at Schoology. A key has 50 credits in five seconds and the journey costs six:
with one tenant, the requests would wait for credits."""


def make_request(journey: Journey, kind: ServerKind, number: int) -> Request:
    """Return the request with this number, in the format of a server."""
    query, variables = journey.queries[kind], journey.variables(number)
    if kind is ServerKind.BASELINE:
        return Request(query, {"variables": variables})
    path = "/graphql"
    if journey.tenant_count > 1 and kind is ServerKind.GATEWAY:
        path = f"/t/{schoology_tenant_slug(number % journey.tenant_count)}/graphql"
    return Request(path, {"query": query, "variables": _variables_for(variables, kind)})


def schoology_tenant_slug(number: int) -> str:
    """Return the slug of a tenant at Schoology; each has its own key and credits."""
    return f"lakeside-{number}"


def _variables_for(variables: Mapping[str, Any], kind: ServerKind) -> Mapping[str, Any]:
    """Return the variables for a schema: the gateway takes references in place of ids."""
    if kind is ServerKind.GATEWAY and "ids" in variables:
        return {"refs": [{"vendorId": id} for id in variables["ids"]]}
    return variables


def _section_ids(first_course: int) -> Mapping[str, Any]:
    """Return the ids of the first sections of fifty courses."""
    return {"ids": [str(course * 1000 + 1) for course in range(first_course, first_course + 50)]}


_COURSE: Final = {
    ServerKind.GATEWAY: """query ($id: ID!) {
  course(by: {vendorId: $id}) {
    id name code
    sections {
      nodes {
        id name startAt endAt sisId integrationId studentCount
        canvas { restrictEnrollmentsToSectionDates }
        course { id name }
      }
    }
  }
}""",
    ServerKind.PEER: """query ($id: ID!) {
  course(id: $id) {
    id name courseCode
    sections {
      id name startAt endAt sisSectionId integrationId totalStudents restricted
      course { id name }
    }
  }
}""",
    ServerKind.BASELINE: "/course",
}

_SECTIONS: Final = {
    ServerKind.GATEWAY: """query ($refs: [SectionRef!]!) {
  sectionsBy(refs: $refs) {
    id name startAt endAt studentCount
    course { id name code }
    teachers { nodes { id name displayName } }
  }
}""",
    ServerKind.PEER: """query ($ids: [ID!]!) {
  sections(ids: $ids) {
    id name startAt endAt totalStudents
    course { id name courseCode }
    teachers { id name displayName }
  }
}""",
    ServerKind.BASELINE: "/sections",
}

_ROSTER: Final = {
    ServerKind.GATEWAY: """query ($id: ID!) {
  section(by: {vendorId: $id}) {
    id name
    students(first: 500) { nodes { id name displayName sortableName } }
  }
}""",
    ServerKind.PEER: """query ($id: ID!) {
  section(id: $id) { id name students { id name displayName sortableName } }
}""",
    ServerKind.BASELINE: "/roster",
}

_SCHOOLOGY_SECTIONS: Final = {
    ServerKind.GATEWAY: """query ($refs: [SectionRef!]!) {
  sectionsBy(refs: $refs) { id name code course { id name department } }
}""",
    ServerKind.PEER: """query ($ids: [ID!]!) {
  classSections(ids: $ids) { id name code course { id name department } }
}""",
    ServerKind.BASELINE: "/class-sections",
}

COURSE: Final = Journey(
    "course",
    "one course, its 20 sections",
    _COURSE,
    lambda number: {"id": str(number + 1)},
    distinct_count=1000,
    round_trips=1,
    named_count=41,
)
SECTIONS: Final = Journey(
    "sections",
    "50 sections by id, with courses and teachers",
    _SECTIONS,
    lambda number: _section_ids(1000 + 50 * number),
    distinct_count=200,
    round_trips=2,
    named_count=150,
)
ROSTER: Final = Journey(
    "roster",
    "a roster of 500",
    _ROSTER,
    lambda number: {"id": str((number + 1) * 1000 + 1)},
    distinct_count=200,
    round_trips=5,
    named_count=501,
)
FAILURES: Final = Journey(
    "failures",
    "the 50 sections, 10% refused",
    _SECTIONS,
    lambda number: _section_ids(FAILING_COURSE_IDS.start + 50 * number),
    distinct_count=200,
    round_trips=2,
    named_count=145,
    error_count=5,
)
SCHOOLOGY_SECTIONS: Final = Journey(
    "classes",
    "Schoology: 50 sections and their courses",
    _SCHOOLOGY_SECTIONS,
    lambda number: _section_ids(1000 + 50 * number),
    distinct_count=SCHOOLOGY_TENANT_COUNT,
    round_trips=2,
    named_count=100,
    tenant_count=SCHOOLOGY_TENANT_COUNT,
)
COURSE_TLS: Final = Journey(
    "course-tls",
    "the one course, upstream over TLS",
    _COURSE,
    lambda number: {"id": str(number + 1)},
    distinct_count=1000,
    round_trips=1,
    named_count=41,
    tls=True,
)
SAME_COURSE: Final = Journey(
    "same",
    "one course, the same from all clients",
    _COURSE,
    lambda number: {"id": "7"},
    distinct_count=1,
    round_trips=1,
    named_count=41,
)

JOURNEYS: Final = (COURSE, SECTIONS, ROSTER, FAILURES, SCHOOLOGY_SECTIONS, COURSE_TLS)
