"""The fixed queries. Each page is small enough for one window of Schoology's 50 credits."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and the tenant that it is sent to; None asks across all of them."""

    title: str
    query: str
    tenant: str | None = None


_COURSES: Final = "{ courses(first: 10) { nodes { id name code term { name startAt } } } }"

_SECTIONS: Final = """{
  courses(first: 10) { nodes { name sections(first: 10) { nodes { id name studentCount } } } }
}"""

_ROSTERS: Final = """{
  courses(first: 3) {
    nodes {
      name
      sections(first: 5) {
        nodes { name students(first: 50) { nodes { displayName email } } }
      }
    }
  }
}"""

_SIDE_BY_SIDE: Final = """{
  tenants {
    slug
    courses(first: 3) { nodes { name sections(first: 5) { nodes { name studentCount } } } }
  }
}"""

QUESTIONS: Final = (
    Question("no vendor", "{ tenants { slug vendor } }"),
    Question("viewer", "{ viewer { displayName } }", "maple"),
    Question("viewer", "{ viewer { displayName } }", "lakeside"),
    Question("10 courses", _COURSES, "maple"),
    Question("10 courses", _COURSES, "lakeside"),
    Question("10 courses, their sections", _SECTIONS, "maple"),
    Question("10 courses, their sections", _SECTIONS, "lakeside"),
    Question("3 courses, their rosters", _ROSTERS, "maple"),
    Question("3 courses, their rosters", _ROSTERS, "lakeside"),
    Question("both schools", _SIDE_BY_SIDE),
)
