"""Admission of a request: its caller, its tenant and its parameters."""

from collections.abc import Container
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from lms_gateway.domain.errors import LmsError
from lms_gateway.tenancy import Caller, Tenant, Tenants
from lms_gateway.web.fast_path.timeout import Timeout
from lms_gateway.web.http.errors import HTTPError, to_http_error
from lms_gateway.web.http.graphql_params import GraphQLParams, decode_params, read_raw_params
from lms_gateway.web.http.request import GraphQLRequest
from lms_gateway.web.protocols import Snapshot

_UNREPEATABLE_HEADERS = MappingProxyType({b"authorization": "Authorization", b"x-tenant": "X-Tenant"})


class Principal(NamedTuple):
    """A caller and the selected tenant. `pinned`: the path names it; no other is accessible."""

    caller: Caller
    selected: Tenant | None
    pinned: bool

    @property
    def tenant_slug(self) -> str | None:
        return None if self.selected is None else self.selected.slug


class RequestCredentials(NamedTuple):
    """The parts of a request that determine its caller and its tenant."""

    authorization: str | None
    path_tenant: str | None
    header_tenant: str | None
    host: str | None
    from_page: bool = False  # sent by a browser for a web page

    def admit(self, tenants: Tenants, *, reading: bool) -> Principal:
        """Return the principal. Raises Unauthenticated, TenantForbidden or BadInput."""
        caller = tenants.authenticate(self.authorization)
        if caller.name is None and self.from_page and not tenants.is_own_host(self.host):
            # Open tenants are for clients on this machine. DNS rebinding makes the name of a
            # foreign page resolve to this machine, with the same origin; only the name differs.
            caller = tenants.denied_caller()
        selected = tenants.select(
            caller, path=self.path_tenant, header=self.header_tenant, host=self.host, reading=reading
        )
        return Principal(caller, selected, pinned=self.path_tenant is not None)


@dataclass(frozen=True, slots=True)
class AdmittedRequest:
    """A request that its caller may send, with its undecoded parameters."""

    request: GraphQLRequest
    snapshot: Snapshot
    credentials: RequestCredentials
    principal: Principal
    raw_params: bytes

    def decode(self) -> GraphQLParams:
        """Return the parameters. Raises HTTPError (400) if they are malformed."""
        return decode_params(self.raw_params, by_post=self.request.method == "POST")

    def admit_write(self) -> Principal:
        """Return the principal of a mutation.

        Raises HTTPError if the request was sent by GET, or if the caller may not write.
        """
        if self.request.method != "POST":
            raise HTTPError(405, "mutations must be sent by POST", headers={"Allow": "POST"})
        return _admit(self.request, self.credentials, self.snapshot, reading=False)


async def admit(request: GraphQLRequest, snapshot: Snapshot, due: float) -> AdmittedRequest:
    """Determine caller and tenant, then receive the parameters until `due`, by the loop's clock.

    Raises HTTPError. The body of a rejected request is not read.
    """
    credentials = _read_credentials(request)
    principal = _admit(request, credentials, snapshot, reading=True)
    try:
        with Timeout(due):
            raw_params = await read_raw_params(request, snapshot.limits.max_body_bytes)
    except TimeoutError:
        message = "request body: not received within the request timeout"
        raise HTTPError(408, message, headers={"Connection": "close"}) from None
    return AdmittedRequest(request, snapshot, credentials, principal, raw_params)


def is_from_page(headers: Container[bytes]) -> bool:
    """Return whether a browser sent the request for a web page."""
    return b"origin" in headers or b"sec-fetch-site" in headers


def _read_credentials(request: GraphQLRequest) -> RequestCredentials:
    # A proxy may have checked a header of that name other than the first.
    for name in request.repeated_headers:
        if name in _UNREPEATABLE_HEADERS:
            raise HTTPError(400, f"header {_UNREPEATABLE_HEADERS[name]} must not be repeated")
    return RequestCredentials(
        authorization=request.header(b"authorization"),
        path_tenant=request.tenant_slug,
        header_tenant=request.header(b"x-tenant"),
        host=request.header(b"host"),
        from_page=is_from_page(request.headers),
    )


def _admit(
    request: GraphQLRequest, credentials: RequestCredentials, snapshot: Snapshot, *, reading: bool
) -> Principal:
    try:
        principal = credentials.admit(snapshot.tenants, reading=reading)
    except LmsError as error:
        raise to_http_error(error) from None
    if principal.selected is not None:
        request.log_fields["tenant"] = principal.selected.slug
    return principal
