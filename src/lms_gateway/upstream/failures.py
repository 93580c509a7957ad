"""Why an attempt failed, where the retry above has to tell more apart than clients do.

UpstreamUnavailable
├── NotSent          surely never reached the vendor: any call may be sent again
└── Interrupted      may have run: only a safe call may be sent again
CredentialsRejected
└── Stale            the vendor refused this signature; a new one may be accepted

RateLimited is sure not to have run as well: vendors refuse before they begin.
"""

from lms_gateway.domain.errors import CredentialsRejected, UpstreamUnavailable


class NotSent(UpstreamUnavailable):
    """The call never reached the vendor, so it surely did not run."""


class Interrupted(UpstreamUnavailable):
    """The call was sent and its answer lost: it may have run. It may do better another time."""


class Stale(CredentialsRejected):
    """The vendor refused the signature, and the signer can make another one."""
