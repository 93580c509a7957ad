"""What listings of 10 to 10,000 sections take of the gateway, for each section."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from bench.results import Growth
from bench.school import SIZED
from bench.stage import Server

SIZES: Final = (10, 100, 1000, 10_000)
PAGE: Final = 500
"""The most that a list gives at once."""

_SPAN: Final = 100_000  # ids of courses that have different numbers of sections
_SECTION: Final = (
    "id name startAt endAt sisId integrationId studentCount"
    " canvas { restrictEnrollmentsToSectionDates }"
)
_PAGES: Final = f"""query ($id: ID!, $first: Int!, $after: String) {{
  course(by: {{vendorId: $id}}) {{
    sections(first: $first, after: $after) {{
      nodes {{ {_SECTION} }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""
_WHOLE: Final = f"""query ($refs: [CourseRef!]!, $first: Int!) {{
  coursesBy(refs: $refs) {{ name sections(first: $first) {{ nodes {{ {_SECTION} }} }} }}
}}"""

Ask = Callable[[str, Mapping[str, Any]], Any]
"""Sends a query with its variables, and answers its data. Raises ValueError for an error."""


def grow(server: Server, *, rows: int) -> list[Growth]:
    """List ever more sections, page by page and all in one answer.

    `rows` sections are listed at each size, so the small ones are asked for more often; of the
    largest at least one listing is made. Raises ValueError where the gateway answers with errors,
    or with fewer sections than there are.
    """
    with _asking(server) as ask:
        for listing in _LISTINGS.values():
            listing(ask, SIZES[0])  # what is compiled once is no part of the growth
        server.process.settle()
        idle = server.process.resident()  # before any: what a listing leaves behind counts, too
        return [
            _measure(server, ask, kind, size, max(1, rows // size), idle)
            for kind in ("pages", "whole")
            for size in SIZES
        ]


def list_pages(ask: Ask, size: int) -> int:
    """Read a course's sections page by page, and count them."""
    found, after, more = 0, None, True
    while more:
        variables = {"id": str(SIZED + size), "first": min(PAGE, size), "after": after}
        sections = ask(_PAGES, variables)["course"]["sections"]
        found += len(sections["nodes"])
        after, more = sections["pageInfo"]["endCursor"], sections["pageInfo"]["hasNextPage"]
    return found


def list_whole(ask: Ask, size: int) -> int:
    """Read so many sections in one answer, of as many courses as it takes, and count them."""
    each = min(PAGE, size)
    refs = [{"vendorId": str(SIZED + _SPAN * at + each)} for at in range(size // each)]
    courses = ask(_WHOLE, {"refs": refs, "first": each})["coursesBy"]
    return sum(len(course["sections"]["nodes"]) for course in courses)


_LISTINGS: Final = {"pages": list_pages, "whole": list_whole}


def _measure(server: Server, ask: Ask, kind: str, size: int, repeats: int, idle: int) -> Growth:
    process, listing = server.process, _LISTINGS[kind]
    process.forget_most()
    cpu, start = process.cpu(), time.perf_counter()
    for _ in range(repeats):
        if (found := listing(ask, size)) != size:
            raise ValueError(f"listed {found} of {size} sections")
    taken, cpu = time.perf_counter() - start, process.cpu() - cpu
    each = 1e6 / (repeats * size)
    return Growth(kind, size, cpu * each, taken * each, process.most_resident() - idle)


@contextmanager
def _asking(server: Server) -> Iterator[Ask]:
    """A connection that is kept open."""
    headers = {"Content-Type": "application/json", **server.target.headers}
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as connection:

        def ask(query: str, variables: Mapping[str, Any]) -> Any:
            body = json.dumps({"query": query, "variables": variables})
            connection.request("POST", "/graphql", body, headers)
            answer = json.loads(connection.getresponse().read())
            if "errors" in answer:
                raise ValueError(f"answered {json.dumps(answer['errors'][0])}")
            return answer["data"]

        yield ask
