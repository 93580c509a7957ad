"""HttpxTransport: the Transport protocol over httpx2's transports."""

import asyncio
import ssl
from collections.abc import Mapping

import httpx2

from lms_gateway.domain.errors import UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.protocol import DEFAULT_HEADERS, MAX_BODY_BYTES, default_ssl_context


class HttpxTransport:
    """Transport over httpx2's transports.

    It does not use httpx2's client: the client stores cookies, and would send the session cookie of
    one tenant with the requests of another.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport | None = None,
        *,
        max_connections: int = 100,
        keepalive_expiry: float = 30.0,
        connect_timeout: float = 5.0,
        max_body_bytes: int = MAX_BODY_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Open no connection yet. Durations are in seconds.

        `max_connections` applies per host; an idle connection is closed after `keepalive_expiry`.
        `ssl_context` replaces the default certificate authorities. `inner` is any httpx2 transport
        (ASGITransport in tests), for which only `connect_timeout` and `max_body_bytes` apply.
        """
        self._inner = inner
        self._hosts: dict[tuple[str, str, int | None], httpx2.AsyncBaseTransport] = {}
        self._limits = httpx2.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=keepalive_expiry,
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
            # httpx2's timeouts apply to each read; a vendor that sends single bytes never exceeds
            # them. This timeout applies to the whole call.
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
            raise ConnectionInterrupted("the connection to the vendor was interrupted") from error
        except httpx2.RequestError as error:
            raise UpstreamInvalid("the vendor's reply cannot be read") from error
        return Reply(
            response.status_code, {name.lower(): value for name, value in response.headers.items()}, content
        )

    async def aclose(self) -> None:
        """See Transport."""
        for inner in (self._inner, *self._hosts.values()):
            if inner is not None:
                await inner.aclose()

    def _transport_to(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        """Return the host's own transport, so that a stalled host blocks no other host's pool."""
        if self._inner is not None:
            return self._inner
        key = url.scheme, url.host, url.port
        if (inner := self._hosts.get(key)) is None:
            inner = self._hosts[key] = httpx2.AsyncHTTPTransport(
                verify=self._ssl_context or default_ssl_context(), trust_env=False, limits=self._limits
            )
        return inner


async def _read_body(response: httpx2.Response, max_bytes: int) -> bytes:
    """Return the decompressed body. Raises UpstreamInvalid as soon as it exceeds `max_bytes`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise UpstreamInvalid(f"the vendor's reply is larger than {max_bytes} bytes")
    return bytes(body)
