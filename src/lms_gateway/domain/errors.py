"""Errors of the public contract.

LmsError                       has a `code`, a `source` and a message that is safe to show
├── BadInput                   an argument that the caller can fix
├── Unsupported                the tenant's vendor does not support it
├── NotFound                   the object does not exist, or is not visible
├── Forbidden                  the vendor refuses access with this credential
├── Conflict                   a value or an idempotency key is in use already
├── ScopeRequired              the caller's key lacks the scope of a field
├── Unauthenticated            the caller's credential is invalid
├── TenantRequired             the field needs a tenant and none was selected
├── TenantForbidden            unknown tenant, or not allowed: deliberately indistinguishable
└── VendorError                the vendor could not answer
    ├── CredentialsRejected    the tenant's credential is invalid or expired
    ├── RateLimited            retry after `retry_after` seconds
    ├── UpstreamTimeout        no reply within the deadline
    ├── UpstreamUnavailable    5xx, or no connection
    ├── UpstreamInvalid        the reply cannot be parsed, or is about another object
    └── OutcomeUnknown         a write was sent and no reply was received

No message contains a token, a response body or personal data. Messages are written in the code that
raises; none is copied from a vendor.
"""

from typing import ClassVar, Literal

ErrorSource = Literal["GATEWAY", "VENDOR"]


class LmsError(Exception):
    """An error with a code of the public contract (`docs/errors.md`)."""

    code: ClassVar[str] = "INTERNAL"
    source: ClassVar[ErrorSource] = "GATEWAY"
    tenant: str | None = None  # slug; None if the raising code does not know it
    vendor: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(LmsError):
    """An invalid argument. The message says what is allowed."""

    code = "BAD_USER_INPUT"


class Unsupported(LmsError):
    """An argument, filter or operation that the tenant's vendor does not support."""

    code = "UNSUPPORTED_BY_VENDOR"


class NotFound(LmsError):
    """The object does not exist, or is not visible to the credential."""

    code = "NOT_FOUND"
    source = "VENDOR"


class Forbidden(LmsError):
    """The vendor accepts the credential but refuses access to the resource."""

    code = "FORBIDDEN"
    source = "VENDOR"


class ScopeRequired(LmsError):
    """The caller's API key lacks the scope that a field requires."""

    code = "FORBIDDEN"


class Unauthenticated(LmsError):
    """The caller's credential is unknown, expired or malformed."""

    code = "UNAUTHENTICATED"


class TenantRequired(LmsError):
    """A root field needs a tenant, and the request selects none."""

    code = "TENANT_REQUIRED"


class TenantForbidden(LmsError):
    """The tenant does not exist or the caller may not use it: deliberately indistinguishable."""

    code = "TENANT_FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("unknown tenant, or not one that this caller may use")


class Conflict(LmsError):
    """An idempotency key that was used with another input, or a value that is not unique."""

    code = "CONFLICT"


class VendorError(LmsError):
    """The vendor was called and could not answer."""

    code = "UPSTREAM_UNAVAILABLE"
    source = "VENDOR"


class CredentialsRejected(VendorError):
    """The vendor rejects the tenant's credential; an operator must renew it."""

    code = "CREDENTIALS_REJECTED"


class RateLimited(VendorError):
    """The vendor's rate limit leaves no time within the request's deadline."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"rate limited by the vendor; retry after {retry_after:g} s")
        self.retry_after = retry_after


class UpstreamTimeout(VendorError):
    """The vendor sent no reply within the request's deadline."""

    code = "UPSTREAM_TIMEOUT"


class UpstreamUnavailable(VendorError):
    """The vendor replied with 5xx, or no connection could be opened."""

    code = "UPSTREAM_UNAVAILABLE"


class UpstreamInvalid(VendorError):
    """The vendor's reply cannot be parsed, or is about another object than requested."""

    code = "UPSTREAM_INVALID_RESPONSE"


class OutcomeUnknown(VendorError):
    """A write was sent and no reply was received. It may have run; it is not retried."""

    code = "OUTCOME_UNKNOWN"
