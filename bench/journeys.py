"""What is asked of every server: one piece of work each, in the words of whoever is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from bench.vendor_data import FAILING_COURSE_IDS


class ServerKind(Enum):
    """How a server is spoken to."""

    GATEWAY = "gateway"  # our own schema
    PEER = "peer"  # that of the programs in bench/peers
    FLOOR = "floor"  # a path, and the variables


@dataclass(frozen=True, slots=True)
class Journey:
    """One piece of work. The distinct requests of it are made from a number each, from 0 on."""

    name: str
    title: str
    queries: Mapping[ServerKind, str]  # whom it is asked in this way, and how
    variables: Callable[[int], Mapping[str, Any]]
    distinct_count: int  # how many requests differ from one another, before they begin anew
    round_trips: int  # upstream calls that have to wait for one another
    named_count: int  # objects with a name in each answer
    error_count: int = 0  # in each answer, where everything is as it should be
    tls: bool = False  # whether the upstream speaks TLS
    tenant_count: int = 1  # at Schoology, each of which gets a request in turn


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: where to, and what."""

    path: str
    body: Mapping[str, Any]


SCHOOLOGY_TENANT_COUNT: Final = 1000
"""Tenants at Schoology. A key has 50 credits in five seconds and the journey takes six, so that one
tenant alone would be measured waiting."""


def make_request(journey: Journey, kind: ServerKind, number: int) -> Request:
    """The request of this number, in these words."""
    query, variables = journey.queries[kind], journey.variables(number)
    if kind is ServerKind.FLOOR:
        return Request(query, {"variables": variables})
    path = "/graphql"
    if journey.tenant_count > 1 and kind is ServerKind.GATEWAY:
        path = f"/t/{schoology_tenant_slug(number % journey.tenant_count)}/graphql"
    return Request(path, {"query": query, "variables": _variables_for(variables, kind)})


def schoology_tenant_slug(number: int) -> str:
    """The slug of a tenant at Schoology, whose key has credits of its own."""
    return f"lakeside-{number}"


def _variables_for(variables: Mapping[str, Any], kind: ServerKind) -> Mapping[str, Any]:
    """The variables as a schema takes them: the gateway's lists are of references."""
    if kind is ServerKind.GATEWAY and "ids" in variables:
        return {"refs": [{"vendorId": id} for id in variables["ids"]]}
    return variables


def _section_ids(first_course: int) -> Mapping[str, Any]:
    """The first sections of fifty courses, as many requests as it takes without a course twice."""
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
    ServerKind.FLOOR: "/course",
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
    ServerKind.FLOOR: "/sections",
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
    ServerKind.FLOOR: "/roster",
}

_SCHOOLOGY_SECTIONS: Final = {
    ServerKind.GATEWAY: """query ($refs: [SectionRef!]!) {
  sectionsBy(refs: $refs) { id name code course { id name department } }
}""",
    ServerKind.PEER: """query ($ids: [ID!]!) {
  classSections(ids: $ids) { id name code course { id name department } }
}""",
    ServerKind.FLOOR: "/class-sections",
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
