"""Up to fifty reads in one request: `POST /multiget`.

https://developers.schoology.com/api-documentation/rest-api-v1/multi-get: 207 whatever the rows are,
one row for each path in the order asked, and what is beyond the fiftieth is dropped without a word.
It costs three credits where a GET costs one, so up to three reads go as they are.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from lms_gateway.domain.errors import Forbidden, LmsError, UpstreamInvalid
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import status_refusal
from lms_gateway.vendors.schoology.api.errors import rate_limit_error
from lms_gateway.vendors.shared.steps import Outcome

MAX_MULTIGET_PATHS = 50
"""Paths in one multiget."""
MULTIGET_THRESHOLD = 3
"""Reads that cost no more one by one."""

_PACKABLE_PATH = re.compile(
    r"/(?:(?:courses|sections|users)/\d+"
    r"|courses/\d+/sections"
    r"|sections/\d+/enrollments"
    r"|users/\d+/sections"
    r"|(?:sections|users)/ext/[^/]+)"
)

T = TypeVar("T")


class _MultigetRow(msgspec.Struct):
    response_code: int | str
    body: msgspec.Raw = msgspec.Raw(b"null")
    headers: Any = None
    location: Any = None


class _MultigetReply(msgspec.Struct):
    response: list[_MultigetRow]


def is_packable(call: Call) -> bool:
    """Whether multiget may ask for this: of what is read here, its page names these."""
    return call.method == "GET" and _PACKABLE_PATH.fullmatch(call.path) is not None


def pack(calls: Sequence[T]) -> list[Sequence[T]]:
    """Groups of packable calls, each of which is sent as one multiget, or as it is where it is few.

    A last group of two or three joins a multiget of its own only behind full ones: there a request
    less matters more than a credit.
    """
    if len(calls) <= MULTIGET_THRESHOLD:
        return [calls] if calls else []
    return [
        calls[start : start + MAX_MULTIGET_PATHS]
        for start in range(0, len(calls), MAX_MULTIGET_PATHS)
    ]


def multiget_call(calls: Sequence[Call]) -> Call:
    """The one request for all of these."""
    paths = [_path(call) for call in calls]
    return Call("/multiget", "/multiget", method="POST", json={"request": paths})


def unpack(reply: Reply, count: int) -> list[Outcome]:
    """What became of each path.

    Raises UpstreamInvalid where the reply does not have exactly `count` rows: rows are told apart
    by their place alone.
    """
    try:
        rows = msgspec.json.decode(reply.body, type=_MultigetReply).response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UpstreamInvalid("the vendor's multiget reply cannot be read") from None
    if len(rows) != count:
        raise UpstreamInvalid("the vendor's multiget left out rows")
    return [_row_outcome(row) for row in rows]


def distribute_outcome(outcome: Outcome, count: int) -> list[Outcome]:
    """What became of each path: where the multiget failed, or cannot be read, each did."""
    if isinstance(outcome, LmsError):
        return [outcome] * count
    try:
        return unpack(outcome, count)
    except UpstreamInvalid as error:
        return [error] * count


def _path(call: Call) -> str:
    query = urlencode(call.params, quote_via=quote, safe=",")
    return f"/v1{call.path}?{query}" if query else f"/v1{call.path}"


def _row_outcome(row: _MultigetRow) -> Outcome:
    try:
        status = int(row.response_code)
    except ValueError:
        return UpstreamInvalid("a row of the vendor's multiget has no status")
    headers = _row_headers(row.headers)
    if status == 303:
        return _redirect_reply(row, headers)
    reply = Reply(status, headers, _row_body(row.body))
    error = _row_error(reply)
    return reply if error is None else error


def _redirect_reply(row: _MultigetRow, headers: dict[str, str]) -> Reply:
    # Nobody has published such a row: its target may be its location, or among its headers.
    if isinstance(row.location, str):
        headers.setdefault("location", row.location)
    return Reply(303, headers)


def _row_error(reply: Reply) -> LmsError | None:
    if reply.status == 401:
        # The request's own signature was accepted: only this row is not for us. Personal keys meet
        # that for everybody's data but their owner's.
        return Forbidden("the vendor refused access (401)")
    if reply.status == 429:
        return rate_limit_error(reply)
    return status_refusal(reply)


def _row_body(raw: msgspec.Raw) -> bytes:
    body = bytes(raw)
    if body.startswith(b'"'):
        # Some have met the row's JSON as text inside the envelope's.
        return msgspec.json.decode(body, type=str).encode()
    return body


def _row_headers(raw_headers: Any) -> dict[str, str]:
    """A row's headers, which are lines, a map, or nothing."""
    if isinstance(raw_headers, dict):
        return {str(name).lower(): str(value) for name, value in raw_headers.items()}
    lines = raw_headers if isinstance(raw_headers, list) else []
    parts = (line.partition(":") for line in lines if isinstance(line, str))
    return {name.strip().lower(): value.strip() for name, _, value in parts}
