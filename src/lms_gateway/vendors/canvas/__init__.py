"""Canvas: Instructure's REST API v1, over an access token or OAuth 2."""

from lms_gateway.upstream.keys import derive_key
from lms_gateway.upstream.stack import Upstream, loop_time
from lms_gateway.upstream.transport import Transport
from lms_gateway.vendors.canvas.backend import CanvasBackend
from lms_gateway.vendors.canvas.credentials import Credentials, OAuth2, Token, signer_for
from lms_gateway.vendors.canvas.policy import CanvasPolicy, Quota

__all__ = ["CanvasBackend", "OAuth2", "Token", "connect"]


def connect(
    *,
    tenant: str,
    base_url: str,
    credentials: Credentials,
    transport: Transport,
    time_zone: str | None,
    in_flight: int = 10,
) -> CanvasBackend:
    """The backend of one tenant's credential; nothing is asked yet.

    At most `in_flight` calls are under way at once. The transport stays the caller's to close.
    Raises ValueError for a base URL that is neither https nor on loopback.
    """
    signer = signer_for(credentials, base_url=base_url, transport=transport, clock=loop_time)
    policy = CanvasPolicy(signer, Quota(in_flight))
    return CanvasBackend(
        upstream=Upstream(tenant=tenant, base_url=base_url, transport=transport, policy=policy),
        tenant=tenant,
        base_url=base_url,
        time_zone=time_zone,
        cursor_key=derive_key("cursor", tenant, *credentials.secrets()),
    )
