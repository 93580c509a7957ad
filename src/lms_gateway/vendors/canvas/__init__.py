"""Canvas: Instructure's REST API v1, with an access token or OAuth 2."""

from lms_gateway.upstream.client import UpstreamClient, loop_time
from lms_gateway.upstream.key_derivation import derive_key
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors.canvas.api.credentials import CanvasCredentials, OAuth2, StaticToken, create_signer
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy, QuotaBudget
from lms_gateway.vendors.canvas.backend import CanvasBackend

__all__ = ["CanvasBackend", "OAuth2", "StaticToken", "connect"]


def connect(
    *,
    tenant: str,
    base_url: str,
    credentials: CanvasCredentials,
    transport: Transport,
    time_zone: str | None,
    max_concurrency: int = 10,
) -> CanvasBackend:
    """Return the backend of one tenant's credential, without a call.

    At most `max_concurrency` calls run at once. The caller closes the transport. Raises ValueError
    for a base URL that is neither https nor on loopback.
    """
    signer = create_signer(credentials, base_url=base_url, transport=transport, clock=loop_time)
    policy = CanvasPolicy(signer, QuotaBudget(max_concurrency))
    return CanvasBackend(
        upstream=UpstreamClient(tenant=tenant, base_url=base_url, transport=transport, policy=policy),
        tenant=tenant,
        base_url=base_url,
        time_zone=time_zone,
        cursor_key=derive_key("cursor", tenant, *credentials.secrets()),
    )
