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
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.policy import status_refusal
from lms_gateway.vendors.reads import Outcome
from lms_gateway.vendors.schoology.refusals import throttled

MOST = 50
"""Paths in one multiget."""
FEW = 3
"""Reads that cost no more one by one."""

_ALLOWED = re.compile(
    r"/(?:(?:courses|sections|users)/\d+"
    r"|courses/\d+/sections"
    r"|sections/\d+/enrollments"
    r"|users/\d+/sections"
    r"|(?:sections|users)/ext/[^/]+)"
)

T = TypeVar("T")


class _Row(msgspec.Struct):
    response_code: int | str
    body: msgspec.Raw = msgspec.Raw(b"null")
    headers: Any = None
    location: Any = None


class _Envelope(msgspec.Struct):
    response: list[_Row]


def is_packable(call: Call) -> bool:
    """Whether multiget may ask for this: of what is read here, its page names these."""
    return call.method == "GET" and _ALLOWED.fullmatch(call.path) is not None


def pack(calls: Sequence[T]) -> list[Sequence[T]]:
    """Groups of packable calls, each of which is sent as one multiget, or as it is where it is few.

    A last group of two or three joins a multiget of its own only behind full ones: there a request
    less matters more than a credit.
    """
    if len(calls) <= FEW:
        return [calls] if calls else []
    return [calls[at : at + MOST] for at in range(0, len(calls), MOST)]


def multiget(calls: Sequence[Call]) -> Call:
    """The one request for all of these."""
    paths = [_path(call) for call in calls]
    return Call("/multiget", "/multiget", method="POST", json={"request": paths})


def unpack(reply: Reply, count: int) -> list[Outcome]:
    """What became of each path.

    Raises UpstreamInvalid where the reply does not have exactly `count` rows: rows are told apart
    by their place alone.
    """
    try:
        rows = msgspec.json.decode(reply.body, type=_Envelope).response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UpstreamInvalid("the vendor's multiget reply cannot be read") from None
    if len(rows) != count:
        raise UpstreamInvalid("the vendor's multiget left out rows")
    return [_outcome(row) for row in rows]


def share_out(outcome: Outcome, count: int) -> list[Outcome]:
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


def _outcome(row: _Row) -> Outcome:
    try:
        status = int(row.response_code)
    except ValueError:
        return UpstreamInvalid("a row of the vendor's multiget has no status")
    headers = _headers(row.headers)
    if status == 303:
        return _redirect(row, headers)
    reply = Reply(status, headers, _body(row.body))
    refusal = _refusal(reply)
    return reply if refusal is None else refusal


def _redirect(row: _Row, headers: dict[str, str]) -> Reply:
    # Nobody has published such a row: its target may be its location, or among its headers.
    if isinstance(row.location, str):
        headers.setdefault("location", row.location)
    return Reply(303, headers)


def _refusal(reply: Reply) -> LmsError | None:
    if reply.status == 401:
        # The request's own signature was accepted: only this row is not for us. Personal keys meet
        # that for everybody's data but their owner's.
        return Forbidden("the vendor refused access (401)")
    if reply.status == 429:
        return throttled(reply)
    return status_refusal(reply)


def _body(raw: msgspec.Raw) -> bytes:
    body = bytes(raw)
    if body.startswith(b'"'):
        # Some have met the row's JSON as text inside the envelope's.
        return msgspec.json.decode(body, type=str).encode()
    return body


def _headers(told: Any) -> dict[str, str]:
    """A row's headers, which are lines, a map, or nothing."""
    if isinstance(told, dict):
        return {str(name).lower(): str(value) for name, value in told.items()}
    lines = told if isinstance(told, list) else []
    parts = (line.partition(":") for line in lines if isinstance(line, str))
    return {name.strip().lower(): value.strip() for name, _, value in parts}
