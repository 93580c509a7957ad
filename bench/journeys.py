"""What is asked of every server: one piece of work each, in the words of whoever is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from bench.school import FAILING


class Speech(Enum):
    """How a server is spoken to."""

    GATEWAY = "gateway"  # our own schema
    PEER = "peer"  # that of the programs in bench/peers
    FLOOR = "floor"  # a path, and the variables


@dataclass(frozen=True, slots=True)
class Journey:
    """One piece of work. The distinct requests of it are made from a number each, from 0 on."""

    name: str
    title: str
    queries: Mapping[Speech, str]  # whom it is asked in this way, and how
    variables: Callable[[int], Mapping[str, Any]]
    distinct: int  # how many requests differ from one another, before they begin anew
    waves: int  # upstream calls that have to wait for one another
    named: int  # objects with a name in each answer
    errors: int = 0  # in each answer, where everything is as it should be
    tls: bool = False  # whether the upstream speaks TLS
    tenants: int = 1  # at Schoology, each of which gets a request in turn


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: where to, and what."""

    path: str
    body: Mapping[str, Any]


CLASS_TENANTS: Final = 1000
"""Tenants at Schoology. A key has 50 credits in five seconds and the journey takes six, so that one
tenant alone would be measured waiting."""


def request(journey: Journey, speech: Speech, number: int) -> Request:
    """The request of this number, in these words."""
    query, variables = journey.queries[speech], journey.variables(number)
    if speech is Speech.FLOOR:
        return Request(query, {"variables": variables})
    path = "/graphql"
    if journey.tenants > 1 and speech is Speech.GATEWAY:
        path = f"/t/{class_tenant(number % journey.tenants)}/graphql"
    return Request(path, {"query": query, "variables": _spoken(variables, speech)})


def class_tenant(number: int) -> str:
    """The slug of a tenant at Schoology, whose key has credits of its own."""
    return f"lakeside-{number}"


def _spoken(variables: Mapping[str, Any], speech: Speech) -> Mapping[str, Any]:
    """The variables as a schema takes them: the gateway's lists are of references."""
    if speech is Speech.GATEWAY and "ids" in variables:
        return {"refs": [{"vendorId": id} for id in variables["ids"]]}
    return variables


def _section_ids(first_course: int) -> Mapping[str, Any]:
    """The first sections of fifty courses, as many requests as it takes without a course twice."""
    return {"ids": [str(course * 1000 + 1) for course in range(first_course, first_course + 50)]}


_COURSE: Final = {
    Speech.GATEWAY: """query ($id: ID!) {
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
    Speech.PEER: """query ($id: ID!) {
  course(id: $id) {
    id name courseCode
    sections {
      id name startAt endAt sisSectionId integrationId totalStudents restricted
      course { id name }
    }
  }
}""",
    Speech.FLOOR: "/course",
}

_SECTIONS: Final = {
    Speech.GATEWAY: """query ($refs: [SectionRef!]!) {
  sectionsBy(refs: $refs) {
    id name startAt endAt studentCount
    course { id name code }
    teachers { nodes { id name displayName } }
  }
}""",
    Speech.PEER: """query ($ids: [ID!]!) {
  sections(ids: $ids) {
    id name startAt endAt totalStudents
    course { id name courseCode }
    teachers { id name displayName }
  }
}""",
    Speech.FLOOR: "/sections",
}

_ROSTER: Final = {
    Speech.GATEWAY: """query ($id: ID!) {
  section(by: {vendorId: $id}) {
    id name
    students(first: 500) { nodes { id name displayName sortableName } }
  }
}""",
    Speech.PEER: """query ($id: ID!) {
  section(id: $id) { id name students { id name displayName sortableName } }
}""",
    Speech.FLOOR: "/roster",
}

_CLASSES: Final = {
    Speech.GATEWAY: """query ($refs: [SectionRef!]!) {
  sectionsBy(refs: $refs) { id name code course { id name department } }
}""",
    Speech.PEER: """query ($ids: [ID!]!) {
  classSections(ids: $ids) { id name code course { id name department } }
}""",
    Speech.FLOOR: "/class-sections",
}

COURSE: Final = Journey(
    "course",
    "one course, its 20 sections",
    _COURSE,
    lambda number: {"id": str(number + 1)},
    distinct=1000,
    waves=1,
    named=41,
)
SECTIONS: Final = Journey(
    "sections",
    "50 sections by id, with courses and teachers",
    _SECTIONS,
    lambda number: _section_ids(1000 + 50 * number),
    distinct=200,
    waves=2,
    named=150,
)
ROSTER: Final = Journey(
    "roster",
    "a roster of 500",
    _ROSTER,
    lambda number: {"id": str((number + 1) * 1000 + 1)},
    distinct=200,
    waves=5,
    named=501,
)
FAILURES: Final = Journey(
    "failures",
    "the 50 sections, 10% refused",
    _SECTIONS,
    lambda number: _section_ids(FAILING.start + 50 * number),
    distinct=200,
    waves=2,
    named=145,
    errors=5,
)
CLASSES: Final = Journey(
    "classes",
    "Schoology: 50 sections and their courses",
    _CLASSES,
    lambda number: _section_ids(1000 + 50 * number),
    distinct=CLASS_TENANTS,
    waves=2,
    named=100,
    tenants=CLASS_TENANTS,
)
COURSE_TLS: Final = Journey(
    "course-tls",
    "the one course, upstream over TLS",
    _COURSE,
    lambda number: {"id": str(number + 1)},
    distinct=1000,
    waves=1,
    named=41,
    tls=True,
)
SAME: Final = Journey(
    "same",
    "one course, the same from all clients",
    _COURSE,
    lambda number: {"id": "7"},
    distinct=1,
    waves=1,
    named=41,
)

JOURNEYS: Final = (COURSE, SECTIONS, ROSTER, FAILURES, CLASSES, COURSE_TLS)
