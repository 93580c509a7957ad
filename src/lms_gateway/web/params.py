"""Reading a GraphQL request off the wire: body, query string, and what may stand in them.

https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from lms_gateway.web.incoming import Incoming
from lms_gateway.web.negotiation import JSON, content_type
from lms_gateway.web.refusals import Refused

_UTF_8 = frozenset({"utf-8", "utf8"})
_MOST_QUERY_FIELDS = 100

_MOST_DISCARDED = 16 * 1024 * 1024
"""Bytes beyond the limit that are read and thrown away. A client that is still sending when the
connection closes sees a broken line instead of the refusal."""


class Params(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a well-formed GraphQL request says."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    """Clients that know of no name also send an empty one."""
    extensions: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(Params)


async def read_raw(request: Incoming, max_body_bytes: int) -> bytes:
    """What holds the parameters: a POST's body, else the query string.

    Raises Refused: 413 for a body that is too large, 415 for one that is not JSON in UTF-8.
    """
    if request.method != "POST":
        return request.query_string
    media_type, charset = content_type(request.header(b"content-type"))
    if media_type != JSON or (charset is not None and charset not in _UTF_8):
        raise Refused(
            415,
            "send the request as JSON, with Content-Type: application/json in UTF-8",
            headers={"Accept-Post": "application/json; charset=utf-8"},
        )
    return await _read_body(request, max_body_bytes)


def params_of_raw(raw: bytes, *, by_post: bool) -> Params:
    """The parameters that `read_raw` read. Raises Refused (400) for what is malformed."""
    if not by_post:
        return _of_query_string(raw)
    try:
        params = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # something is wrong with it, or there is more in it than we know: look closer
    else:
        if params.query:
            return params
    return params_of(_decode(raw, "the body"))


def params_of(message: Any) -> Params:
    """Check a decoded request. Raises Refused (400) naming the parameter that is wrong."""
    if not isinstance(message, dict):
        raise Refused(400, "the request must be a JSON object; batches are not supported")
    query = message.get("query")
    if not isinstance(query, str) or not query:
        raise Refused(400, "`query` is missing or is not a string")
    operation_name = message.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise Refused(400, "`operationName` must be a string or null")
    return Params(
        query=query,
        variables=_object(message, "variables"),
        operation_name=operation_name,
        extensions=_object(message, "extensions"),
    )


def _object(message: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise Refused(400, f"`{name}` must be an object or null")
    return value


def _of_query_string(query_string: bytes) -> Params:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_QUERY_FIELDS,
        )
    except ValueError:
        raise Refused(400, "the query string is not UTF-8 in URL encoding") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused(400, "a parameter stands in the query string more than once")
    message: dict[str, Any] = {
        "query": fields.get("query"),
        "operationName": fields.get("operationName"),
    }
    for name in ("variables", "extensions"):
        if fields.get(name):
            message[name] = _decode(fields[name].encode(), f"`{name}`")
    return params_of(message)


def _decode(text: bytes, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Refused(400, f"{name} is not valid JSON in UTF-8") from None


async def _read_body(request: Incoming, most: int) -> bytes:
    declared = request.header(b"content-length") or "0"
    if not declared.isdecimal() or int(declared) > most + _MOST_DISCARDED:
        raise _too_large(most)
    if int(declared) > most and b"expect" in request.heads:
        raise _too_large(most)  # the client waits to hear whether it should send the body at all
    chunk, more = await request.next_chunk()
    if not more and len(chunk) <= most:
        return chunk
    body = bytearray()
    received = 0
    while True:
        received += len(chunk)
        if received <= most:
            body += chunk
        if not more or received > most + _MOST_DISCARDED:
            break
        chunk, more = await request.next_chunk()
    if received > most:
        raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Refused:
    close = {"Connection": "close"}
    return Refused(413, f"the body is larger than {most} bytes", headers=close)
