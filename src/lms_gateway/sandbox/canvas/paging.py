"""Canvas's pages: which rows, and the Link header that leads on.

https://developerdocs.instructure.com/services/canvas/basics/file.pagination
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from lms_gateway.sandbox.canvas.ask import Ask, Listing

_ORDER = ("current", "next", "prev", "first", "last")
_IMPORTANCE = ("next", "last", "prev", "current", "first")
_LEFT_OUT = ("access_token", "page", "per_page")
_MARK = "bookmark:"


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Any]
    link: str  # the header's value


def cut_page(ask: Ask, listing: Listing) -> Page:
    """The page that was asked for. Raises Refusal where its name is no page's."""
    size = _size(ask)
    total = len(listing.rows)
    last = max(1, -(-total // size))
    marked = listing.is_bookmarked or ask.habits.opaque_pages == "all"
    if marked:
        number = _read_mark(ask.one("page"))
    elif (named := ask.one("page")) is None:
        number = listing.start_at // size + 1
    else:
        if not re.fullmatch(r"0*[1-9]\d*", named):
            raise ask.missing()
        number = int(named)
    rows = listing.rows[(number - 1) * size : number * size]
    if listing.keep is not None:
        rows = [row for row in rows if listing.keep(row)]

    names = {"current": _name(number, marked), "first": _name(1, marked)}
    if number < last:
        names["next"] = _name(number + 1, marked)
    if number > 1 and not marked:
        names["prev"] = _name(min(number - 1, last), marked)
    if listing.has_last and not marked:
        names["last"] = _name(last, marked)
    return Page(rows, _link(ask, listing.path or ask.path, names, size))


def _size(ask: Ask) -> int:
    asked = ask.one("per_page")
    if asked is None:
        return 10
    digits = re.match(r"\s*(\d+)", asked)
    return min(max(int(digits[1]) if digits else 0, 1), ask.habits.most_per_page)


def _name(number: int, marked: bool) -> str:
    if not marked:
        return str(number)
    if number == 1:
        return "first"
    return _MARK + urlsafe_b64encode(json.dumps([number - 1]).encode()).decode().rstrip("=")


def _read_mark(name: str | None) -> int:
    """A bookmark's page, counted from 1; one that cannot be read is the first."""
    if name is None or not name.startswith(_MARK):
        return 1
    coded = name.removeprefix(_MARK)
    try:
        [before] = json.loads(urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
        return max(int(before), 0) + 1
    except (ValueError, TypeError):
        return 1


def _link(ask: Ask, path: str, names: dict[str, str], size: int) -> str:
    kept = sorted(
        ((key, value) for key, value in ask.query if key not in _LEFT_OUT),
        key=lambda pair: pair[0],
    )
    query = "".join(f"{quote_plus(key)}={quote_plus(value)}&" for key, value in kept)
    base = ask.base
    if ask.habits.link_origin is not None:
        base = ask.habits.link_origin + re.sub(r"^\w+://[^/]*", "", base)
    links = {
        rel: f'<{base}{path}?{query}page={quote_plus(name)}&per_page={size}>; rel="{rel}"'
        for rel, name in names.items()
    }
    room, kept_links = ask.habits.link_bytes, []
    for rel in _IMPORTANCE:
        if rel in links and len(links[rel]) + 1 <= room:
            room -= len(links[rel]) + 1
            kept_links.append(rel)
    return ",".join(links[rel] for rel in _ORDER if rel in kept_links)
