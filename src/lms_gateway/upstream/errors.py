"""Why an attempt failed, where the retry above has to tell more apart than clients do.

UpstreamUnavailable
├── NotSent          surely never reached the vendor: any call may be sent again
└── Interrupted      may have run: only a safe call may be sent again
UpstreamTimeout
└── TooLate          too little time was left for the call to leave
CredentialsRejected
└── Stale            the vendor refused this signature; a new one may be accepted

RateLimited is sure not to have run as well: vendors refuse before they begin.
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
    """The call never reached the vendor, so it surely did not run."""


class ConnectionInterrupted(UpstreamUnavailable):
    """The call was sent and its answer lost: it may have run. It may do better another time."""


class DeadlineExceeded(UpstreamTimeout):
    """Too little of the request's time was left for the call to leave: it surely did not run."""


class SignatureRejected(CredentialsRejected):
    """The vendor refused the signature, and the signer can make another one."""


def surely_not_run(error: LmsError) -> bool:
    """Whether a call that ended in this error has changed nothing at the vendor."""
    return isinstance(error, _NOT_RUN)


_NOT_RUN = (
    RateLimited,
    NotSent,
    DeadlineExceeded,
    CredentialsRejected,
    Forbidden,
    NotFound,
    BadInput,
)
