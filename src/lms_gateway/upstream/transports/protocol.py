"""The Transport protocol, and the defaults that all transports share."""

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import httpx2

from lms_gateway import __version__
from lms_gateway.upstream.messages import Reply

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Maximum size of a decompressed body. A page of 100 rows has some hundred kilobytes. The memory is
shared by all tenants, so one vendor must not be able to exhaust it."""

DEFAULT_HEADERS = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"lms-gateway/{__version__}"}


class Transport(Protocol):
    """Sends one request, once: no redirects, cookies, proxies or retries.

    One transport is shared by many tenants. Its creator closes it.
    """

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - one limit in seconds for connecting, sending and reply
    ) -> Reply:
        """Return the reply, with any status and its complete, decompressed body.

        Raises NotSent if no connection could be opened, UpstreamTimeout, ConnectionInterrupted if
        the connection broke off or the reply is not HTTP, UpstreamInvalid if the reply cannot be
        decompressed or is larger than the transport's limit.
        """

    async def aclose(self) -> None:
        """Close all connections; calls in flight fail."""


@cache
def default_ssl_context() -> ssl.SSLContext:
    """Return the context with the certificate authorities of the system, loaded once."""
    return httpx2.create_ssl_context(trust_env=False)
