"""Batches of reads: `POST /multiget` and `POST /multioptions`.

https://developers.schoology.com/api-documentation/rest-api-v1/multi-get: paths after the 50th are
ignored, and only some paths are allowed. The status is always 207.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.params import parse_params

MAX_PATHS = 50
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

ReadHandler = Callable[[SchoologyRequest, str], SchoologyResponse]


def get_many(request: SchoologyRequest, paths: list[str], read: ReadHandler) -> SchoologyResponse:
    """Read each path (`/v1/...`, with its query); return a row for each, in the same order."""
    row_request = replace(request, clamps_limit=request.quirks.multiget_clamps)
    return SchoologyResponse(207, {"response": [_get_one(row_request, path, read) for path in paths]})


def get_many_methods(
    request: SchoologyRequest, paths: list[str], methods: Callable[[SchoologyRequest, str], list[str]]
) -> SchoologyResponse:
    """Return a row with the allowed methods of each path."""
    rows = []
    for path in paths:
        try:
            response = SchoologyResponse(200, methods(request, _below_base(path).partition("?")[0]))
        except SchoologyError as error:
            response = SchoologyResponse(error.status, text=error.text)
        rows.append(_serialize_row(request, request.base + path.removeprefix(_VERSION), response))
    return SchoologyResponse(207, {"response": rows})


def parse_paths(body: bytes) -> list[str]:
    """Return the first 50 paths of a body. Raises SchoologyError if it is malformed."""
    try:
        requested = json.loads(body)["request"]
    except (ValueError, KeyError, TypeError):
        raise SchoologyError(400, "Malformed request body") from None
    paths = [requested] if isinstance(requested, str) else requested
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise SchoologyError(400, "Malformed request body")
    return paths[:MAX_PATHS]


def _get_one(request: SchoologyRequest, requested_path: str, read: ReadHandler) -> Json:
    # A 303 (/users/ext/{code}) becomes, depending on the quirk `multiget_user_ext`:
    #
    #   resolved   the row of the target
    #   location   a 303 row whose location is the target
    #   header     a 303 row whose headers contain the target
    quirks, location = request.quirks, request.base + requested_path.removeprefix(_VERSION)
    try:
        path, _, query = _below_base(requested_path).partition("?")
        if not _ALLOWED.fullmatch(path):
            raise SchoologyError(quirks.multiget_refusal)
        request = replace(request, params=parse_params(query))
        response = read(request, path)
        if response.status == 303 and quirks.multiget_user_ext == "resolved":
            # Location is a URL or a path.
            target = response.headers["Location"].removeprefix(request.base)
            response = read(request, target.removeprefix(urlsplit(request.base).path))
    except SchoologyError as error:
        return _serialize_row(request, location, SchoologyResponse(error.status, text=error.text))
    if response.status == 303 and quirks.multiget_user_ext == "location":
        return _serialize_row(request, response.headers["Location"], SchoologyResponse(303))
    return _serialize_row(request, location, response)


def _below_base(path: str) -> str:
    if not path.startswith(f"{_VERSION}/"):
        raise SchoologyError(404)
    return path.removeprefix(_VERSION)


def _serialize_row(request: SchoologyRequest, location: str, response: SchoologyResponse) -> Json:
    headers: Json = [f"{name}: {value}" for name, value in response.headers.items()]
    if request.quirks.multiget_headers == "null" and not headers:
        headers = None
    row: dict[str, Json] = {"location": location, "response_code": response.status, "headers": headers}
    if response.body is not None:
        as_text = request.quirks.multiget_body == "text"
        return row | {"body": json.dumps(response.body) if as_text else response.body}
    failure = request.quirks.multiget_failure
    bodies = {"empty": "", "null": None, "text": response.text or f"Status {response.status}"}
    return row if failure == "absent" else row | {"body": bodies[failure]}
