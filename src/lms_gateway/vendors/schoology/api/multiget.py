"""Multigets: up to fifty reads in one request, `POST /multiget`.

The reply has status 207 and one row for each path, in the order of the request. Paths after the
fiftieth are ignored silently. A multiget costs three credits and a GET costs one.
https://developers.schoology.com/api-documentation/rest-api-v1/multi-get
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from lms_gateway.domain.errors import Forbidden, LmsError, UpstreamInvalid
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import status_refusal
from lms_gateway.vendors.schoology.api.errors import rate_limit_error
from lms_gateway.vendors.shared.dispatch import RequestGroup
from lms_gateway.vendors.shared.pagination import batched
from lms_gateway.vendors.shared.steps import Outcome

MAX_MULTIGET_PATHS = 50
MULTIGET_THRESHOLD = 3
"""The number of reads up to which single GETs do not cost more credits than a multiget."""

_PACKABLE_PATH = re.compile(
    r"/(?:(?:courses|sections|users)/\d+"
    r"|courses/\d+/sections"
    r"|sections/\d+/enrollments"
    r"|users/\d+/sections"
    r"|(?:sections|users)/ext/[^/]+)"
)
"""The documented paths of a multiget that this package reads."""


class _MultigetRow(msgspec.Struct):
    response_code: int | str
    body: msgspec.Raw = msgspec.Raw(b"null")
    headers: Any = None
    location: Any = None


class _MultigetReply(msgspec.Struct):
    response: list[_MultigetRow]


def pack_multigets(calls: Sequence[Call]) -> list[RequestGroup]:
    """Pack reads into multigets; send every other call by itself.

    Equal reads are one request. Writes are never merged.
    """
    # Cases, for n different packable reads that are ready at the same time:
    #
    #   n          requests                          credits
    #   1 to 3     n GETs, one group                 n
    #   4 to 50    a multiget                        3
    #   51         a multiget and a GET              4
    #   52, 53     two multigets                     6: a request less, although GETs cost less
    #   120        multigets of 50, 50 and 20        9
    #
    # Up to three GETs are one group as well, so that the reads which their replies lead to are
    # ready at the same time and can share a multiget.
    positions: dict[object, list[int]] = {}
    for index, call in enumerate(calls):
        positions.setdefault(call if call.is_plain_read else index, []).append(index)
    groups: list[RequestGroup] = []
    packable: list[Call] = []
    for call_positions in positions.values():
        call = calls[call_positions[0]]
        if is_packable(call):
            packable.append(call)
        else:
            groups.append(RequestGroup((call,), (call_positions,)))
    for chunk in batched(packable, MAX_MULTIGET_PATHS):
        chunk_positions = [positions[call] for call in chunk]
        if len(packable) > MULTIGET_THRESHOLD and len(chunk) > 1:
            unpack = partial(unpack_outcome, count=len(chunk))
            groups.append(RequestGroup((multiget_call(chunk),), chunk_positions, unpack))
        else:
            groups.append(RequestGroup(chunk, chunk_positions))
    return groups


def is_packable(call: Call) -> bool:
    """Return whether a multiget may contain the call."""
    return call.method == "GET" and _PACKABLE_PATH.fullmatch(call.path) is not None


def multiget_call(calls: Sequence[Call]) -> Call:
    """Return the multiget of these calls."""
    paths = [_path(call) for call in calls]
    return Call("/multiget", "/multiget", method="POST", json={"request": paths})


def unpack_outcome(outcome: Outcome, count: int) -> list[Outcome]:
    """Return the outcome of each path. If the multiget failed, each path failed."""
    if isinstance(outcome, LmsError):
        return [outcome] * count
    try:
        return unpack(outcome, count)
    except UpstreamInvalid as error:
        return [error] * count


def unpack(reply: Reply, count: int) -> list[Outcome]:
    """Return the outcome of each path.

    Raises UpstreamInvalid if the reply does not have `count` rows: only its position shows which
    path a row belongs to.
    """
    try:
        rows = msgspec.json.decode(reply.body, type=_MultigetReply).response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UpstreamInvalid("the vendor's multiget reply cannot be parsed") from None
    if len(rows) != count:
        raise UpstreamInvalid("the vendor's multiget reply has the wrong number of rows")
    return [_row_outcome(row) for row in rows]


def _path(call: Call) -> str:
    query = urlencode(call.params, quote_via=quote, safe=",")
    return f"/v1{call.path}?{query}" if query else f"/v1{call.path}"


def _row_outcome(row: _MultigetRow) -> Outcome:
    try:
        status = int(row.response_code)
    except ValueError:
        return UpstreamInvalid("a row of the vendor's multiget reply has no status")
    headers = _row_headers(row.headers)
    if status == 303:
        # The form of such a row is not documented: the target is in `location` or in the headers.
        if isinstance(row.location, str):
            headers.setdefault("location", row.location)
        return Reply(303, headers)
    reply = Reply(status, headers, _row_body(row.body))
    return _row_error(reply) or reply


def _row_error(reply: Reply) -> LmsError | None:
    if reply.status == 401:
        # The signature of the multiget was accepted, so the credential is valid and only this row
        # is refused. Personal keys receive this for the data of other users.
        return Forbidden("the vendor refused access (401)")
    if reply.status == 429:
        return rate_limit_error(reply)
    return status_refusal(reply)


def _row_body(raw: msgspec.Raw) -> bytes:
    body = bytes(raw)
    if body.startswith(b'"'):
        # Some replies contain the row's JSON as text.
        return msgspec.json.decode(body, type=str).encode()
    return body


def _row_headers(raw_headers: Any) -> dict[str, str]:
    """Return a row's headers, which are a list of lines, a map, or missing."""
    if isinstance(raw_headers, dict):
        return {str(name).lower(): str(value) for name, value in raw_headers.items()}
    lines = raw_headers if isinstance(raw_headers, list) else []
    parts = (line.partition(":") for line in lines if isinstance(line, str))
    return {name.strip().lower(): value.strip() for name, _, value in parts}
