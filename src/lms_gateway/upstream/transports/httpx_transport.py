"""The innermost seam: one request out, one whole reply back."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import httpx2

from lms_gateway import __version__
from lms_gateway.domain.errors import UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent
from lms_gateway.upstream.messages import Reply

MAX_BODY_BYTES = 64 * 1024 * 1024
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

        Raises NotSent where no connection could be had, UpstreamTimeout, Interrupted where the
        exchange broke off or what came is not HTTP, UpstreamInvalid where the reply cannot be
        decompressed or is larger than any that was asked for.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections; calls in flight are cut."""
        ...


@cache
def default_ssl_context() -> ssl.SSLContext:
    """The usual certificate authorities, read once."""
    return httpx2.create_ssl_context(trust_env=False)


class HttpxTransport:
    """Transport over httpx's own transports.

    Not its client, which would keep the vendor's session cookies, and send one tenant's to another.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport | None = None,
        *,
        max_connections: int = 100,
        connect_timeout: float = 5.0,
        max_body_bytes: int = MAX_BODY_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet.

        `inner` is any httpx transport (ASGITransport in tests); the other arguments are then
        without effect but `connect_within` and `most_bytes`. `connections` is how many there may be
        to one host. `trust` replaces the usual certificate authorities.
        """
        self._inner = inner
        self._hosts: dict[tuple[str, str, int | None], httpx2.AsyncBaseTransport] = {}
        self._limits = httpx2.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=30.0,
        )
        self._ssl_context = ssl_context
        self._connect_timeout = connect_timeout
        self._max_body_bytes = max_body_bytes

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """See Transport."""
        request = httpx2.Request(
            method,
            url,
            headers={**DEFAULT_HEADERS, **headers},
            content=body,
            extensions={
                "timeout": {
                    "connect": min(self._connect_timeout, timeout),
                    "pool": timeout,
                    "read": timeout,
                    "write": timeout,
                }
            },
        )
        try:
            # httpx bounds each read; a vendor that trickles bytes would never run out of time.
            async with asyncio.timeout(timeout):
                response = await self._transport_to(request.url).handle_async_request(request)
                try:
                    content = await _read_body(response, self._max_body_bytes)
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotSent("no connection to the vendor could be opened") from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise UpstreamTimeout(f"the vendor did not answer within {timeout:.3g} s") from error
        except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
            raise ConnectionInterrupted("the connection to the vendor broke off") from error
        except httpx2.RequestError as error:
            raise UpstreamInvalid("the vendor's reply could not be read") from error
        return Reply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            content,
        )

    async def aclose(self) -> None:
        """See Transport."""
        for inner in (self._inner, *self._hosts.values()):
            if inner is not None:
                await inner.aclose()

    def _transport_to(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        """The connections to one host: those of a vendor that hangs are nobody else's."""
        if self._inner is not None:
            return self._inner
        key = url.scheme, url.host, url.port
        if (inner := self._hosts.get(key)) is None:
            inner = self._hosts[key] = httpx2.AsyncHTTPTransport(
                verify=self._ssl_context or default_ssl_context(),
                trust_env=False,
                limits=self._limits,
            )
        return inner


DEFAULT_HEADERS = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"lms-gateway/{__version__}"}


async def _read_body(response: httpx2.Response, max_bytes: int) -> bytes:
    """The whole body, decoded. Raises UpstreamInvalid as soon as it is larger than `most`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise UpstreamInvalid(f"the vendor's reply is larger than {max_bytes} bytes")
    return bytes(body)
