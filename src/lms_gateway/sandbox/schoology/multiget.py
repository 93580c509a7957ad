"""Many reads in one: `POST /multiget`, and its sibling `POST /multioptions`.

https://developers.schoology.com/api-documentation/rest-api-v1/multi-get: at most 50 paths, what
is beyond is dropped without a word; only some paths may be asked. The whole is 207, whatever its
rows are.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from .view import Answer, Json, Refusal, View

MOST_ROWS = 50
_VERSION = "/v1"
_ALLOWED = re.compile(
    r"/(?:"
    r"(?:groups|courses|users|sections)/\d+"
    r"|courses/\d+/sections"
    r"|sections/\d+/(?:assignments|enrollments|grade_items|grades)"
    r"|(?:sections|users)/ext/[^/]+"
    r"|users/\d+/(?:sections|groups)"
    r"|(?:sections|groups|users|schools)/\d+/(?:updates|discussions|events)"
    r")"
)

Read = Callable[[View, str, str], Answer]


def get_many(view: View, paths: list[str], read: Read) -> Answer:
    """Read each path (`/v1/...`, with its query) and tell one row each, in the order asked."""
    inside = replace(view, clamps=view.habits.multiget_clamps)
    return Answer(207, {"response": [_get_one(inside, path, read) for path in paths]})


def ask_methods(view: View, paths: list[str], methods: Callable[[View, str], list[str]]) -> Answer:
    """Tell of each path which methods it knows."""
    rows = []
    for path in paths:
        try:
            told = Answer(200, methods(view, _below_base(path).partition("?")[0]))
        except Refusal as refusal:
            told = Answer(refusal.status, text=refusal.text)
        rows.append(_tell_row(view, view.base + path.removeprefix(_VERSION), told))
    return Answer(207, {"response": rows})


def parse_paths(body: bytes) -> list[str]:
    """The paths that a body asks for, the first 50. Raises Refusal(400) on another body."""
    try:
        asked = json.loads(body)["request"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(400, "Malformed request body") from None
    paths = [asked] if isinstance(asked, str) else asked
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise Refusal(400, "Malformed request body")
    return paths[:MOST_ROWS]


def _get_one(view: View, asked: str, read: Read) -> Json:
    habits, location = view.habits, view.base + asked.removeprefix(_VERSION)
    try:
        path, _, query = _below_base(asked).partition("?")
        if not _ALLOWED.fullmatch(path):
            raise Refusal(habits.multiget_refusal)
        answer = read(view, path, query)
        if answer.status == 303 and habits.multiget_user_ext == "resolved":
            # The target is told in full or by path.
            target = answer.headers["Location"].removeprefix(view.base)
            answer = read(view, target.removeprefix(urlsplit(view.base).path), query)
    except Refusal as refusal:
        return _tell_row(view, location, Answer(refusal.status, text=refusal.text))
    if answer.status == 303 and habits.multiget_user_ext == "location":
        return _tell_row(view, answer.headers["Location"], Answer(303))
    return _tell_row(view, location, answer)


def _below_base(path: str) -> str:
    if not path.startswith(f"{_VERSION}/"):
        raise Refusal(404)
    return path.removeprefix(_VERSION)


def _tell_row(view: View, location: str, answer: Answer) -> Json:
    headers: Json = [f"{name}: {value}" for name, value in answer.headers.items()]
    if view.habits.multiget_headers == "null" and not headers:
        headers = None
    row: dict[str, Json] = {
        "location": location,
        "response_code": answer.status,
        "headers": headers,
    }
    if answer.body is not None:
        as_text = view.habits.multiget_body == "text"
        return row | {"body": json.dumps(answer.body) if as_text else answer.body}
    match view.habits.multiget_failure:
        case "empty":
            return row | {"body": ""}
        case "null":
            return row | {"body": None}
        case "text":
            return row | {"body": answer.text or f"Status {answer.status}"}
        case "absent":
            return row
