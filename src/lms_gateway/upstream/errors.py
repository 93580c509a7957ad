"""Errors of one attempt, more precise than the public errors: the retry depends on them.

UpstreamUnavailable
├── NotSent                  the call did not reach the vendor: any call can be retried
└── ConnectionInterrupted    the call may have run: only a safe call can be retried
UpstreamTimeout
└── DeadlineExceeded         the deadline was too close to send the call
CredentialsRejected
└── SignatureRejected        the vendor rejected this signature; a new one may be accepted

A RateLimited call did not run either: vendors check the limit first.
"""

from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    LmsError,
    NotFound,
    RateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)


class NotSent(UpstreamUnavailable):
    """The call did not reach the vendor, so it did not run."""


class ConnectionInterrupted(UpstreamUnavailable):
    """The call was sent and the reply lost: it may have run. The failure is transient."""


class DeadlineExceeded(UpstreamTimeout):
    """The call was not sent because the request's deadline was too close."""


class SignatureRejected(CredentialsRejected):
    """The vendor rejected the signature, and the signer can create a new one."""


def surely_not_run(error: LmsError) -> bool:
    """Return whether a call that failed with this error certainly did not run."""
    return isinstance(error, _NOT_RUN)


_NOT_RUN = (RateLimited, NotSent, DeadlineExceeded, CredentialsRejected, Forbidden, NotFound, BadInput)
