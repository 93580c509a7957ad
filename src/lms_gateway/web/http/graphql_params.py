"""Reading a GraphQL request off the wire: body, query string, and what may stand in them.

https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from lms_gateway.web.http.errors import HTTPError
from lms_gateway.web.http.negotiation import JSON, content_type
from lms_gateway.web.http.request import GraphQLRequest

_UTF_8 = frozenset({"utf-8", "utf8"})
_MAX_QUERY_FIELDS = 100

_MAX_DISCARDED_BYTES = 16 * 1024 * 1024
"""Bytes beyond the limit that are read and thrown away. A client that is still sending when the
connection closes sees a broken line instead of the refusal."""


class GraphQLParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a well-formed GraphQL request says."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    """Clients that know of no name also send an empty one."""
    extensions: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(GraphQLParams)


async def read_raw_params(request: GraphQLRequest, max_body_bytes: int) -> bytes:
    """What holds the parameters: a POST's body, else the query string.

    Raises Refused: 413 for a body that is too large, 415 for one that is not JSON in UTF-8.
    """
    if request.method != "POST":
        return request.query_string
    media_type, charset = content_type(request.header(b"content-type"))
    if media_type != JSON or (charset is not None and charset not in _UTF_8):
        raise HTTPError(
            415,
            "send the request as JSON, with Content-Type: application/json in UTF-8",
            headers={"Accept-Post": "application/json; charset=utf-8"},
        )
    return await _read_body(request, max_body_bytes)


def decode_params(raw: bytes, *, by_post: bool) -> GraphQLParams:
    """The parameters that `read_raw` read. Raises Refused (400) for what is malformed."""
    if not by_post:
        return _decode_query_string(raw)
    try:
        params = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # something is wrong with it, or there is more in it than we know: look closer
    else:
        if params.query:
            return params
    return validate_params(_decode_json(raw, "the body"))


def validate_params(message: Any) -> GraphQLParams:
    """Check a decoded request. Raises Refused (400) naming the parameter that is wrong."""
    if not isinstance(message, dict):
        raise HTTPError(400, "the request must be a JSON object; batches are not supported")
    query = message.get("query")
    if not isinstance(query, str) or not query:
        raise HTTPError(400, "`query` is missing or is not a string")
    operation_name = message.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HTTPError(400, "`operationName` must be a string or null")
    return GraphQLParams(
        query=query,
        variables=_optional_object(message, "variables"),
        operation_name=operation_name,
        extensions=_optional_object(message, "extensions"),
    )


def _optional_object(message: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise HTTPError(400, f"`{name}` must be an object or null")
    return value


def _decode_query_string(query_string: bytes) -> GraphQLParams:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_QUERY_FIELDS,
        )
    except ValueError:
        raise HTTPError(400, "the query string is not UTF-8 in URL encoding") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise HTTPError(400, "a parameter stands in the query string more than once")
    message: dict[str, Any] = {
        "query": fields.get("query"),
        "operationName": fields.get("operationName"),
    }
    for name in ("variables", "extensions"):
        if fields.get(name):
            message[name] = _decode_json(fields[name].encode(), f"`{name}`")
    return validate_params(message)


def _decode_json(text: bytes, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise HTTPError(400, f"{name} is not valid JSON in UTF-8") from None


async def _read_body(request: GraphQLRequest, max_bytes: int) -> bytes:
    declared_length = request.header(b"content-length") or "0"
    if not declared_length.isdecimal() or int(declared_length) > max_bytes + _MAX_DISCARDED_BYTES:
        raise _body_too_large(max_bytes)
    if int(declared_length) > max_bytes and b"expect" in request.headers:
        raise _body_too_large(
            max_bytes
        )  # the client waits to hear whether it should send the body at all
    chunk, more = await request.read_chunk()
    if not more and len(chunk) <= max_bytes:
        return chunk
    body = bytearray()
    received = 0
    while True:
        received += len(chunk)
        if received <= max_bytes:
            body += chunk
        if not more or received > max_bytes + _MAX_DISCARDED_BYTES:
            break
        chunk, more = await request.read_chunk()
    if received > max_bytes:
        raise _body_too_large(max_bytes)
    return bytes(body)


def _body_too_large(max_bytes: int) -> HTTPError:
    headers = {"Connection": "close"}
    return HTTPError(413, f"the body is larger than {max_bytes} bytes", headers=headers)
