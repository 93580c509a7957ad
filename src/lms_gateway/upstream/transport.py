"""The innermost seam: one request out, one whole reply back."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import httpx

from lms_gateway import __version__
from lms_gateway.domain.errors import UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.call import Reply
from lms_gateway.upstream.failures import Interrupted, NotSent

MOST_BYTES = 64 * 1024 * 1024
"""The largest body that is read, decompressed. A page of a hundred rows has some hundred kilobytes;
without an end, one vendor could take the memory that all tenants share."""


class Transport(Protocol):
    """Sends what it is given, to where it is told, once: no redirects, cookies, proxies, retries.

    One transport serves many tenants. It belongs to whoever made it, who closes it.
    """

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - one budget in seconds for connection, sending and reply
    ) -> Reply:
        """The reply, whatever its status, its body whole and decoded.

        Raises NotSent where no connection was opened, UpstreamTimeout, Interrupted where the
        exchange broke off, UpstreamInvalid where the reply is not HTTP, cannot be decompressed or
        is larger than any that was asked for.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections; calls in flight are cut."""
        ...


@cache
def usual_trust() -> ssl.SSLContext:
    """The usual certificate authorities, read once."""
    return httpx.create_ssl_context(trust_env=False)


class HttpxTransport:
    """Transport over httpx's own transports.

    Not its client, which would keep the vendor's session cookies, and send one tenant's to another.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport | None = None,
        *,
        connections: int = 100,
        kept_alive: int = 40,
        connect_within: float = 5.0,
        most_bytes: int = MOST_BYTES,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet.

        `inner` is any httpx transport (ASGITransport in tests); the other arguments are then
        without effect but `connect_within` and `most_bytes`. `trust` replaces the usual certificate
        authorities.
        """
        self._inner = inner or httpx.AsyncHTTPTransport(
            verify=trust or usual_trust(),
            trust_env=False,
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=kept_alive,
                keepalive_expiry=30.0,
            ),
        )
        self._connect_within = connect_within
        self._most_bytes = most_bytes

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """See Transport."""
        request = httpx.Request(
            method,
            url,
            headers={**HEADERS, **headers},
            content=body,
            extensions={
                "timeout": {
                    "connect": min(self._connect_within, timeout),
                    "pool": timeout,
                    "read": timeout,
                    "write": timeout,
                }
            },
        )
        try:
            # httpx bounds each read; a vendor that trickles bytes would never run out of time.
            async with asyncio.timeout(timeout):
                response = await self._inner.handle_async_request(request)
                try:
                    content = await _read(response, self._most_bytes)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent("no connection to the vendor could be opened") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise UpstreamTimeout(f"the vendor did not answer within {timeout:.3g} s") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise Interrupted("the connection to the vendor broke off") from error
        except httpx.RequestError as error:
            raise UpstreamInvalid("the vendor's reply could not be read") from error
        return Reply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            content,
        )

    async def aclose(self) -> None:
        """See Transport."""
        await self._inner.aclose()


HEADERS = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"lms-gateway/{__version__}"}


async def _read(response: httpx.Response, most: int) -> bytes:
    """The whole body, decoded. Raises UpstreamInvalid as soon as it is larger than `most`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise UpstreamInvalid(f"the vendor's reply is larger than {most} bytes")
    return bytes(body)
