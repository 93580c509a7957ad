"""What can go wrong, in the words that clients read.

LmsError                       has a `code`, a `source` and a message that is safe to show
├── BadInput                   the caller can mend it
├── Unsupported                this tenant's vendor cannot do that
├── NotFound                   no such thing, or not for this credential
├── Forbidden                  the vendor knows us and says no
├── Conflict                   it would collide with what is there
├── ScopeRequired              the caller may not see this field
├── Unauthenticated            the gateway does not know the caller
├── TenantRequired             the field needs a tenant and none was selected
├── TenantForbidden            unknown tenant, or not for this caller: told alike
└── VendorError                the vendor could not answer
    ├── CredentialsRejected    the tenant's credentials need attention
    ├── RateLimited            come back after `retry_after` seconds
    ├── UpstreamTimeout        no answer within the deadline
    ├── UpstreamUnavailable    5xx, or no connection
    ├── UpstreamInvalid        the vendor said something that cannot be read
    └── OutcomeUnknown         a change was sent and not answered

No message holds a token, the body of a reply or a person's data: messages are written here or
by the code that raises, never copied from a vendor.
"""

from typing import ClassVar, Literal

ErrorSource = Literal["GATEWAY", "VENDOR"]


class LmsError(Exception):
    """A failure with a code of the public contract (`docs/errors.md`)."""

    code: ClassVar[str] = "INTERNAL"
    source: ClassVar[ErrorSource] = "GATEWAY"
    tenant: str | None = None  # its slug, where whoever raised or relayed the error knows it
    vendor: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(LmsError):
    """An argument that the caller can mend; the message says how."""

    code = "BAD_USER_INPUT"


class Unsupported(LmsError):
    """An argument, filter or operation that this vendor has no way to do."""

    code = "UNSUPPORTED_BY_VENDOR"


class NotFound(LmsError):
    """The vendor has no such thing, or hides it from this credential."""

    code = "NOT_FOUND"
    source = "VENDOR"


class Forbidden(LmsError):
    """The vendor knows the credential and refuses this resource."""

    code = "FORBIDDEN"
    source = "VENDOR"


class ScopeRequired(LmsError):
    """The caller's key lacks the scope that this field asks for."""

    code = "FORBIDDEN"


class Unauthenticated(LmsError):
    """The caller's credential is unknown, expired or malformed."""

    code = "UNAUTHENTICATED"


class TenantRequired(LmsError):
    """A root field that belongs to a tenant was asked without one."""

    code = "TENANT_REQUIRED"


class TenantForbidden(LmsError):
    """A tenant that does not exist or that the caller may not use: never told apart."""

    code = "TENANT_FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("unknown tenant, or not one that this caller may use")


class Conflict(LmsError):
    """An idempotency key that was used with another input, or a value that must be unique."""

    code = "CONFLICT"


class VendorError(LmsError):
    """The vendor was asked and could not answer."""

    code = "UPSTREAM_UNAVAILABLE"
    source = "VENDOR"


class CredentialsRejected(VendorError):
    """The vendor no longer accepts the tenant's credential; an operator must renew it."""

    code = "CREDENTIALS_REJECTED"


class RateLimited(VendorError):
    """The vendor asked us to wait longer than the request may last."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"rate limited by the vendor; retry after {retry_after:g} s")
        self.retry_after = retry_after


class UpstreamTimeout(VendorError):
    """The vendor did not answer within the request's deadline."""

    code = "UPSTREAM_TIMEOUT"


class UpstreamUnavailable(VendorError):
    """The vendor answered 5xx, or could not be reached."""

    code = "UPSTREAM_UNAVAILABLE"


class UpstreamInvalid(VendorError):
    """The vendor's reply could not be read, or is not the object that was asked for."""

    code = "UPSTREAM_INVALID_RESPONSE"


class OutcomeUnknown(VendorError):
    """A change was sent and not answered: it may have been carried out, and is not repeated."""

    code = "OUTCOME_UNKNOWN"
