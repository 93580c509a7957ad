"""The steps that an answer in JSON and a stream of events have in common."""

from collections.abc import Container
from types import MappingProxyType

import msgspec
from graphql import GraphQLError

from lms_gateway.domain.errors import LmsError
from lms_gateway.telemetry import request_id
from lms_gateway.web.answers import Answer, refuse_operation
from lms_gateway.web.incoming import Incoming
from lms_gateway.web.negotiation import GRAPHQL, JSON
from lms_gateway.web.operations import (
    MUTATION,
    Asker,
    Credentials,
    Operation,
    Runner,
)
from lms_gateway.web.params import params_of_raw, read_raw
from lms_gateway.web.refusals import Refused, body_of, refuse
from lms_gateway.web.reply import Reply
from lms_gateway.web.state import Generation
from lms_gateway.web.until import Until

_ONLY_ONCE = MappingProxyType({b"authorization": "Authorization", b"x-tenant": "X-Tenant"})

METHODS = "GET, HEAD, POST, OPTIONS"


def credentials_of(request: Incoming) -> Credentials:
    """What the request says of its caller and tenant. Raises Refused where it says two things."""
    # A proxy may have looked at another header of that name than the first.
    for name in request.twice:
        if name in _ONLY_ONCE:
            shown = _ONLY_ONCE[name]
            raise Refused(400, f"{shown} stands in the request more than once; send it once")
    return Credentials(
        authorization=request.header(b"authorization"),
        path_tenant=request.slug,
        header_tenant=request.header(b"x-tenant"),
        host=request.header(b"host"),
        from_page=is_from_page(request.heads),
    )


def is_from_page(heads: Container[bytes]) -> bool:
    """Whether a browser sent this on behalf of a page, rather than some other client."""
    return b"origin" in heads or b"sec-fetch-site" in heads


def admit(
    request: Incoming, credentials: Credentials, generation: Generation, *, reading: bool
) -> Asker:
    """Who asks, for which tenant. Raises Refused with the status of the failure."""
    try:
        asker = credentials.admit(generation.tenants, reading=reading)
    except LmsError as error:
        raise refuse(error) from None
    if asker.selected is not None:
        request.told["tenant"] = asker.selected.slug
    return asker


async def receive_raw(request: Incoming, generation: Generation, due: float) -> bytes:
    """What holds the parameters. Raises Refused where it may not be read, or comes too slowly."""
    try:
        with Until(due):
            return await read_raw(request, generation.limits.max_body_bytes)
    except TimeoutError:
        close = {"Connection": "close"}
        raise Refused(408, "the body did not arrive in time", headers=close) from None


def understand(
    request: Incoming,
    raw: bytes,
    credentials: Credentials,
    asker: Asker,
    generation: Generation,
    runner: Runner,
) -> tuple[Operation, Asker] | Answer:
    """The operation and who may run it, or an answer that says why it is not run.

    Raises Refused where the request is malformed, would write by GET, or comes from a caller who
    may not write.
    """
    params = params_of_raw(raw, by_post=request.method == "POST")
    try:
        operation = runner.read(params, generation.limits)
    except GraphQLError as error:
        return refuse_operation(error, request_id.get())
    request.told["operation"] = operation.type.value
    if operation.type is MUTATION:
        if request.method != "POST":
            raise Refused(405, "send mutations by POST", headers={"Allow": "POST"})
        asker = admit(request, credentials, generation, reading=False)
    return operation, asker


def respond(answer: Answer, media_type: str) -> Reply:
    """The answer in the negotiated media type, with the status that it has there."""
    # Old clients never look into the body of anything but a 200.
    status = 200 if media_type == JSON and answer.status == 400 else answer.status
    return Reply(answer.encode(), media_type, status)


def respond_refused(refused: Refused, media_type: str | None) -> Reply:
    """A refusal, in JSON whatever else was asked for."""
    body = msgspec.json.encode(body_of(refused, request_id.get()))
    return Reply(body, GRAPHQL if media_type == GRAPHQL else JSON, refused.status, refused.headers)
