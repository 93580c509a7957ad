"""AsyncioTransport: the Transport protocol over asyncio connections."""

import asyncio
import ssl
import zlib
from collections.abc import Mapping

import httpx2

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.asyncio_transport.pool import ConnectionPool
from lms_gateway.upstream.transports.protocol import DEFAULT_HEADERS, MAX_BODY_BYTES, default_ssl_context


class AsyncioTransport:
    """Transport over asyncio connections, parsed by llhttp.

    Each host has its own pool, so that a stalled host blocks no other host.
    """

    def __init__(
        self,
        *,
        max_connections: int = 100,
        keepalive_expiry: float = 30.0,
        connect_timeout: float = 5.0,
        max_body_bytes: int = MAX_BODY_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Open no connection yet. Durations are in seconds.

        `max_connections` applies per host; an idle connection is closed after `keepalive_expiry`.
        `ssl_context` replaces the default certificate authorities.
        """
        self._max_connections = max_connections
        self._keepalive_expiry = keepalive_expiry
        self._connect_timeout = connect_timeout
        self._max_body_bytes = max_body_bytes
        self._ssl_context = ssl_context
        self._hosts: dict[str, _Host] = {}  # by scheme, host and port as written in the URL

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """See Transport.

        Raises ValueError if method, target or headers contain CR/LF (request splitting).
        """
        origin, target = _split_url(url)
        host = self._hosts.get(origin) or self._add_host(origin)
        pool = host.pool
        request = _format_request(method, target, host.format_headers(headers), body)
        deadline = asyncio.get_running_loop().time() + timeout
        connection = pool.acquire_idle() or await pool.acquire(deadline)
        try:
            status, reply_headers, content = await connection.exchange(
                request, deadline=deadline, reply_timeout=timeout, no_body=method == "HEAD"
            )
        finally:
            pool.release(connection)
        coding = reply_headers.get("content-encoding")
        if coding is not None and content:
            content = _decompress(content, coding, self._max_body_bytes)
        return Reply(status, reply_headers, content)

    async def aclose(self) -> None:
        """See Transport."""
        for host in self._hosts.values():
            await host.pool.aclose()

    def _add_host(self, origin: str) -> "_Host":
        url = httpx2.URL(origin)  # encodes internationalized host names
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ValueError("URL: must begin with http:// or https:// and contain a host and no user")
        tls = url.scheme == "https"
        pool = ConnectionPool(
            url.raw_host.decode("ascii"),
            url.port or (443 if tls else 80),
            ssl_context=(self._ssl_context or default_ssl_context()) if tls else None,
            max_connections=self._max_connections,
            keepalive_expiry=self._keepalive_expiry,
            connect_timeout=self._connect_timeout,
            max_body_bytes=self._max_body_bytes,
        )
        host = self._hosts[origin] = _Host(pool, url.netloc.decode("ascii"))
        return host


class _Host:
    """The pool of a host, and the header lines of the last request to it."""

    __slots__ = ("_header_lines", "_host_header", "_last_headers", "pool")

    def __init__(self, pool: ConnectionPool, host_header: str) -> None:
        self.pool = pool
        self._host_header = host_header
        self._last_headers: Mapping[str, str] | None = None
        self._header_lines = ""

    def format_headers(self, headers: Mapping[str, str]) -> str:
        """Return the header lines of a request. Raises ValueError if one contains CR, LF or NUL.

        With a bearer token all headers are the same in every call: the last result is reused.
        """
        if headers != self._last_headers:
            merged = {"Host": self._host_header, **DEFAULT_HEADERS, **headers}
            lines = "".join([f"{name}: {value}\r\n" for name, value in merged.items()])
            if not lines.count("\n") == lines.count("\r") == len(merged) or "\0" in lines:
                raise ValueError("header value contains CR, LF or NUL")
            self._last_headers, self._header_lines = dict(headers), lines
        return self._header_lines


def _split_url(url: str) -> tuple[str, str]:
    """Return the origin (scheme, host, port) and the request target (path and query)."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not slash:
        host, question_mark, query = host.partition("?")
        path = question_mark + query
    return f"{scheme}://{host}", "/" + path.partition("#")[0]


_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
"""Methods that send Content-Length even without a body."""


def _format_request(method: str, target: str, header_lines: str, body: bytes | None) -> bytes:
    """Return the request's bytes. Raises ValueError for an invalid request line."""
    request_line = f"{method} {target}"
    if request_line.count(" ") != 1 or "\n" in request_line or "\r" in request_line or "\0" in request_line:
        raise ValueError("request line contains a space, CR, LF or NUL")
    if body is not None or method in _METHODS_WITH_BODY:
        header_lines = f"{header_lines}Content-Length: {len(body or b'')}\r\n"
    head = f"{request_line} HTTP/1.1\r\n{header_lines}\r\n".encode("ascii")
    return head + body if body else head


def _decompress(content: bytes, codings: str, max_bytes: int) -> bytes:
    """Return the body without gzip and deflate. Other codings, never requested, are ignored.

    Raises UpstreamInvalid if the body is corrupt, or larger than `max_bytes` when decompressed.
    """
    for coding in reversed(codings.lower().split(",")):
        match coding.strip():
            case "gzip" | "x-gzip":
                content = _inflate(content, zlib.MAX_WBITS | 16, max_bytes)
            case "deflate":
                # Some servers send a raw deflate stream, without the zlib header.
                has_zlib_header = content[0] & 0x0F == 8 and int.from_bytes(content[:2]) % 31 == 0
                content = _inflate(content, zlib.MAX_WBITS * (1 if has_zlib_header else -1), max_bytes)
    return content


def _inflate(content: bytes, window_bits: int, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(window_bits)
    try:
        decompressed = stream.decompress(content, max_bytes + 1)
    except zlib.error:
        raise UpstreamInvalid("the vendor's reply cannot be decompressed") from None
    if len(decompressed) > max_bytes:
        raise UpstreamInvalid(f"the vendor's reply is larger than {max_bytes} bytes")
    if not stream.eof:
        raise UpstreamInvalid("the vendor's reply cannot be decompressed")
    return decompressed
