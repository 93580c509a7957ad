"""CPU and memory of the gateway for lists of 10 to 10,000 sections, per section."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from bench.results import Growth
from bench.servers import RunningServer
from bench.vendor_data import FIRST_SIZED_COURSE_ID

SIZES: Final = (10, 100, 1000, 10_000)
MAX_PAGE_SIZE: Final = 500
"""The maximum page size of a list."""

_COURSE_ID_SPAN: Final = 100_000  # distance of the ids of courses with different section counts
_SECTION_FIELDS: Final = (
    "id name startAt endAt sisId integrationId studentCount canvas { restrictEnrollmentsToSectionDates }"
)
_PAGED_QUERY: Final = f"""query ($id: ID!, $first: Int!, $after: String) {{
  course(by: {{vendorId: $id}}) {{
    sections(first: $first, after: $after) {{
      nodes {{ {_SECTION_FIELDS} }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""
_SINGLE_QUERY: Final = f"""query ($refs: [CourseRef!]!, $first: Int!) {{
  coursesBy(refs: $refs) {{ name sections(first: $first) {{ nodes {{ {_SECTION_FIELDS} }} }} }}
}}"""

SendQuery = Callable[[str, Mapping[str, Any]], Any]
"""Sends a query with variables; returns `data`. Raises ValueError if there are errors."""


def measure_growth(server: RunningServer, *, rows: int) -> list[Growth]:
    """Measure lists of each size, page by page and in one response.

    `rows` sections are listed at each size, so smaller lists are repeated more often; each size is
    listed at least once. Raises ValueError if a response has errors or lacks sections.
    """
    with _open_query_connection(server) as send_query:
        for listing in _LISTINGS.values():
            listing(send_query, SIZES[0])  # compile the queries before the measurement
        server.process.settle()
        idle = server.process.resident()  # before all lists: memory that a list does not free is included
        return [
            _measure(server, send_query, kind, size, max(1, rows // size), idle)
            for kind in ("pages", "whole")
            for size in SIZES
        ]


def list_pages(send_query: SendQuery, size: int) -> int:
    """Read the sections of a course page by page; return their number."""
    section_count, cursor, has_next = 0, None, True
    while has_next:
        variables = {
            "id": str(FIRST_SIZED_COURSE_ID + size),
            "first": min(MAX_PAGE_SIZE, size),
            "after": cursor,
        }
        sections = send_query(_PAGED_QUERY, variables)["course"]["sections"]
        section_count += len(sections["nodes"])
        cursor, has_next = sections["pageInfo"]["endCursor"], sections["pageInfo"]["hasNextPage"]
    return section_count


def list_in_one_answer(send_query: SendQuery, size: int) -> int:
    """Read the sections of several courses in one response; return their number."""
    page_size = min(MAX_PAGE_SIZE, size)
    refs = [
        {"vendorId": str(FIRST_SIZED_COURSE_ID + _COURSE_ID_SPAN * index + page_size)}
        for index in range(size // page_size)
    ]
    courses = send_query(_SINGLE_QUERY, {"refs": refs, "first": page_size})["coursesBy"]
    return sum(len(course["sections"]["nodes"]) for course in courses)


_LISTINGS: Final = {"pages": list_pages, "whole": list_in_one_answer}


def _measure(
    server: RunningServer, send_query: SendQuery, kind: str, size: int, repeats: int, idle: int
) -> Growth:
    process, listing = server.process, _LISTINGS[kind]
    process.reset_peak_resident()
    cpu, start = process.cpu(), time.perf_counter()
    for _ in range(repeats):
        if (section_count := listing(send_query, size)) != size:
            raise ValueError(f"listed {section_count} of {size} sections")
    elapsed, cpu = time.perf_counter() - start, process.cpu() - cpu
    per_section = 1e6 / (repeats * size)
    return Growth(kind, size, cpu * per_section, elapsed * per_section, process.peak_resident() - idle)


@contextmanager
def _open_query_connection(server: RunningServer) -> Iterator[SendQuery]:
    """Open a connection and yield the function that sends queries over it."""
    headers = {"Content-Type": "application/json", **server.target.headers}
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as connection:

        def send_query(query: str, variables: Mapping[str, Any]) -> Any:
            body = json.dumps({"query": query, "variables": variables})
            connection.request("POST", "/graphql", body, headers)
            answer = json.loads(connection.getresponse().read())
            if "errors" in answer:
                raise ValueError(f"answered {json.dumps(answer['errors'][0])}")
            return answer["data"]

        yield send_query
