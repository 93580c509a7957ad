"""Schoology: PowerSchool's REST API v1, signed with OAuth 1.0a."""

from lms_gateway.upstream.client import UpstreamClient
from lms_gateway.upstream.key_derivation import derive_key
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors.schoology.api.credentials import OAuth1, OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import CreditBudget, SchoologyPolicy
from lms_gateway.vendors.schoology.backend import SchoologyBackend

__all__ = ["OAuth1", "SchoologyBackend", "connect"]


def connect(
    *,
    tenant: str,
    base_url: str,
    credentials: OAuth1,
    transport: Transport,
    time_zone: str | None,
    max_concurrency: int = 10,
) -> SchoologyBackend:
    """Return the backend of one tenant's credential. Sends nothing.

    At most `max_concurrency` calls run at the same time. The caller closes the transport.
    Raises ValueError for a base URL that is neither https nor on loopback.
    """
    budget = CreditBudget(max_concurrency=max_concurrency)
    policy = SchoologyPolicy(OAuth1Signer(credentials), budget)
    upstream = UpstreamClient(tenant=tenant, base_url=base_url, transport=transport, policy=policy)
    return SchoologyBackend(
        upstream=upstream,
        tenant=tenant,
        base_url=base_url,
        time_zone=time_zone,
        cursor_key=derive_key("cursor", tenant, *credentials.secrets()),
    )
