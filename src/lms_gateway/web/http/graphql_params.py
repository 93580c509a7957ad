"""The parameters of a GraphQL request, from the body or the query string.

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
"""Bytes beyond the limit that are read and discarded. If the connection closes while the client
still sends, the client sees a connection error instead of the response."""


class GraphQLParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The parameters of a well-formed GraphQL request."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    """May be empty: some clients send "" instead of null."""
    extensions: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(GraphQLParams)


async def read_raw_params(request: GraphQLRequest, max_body_bytes: int) -> bytes:
    """Return the body of a POST, the query string of any other method.

    Raises HTTPError: 413 if the body is too large, 415 if it is not JSON in UTF-8.
    """
    if request.method != "POST":
        return request.query_string
    media_type, charset = content_type(request.header(b"content-type"))
    if media_type != JSON or (charset is not None and charset not in _UTF_8):
        accepted = {"Accept-Post": "application/json; charset=utf-8"}
        raise HTTPError(415, "Content-Type must be application/json, in UTF-8", headers=accepted)
    return await _read_body(request, max_body_bytes)


def decode_params(raw: bytes, *, by_post: bool) -> GraphQLParams:
    """Decode what `read_raw_params` returned. Raises HTTPError (400) if it is malformed."""
    if not by_post:
        return _decode_query_string(raw)
    try:
        params = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # malformed, or with unknown parameters: validate_params decides
    else:
        if params.query:
            return params
    return validate_params(_decode_json(raw, "request body"))


def validate_params(message: Any) -> GraphQLParams:
    """Return the parameters of a decoded request. Raises HTTPError (400) if one is invalid.

    Unknown parameters are ignored.
    """
    if not isinstance(message, dict):
        raise HTTPError(400, "the request must be a JSON object; batches are not supported")
    query = message.get("query")
    if not isinstance(query, str) or not query:
        raise HTTPError(400, "`query` must be a non-empty string")
    operation_name = message.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HTTPError(400, "`operationName` must be a string or null")
    variables, extensions = (_optional_object(message, n) for n in ("variables", "extensions"))
    return GraphQLParams(query, variables, operation_name, extensions)


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
        raise HTTPError(400, "query string: must be UTF-8, URL-encoded") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise HTTPError(400, "query string: a parameter must not be repeated")
    message: dict[str, Any] = {name: fields.get(name) for name in ("query", "operationName")}
    for name in ("variables", "extensions"):
        if fields.get(name):
            message[name] = _decode_json(fields[name].encode(), f"`{name}`")
    return validate_params(message)


def _decode_json(text: bytes, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise HTTPError(400, f"{name}: must be valid JSON in UTF-8") from None


async def _read_body(request: GraphQLRequest, max_bytes: int) -> bytes:
    # Cases, by what is known of the body's length:
    #
    #   Content-Length                  the body
    #   invalid, or far beyond limit    413 at once, unread
    #   beyond limit, with Expect       413 at once: the client waits before it sends the body
    #   beyond limit                    read and discarded, then 413
    #   within limit                    read; usually one chunk, returned without a copy
    #   none (chunked)                  read; 413 at its end, or when too much was discarded
    declared = request.header(b"content-length") or "0"
    if not declared.isdecimal() or int(declared) > max_bytes + _MAX_DISCARDED_BYTES:
        raise _body_too_large(max_bytes)
    if int(declared) > max_bytes and b"expect" in request.headers:
        raise _body_too_large(max_bytes)
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
    message = f"request body: must not be larger than {max_bytes} bytes"
    return HTTPError(413, message, headers={"Connection": "close"})
