"""What vendor packages require of the upstream stack."""

from typing import Protocol

from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.pending_call import OnReply, PendingCall


class UpstreamClient(Protocol):
    """Sends the calls of one credential (implemented by `upstream.client.UpstreamClient`)."""

    async def send(self, call: Call) -> Reply:
        """Return the vendor's reply, 2xx or a redirect. Raises LmsError."""

    def start(self, call: Call, on_reply: OnReply) -> PendingCall:
        """Send a call without waiting; `on_reply` receives the reply or the exception."""

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """Return the path and parameters of a link. Raises UpstreamInvalid for another origin."""

    def budget(self) -> str | None:
        """Return the remaining budget in the vendor's unit, None if unknown."""

    async def aclose(self) -> None:
        """Cancel background work, such as a token refresh."""
