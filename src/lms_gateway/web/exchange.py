"""The steps that an answer in JSON and a stream of events have in common."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive

from lms_gateway.domain.deadline import deadline
from lms_gateway.domain.errors import LmsError
from lms_gateway.telemetry import request_id
from lms_gateway.web.negotiation import GRAPHQL, JSON
from lms_gateway.web.operations import (
    MUTATION,
    Answer,
    Asker,
    Credentials,
    Operation,
    read_operation,
    refuse_operation,
)
from lms_gateway.web.params import read_params
from lms_gateway.web.refusals import Refused, body_of, refuse
from lms_gateway.web.state import Generation

METHODS = "GET, HEAD, POST, OPTIONS"


def credentials_of(request: Request) -> Credentials:
    """What the request says of its caller and tenant. Raises Refused where it says two things."""
    return Credentials(
        authorization=_only(request, "Authorization"),
        path_tenant=request.path_params.get("slug"),
        header_tenant=_only(request, "X-Tenant"),
        host=request.headers.get("host"),
        from_page=is_from_page(request),
    )


def is_from_page(request: HTTPConnection) -> bool:
    """Whether a browser sent this on behalf of a page, rather than some other client."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def _only(request: Request, header: str) -> str | None:
    """A header's value. A proxy may have looked at another one than the first."""
    values = request.headers.getlist(header)
    if len(set(values)) > 1:
        raise Refused(400, f"{header} stands in the request more than once; send it once")
    return values[0] if values else None


def admit(request: Request, generation: Generation, *, reading: bool) -> Asker:
    """Who asks, for which tenant. Raises Refused with the status of the failure."""
    try:
        asker = credentials_of(request).admit(generation.tenants, reading=reading)
    except LmsError as error:
        raise refuse(error) from None
    if asker.selected is not None:
        request.scope["told"]["tenant"] = asker.selected.slug
    return asker


async def receive_operation(
    request: Request, generation: Generation
) -> tuple[Operation, Asker] | Answer:
    """Admit the caller, then read the operation: both, or an answer that says why it is not run.

    Raises Refused where the caller may not ask, or the request is malformed, comes too slowly, or
    would write by GET.
    """
    asker = admit(request, generation, reading=True)
    try:
        async with asyncio.timeout_at(deadline.get()):
            params = await read_params(request, generation.limits.max_body_bytes)
    except TimeoutError:
        close = {"Connection": "close"}
        raise Refused(408, "the body did not arrive in time", headers=close) from None
    try:
        operation = read_operation(params, generation.limits)
    except GraphQLError as error:
        return refuse_operation(error, request_id.get())
    request.scope["told"]["operation"] = operation.type.value
    if operation.type is MUTATION:
        if request.method != "POST":
            raise Refused(405, "send mutations by POST", headers={"Allow": "POST"})
        asker = admit(request, generation, reading=False)
    return operation, asker


@contextmanager
def due_within(seconds: float) -> Iterator[None]:
    """Set the request's deadline, from now."""
    token = deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def respond(answer: Answer, media_type: str) -> Response:
    """The answer in the negotiated media type, with the status that it has there."""
    # Old clients never look into the body of anything but a 200.
    status = 200 if media_type == JSON and answer.status == 400 else answer.status
    return _encode(answer.payload, media_type, status, {})


def respond_refused(refused: Refused, media_type: str | None) -> Response:
    """A refusal, in JSON whatever else was asked for."""
    body = body_of(refused, request_id.get())
    return _encode(
        body, GRAPHQL if media_type == GRAPHQL else JSON, refused.status, refused.headers
    )


async def until_disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _encode(
    payload: Mapping[str, Any], media_type: str, status: int, headers: Mapping[str, str]
) -> Response:
    return Response(
        msgspec.json.encode(payload),
        status,
        headers={
            "Content-Type": f"{media_type}; charset=utf-8",
            "Cache-Control": "no-store",
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
            **headers,
        },
    )
