"""The steps that an answer in JSON and a stream of events have in common."""

from collections.abc import Container
from types import MappingProxyType

import msgspec
from graphql import GraphQLError

from lms_gateway.domain.errors import LmsError
from lms_gateway.telemetry import request_id
from lms_gateway.web.fast_path.timeout import Timeout
from lms_gateway.web.graphql.executor import (
    MUTATION,
    Operation,
    OperationExecutor,
    Principal,
    RequestCredentials,
)
from lms_gateway.web.graphql.results import GraphQLAnswer, reject_operation
from lms_gateway.web.http.errors import HTTPError, error_body, to_http_error
from lms_gateway.web.http.graphql_params import decode_params, read_raw_params
from lms_gateway.web.http.negotiation import GRAPHQL, JSON
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.http.response import GraphQLResponse
from lms_gateway.web.protocols import Snapshot

_UNREPEATABLE_HEADERS = MappingProxyType(
    {b"authorization": "Authorization", b"x-tenant": "X-Tenant"}
)

ALLOWED_METHODS = "GET, HEAD, POST, OPTIONS"


def read_credentials(request: GraphQLRequest) -> RequestCredentials:
    """What the request says of its caller and tenant. Raises Refused where it says two things."""
    # A proxy may have looked at another header of that name than the first.
    for name in request.repeated_headers:
        if name in _UNREPEATABLE_HEADERS:
            display_name = _UNREPEATABLE_HEADERS[name]
            raise HTTPError(
                400, f"{display_name} stands in the request more than once; send it once"
            )
    return RequestCredentials(
        authorization=request.header(b"authorization"),
        path_tenant=request.tenant_slug,
        header_tenant=request.header(b"x-tenant"),
        host=request.header(b"host"),
        from_page=is_from_page(request.headers),
    )


def is_from_page(headers: Container[bytes]) -> bool:
    """Whether a browser sent this on behalf of a page, rather than some other client."""
    return b"origin" in headers or b"sec-fetch-site" in headers


def admit(
    request: GraphQLRequest, credentials: RequestCredentials, snapshot: Snapshot, *, reading: bool
) -> Principal:
    """Who asks, for which tenant. Raises Refused with the status of the failure."""
    try:
        principal = credentials.admit(snapshot.tenants, reading=reading)
    except LmsError as error:
        raise to_http_error(error) from None
    if principal.selected is not None:
        request.log_fields["tenant"] = principal.selected.slug
    return principal


async def receive_raw_params(request: GraphQLRequest, snapshot: Snapshot, due: float) -> bytes:
    """What holds the parameters. Raises Refused where it may not be read, or comes too slowly."""
    try:
        with Timeout(due):
            return await read_raw_params(request, snapshot.limits.max_body_bytes)
    except TimeoutError:
        headers = {"Connection": "close"}
        raise HTTPError(408, "the body did not arrive in time", headers=headers) from None


def prepare_operation(
    request: GraphQLRequest,
    raw_params: bytes,
    credentials: RequestCredentials,
    principal: Principal,
    snapshot: Snapshot,
    executor: OperationExecutor,
) -> tuple[Operation, Principal] | GraphQLAnswer:
    """The operation and who may run it, or an answer that says why it is not run.

    Raises Refused where the request is malformed, would write by GET, or comes from a caller who
    may not write.
    """
    params = decode_params(raw_params, by_post=request.method == "POST")
    try:
        operation = executor.parse(params, snapshot.limits)
    except GraphQLError as error:
        return reject_operation(error, request_id.get())
    request.log_fields["operation"] = operation.type.value
    if operation.type is MUTATION:
        if request.method != "POST":
            raise HTTPError(405, "send mutations by POST", headers={"Allow": "POST"})
        principal = admit(request, credentials, snapshot, reading=False)
    return operation, principal


def create_response(answer: GraphQLAnswer, media_type: str) -> GraphQLResponse:
    """The answer in the negotiated media type, with the status that it has there."""
    # Old clients never look into the body of anything but a 200.
    status = 200 if media_type == JSON and answer.status == 400 else answer.status
    return GraphQLResponse(answer.encode(), media_type, status)


def create_error_response(error: HTTPError, media_type: str | None) -> GraphQLResponse:
    """A refusal, in JSON whatever else was asked for."""
    body = msgspec.json.encode(error_body(error, request_id.get()))
    return GraphQLResponse(
        body, GRAPHQL if media_type == GRAPHQL else JSON, error.status, error.headers
    )
