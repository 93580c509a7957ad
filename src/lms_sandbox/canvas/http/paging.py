"""Pagination: the rows of a page and its Link header.

https://developerdocs.instructure.com/services/canvas/basics/file.pagination
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from lms_sandbox.canvas.http.request import CanvasRequest, ListResponse

_LINK_ORDER = ("current", "next", "prev", "first", "last")
_LINK_PRIORITY = ("next", "last", "prev", "current", "first")
_EXCLUDED_PARAMS = ("access_token", "page", "per_page")
_BOOKMARK_PREFIX = "bookmark:"


@dataclass(frozen=True, slots=True)
class CanvasListPage:
    """Rows of one page and the value of its Link header."""

    rows: Sequence[Any]
    link_header: str


def paginate(request: CanvasRequest, response: ListResponse) -> CanvasListPage:
    """Return the requested page of a list. Raises CanvasError if its number is not valid."""
    # Canvas names pages in two ways; 45 rows and per_page=10, page 3:
    #
    #   numbered     ?page=3              links: current, next=4, prev=2, first=1, last=5
    #   bookmarked   ?page=bookmark:WzJd  links: current, next, first; no prev, no last
    #
    #   request                      page that is sent
    #   no page, first_row=23        numbered: the page that contains row 23 (here 3)
    #   page=0, page=abc             numbered: 404; bookmarked: the first page
    #   page=9                       no rows; `prev` names the last page (5), no `next`
    #   row_filter drops rows        fewer rows than per_page, although `next` exists
    size = _page_size(request)
    last_page = max(1, -(-len(response.rows) // size))
    is_bookmarked = response.is_bookmarked or request.quirks.opaque_pages == "all"
    if is_bookmarked:
        number = _parse_bookmark(request.scalar("page"))
    elif (page_name := request.scalar("page")) is None:
        number = response.first_row // size + 1
    else:
        if not re.fullmatch(r"0*[1-9]\d*", page_name):
            raise request.not_found()
        number = int(page_name)
    rows = response.rows[(number - 1) * size : number * size]
    if response.row_filter is not None:
        rows = [row for row in rows if response.row_filter(row)]

    page_names = {"current": _page_name(number, is_bookmarked), "first": _page_name(1, is_bookmarked)}
    if number < last_page:
        page_names["next"] = _page_name(number + 1, is_bookmarked)
    if number > 1 and not is_bookmarked:
        page_names["prev"] = _page_name(min(number - 1, last_page), is_bookmarked)
    if response.has_last and not is_bookmarked:
        page_names["last"] = _page_name(last_page, is_bookmarked)
    return CanvasListPage(rows, _link_header(request, response.link_path or request.path, page_names, size))


def _page_size(request: CanvasRequest) -> int:
    requested = request.scalar("per_page")
    if requested is None:
        return 10
    digits = re.match(r"\s*(\d+)", requested)
    return min(max(int(digits[1]) if digits else 0, 1), request.quirks.max_per_page)


def _page_name(number: int, is_bookmarked: bool) -> str:
    if not is_bookmarked:
        return str(number)
    if number == 1:
        return "first"
    encoded = urlsafe_b64encode(json.dumps([number - 1]).encode()).decode()
    return _BOOKMARK_PREFIX + encoded.rstrip("=")


def _parse_bookmark(name: str | None) -> int:
    """Return the page number of a bookmark, from 1; a malformed bookmark is the first page."""
    if name is None or not name.startswith(_BOOKMARK_PREFIX):
        return 1
    encoded = name.removeprefix(_BOOKMARK_PREFIX)
    try:
        [pages_before] = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        return max(int(pages_before), 0) + 1
    except (ValueError, TypeError):
        return 1


def _link_header(request: CanvasRequest, path: str, page_names: dict[str, str], size: int) -> str:
    query_params = sorted(
        ((key, value) for key, value in request.flat_params if key not in _EXCLUDED_PARAMS),
        key=lambda pair: pair[0],
    )
    query = "".join(f"{quote_plus(key)}={quote_plus(value)}&" for key, value in query_params)
    base_url = request.base_url
    if request.quirks.link_origin is not None:
        base_url = request.quirks.link_origin + re.sub(r"^\w+://[^/]*", "", base_url)
    links = {
        rel: f'<{base_url}{path}?{query}page={quote_plus(page_name)}&per_page={size}>; rel="{rel}"'
        for rel, page_name in page_names.items()
    }
    # Canvas leaves out links when the header gets too long, the least important ones first.
    remaining_bytes, included_rels = request.quirks.max_link_bytes, []
    for rel in _LINK_PRIORITY:
        if rel in links and len(links[rel]) + 1 <= remaining_bytes:
            remaining_bytes -= len(links[rel]) + 1
            included_rels.append(rel)
    return ",".join(links[rel] for rel in _LINK_ORDER if rel in included_rels)
