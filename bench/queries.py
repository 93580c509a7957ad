"""The queries of `calls`. Each one fits into one window of Schoology's 50 credits."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BenchQuery:
    """A query and its tenant; None queries all tenants."""

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

_BOTH_TENANTS: Final = """{
  tenants {
    slug
    courses(first: 3) { nodes { name sections(first: 5) { nodes { name studentCount } } } }
  }
}"""

BENCH_QUERIES: Final = (
    BenchQuery("no vendor", "{ tenants { slug vendor } }"),
    BenchQuery("viewer", "{ viewer { displayName } }", "maple"),
    BenchQuery("viewer", "{ viewer { displayName } }", "lakeside"),
    BenchQuery("10 courses", _COURSES, "maple"),
    BenchQuery("10 courses", _COURSES, "lakeside"),
    BenchQuery("10 courses, their sections", _SECTIONS, "maple"),
    BenchQuery("10 courses, their sections", _SECTIONS, "lakeside"),
    BenchQuery("3 courses, their rosters", _ROSTERS, "maple"),
    BenchQuery("3 courses, their rosters", _ROSTERS, "lakeside"),
    BenchQuery("both schools", _BOTH_TENANTS),
)
