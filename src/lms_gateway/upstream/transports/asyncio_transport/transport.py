"""FastTransport: what HttpxTransport does, at a fraction of its CPU time."""

import asyncio
import ssl
import zlib
from collections.abc import Mapping

import httpx2

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.asyncio_transport.pool import ConnectionPool
from lms_gateway.upstream.transports.httpx_transport import (
    DEFAULT_HEADERS,
    MAX_BODY_BYTES,
    default_ssl_context,
)


class AsyncioTransport:
    """Transport over asyncio's own connections, with llhttp for a parser.

    Each host has a pool of its own: a vendor that hangs keeps nobody from another one.
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
        """Open nothing yet.

        `connections` is how many there may be to one host; one that nobody uses is kept for
        `keep_for` seconds. `trust` replaces the usual certificate authorities.
        """
        self._max_connections = max_connections
        self._keepalive_expiry = keepalive_expiry
        self._connect_timeout = connect_timeout
        self._max_body_bytes = max_body_bytes
        self._ssl_context = ssl_context
        self._hosts: dict[str, _Host] = {}  # by scheme, host and port as they were written

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """See Transport. Raises ValueError for what is no request: it would have split in two."""
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
        url = httpx2.URL(origin)  # it knows how names in other scripts are asked for
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ValueError("a URL begins with http:// or https:// and names a host, no user")
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
    """Where a request goes: the connections, and the lines that every request begins with."""

    __slots__ = ("_header_lines", "_host_header", "_last_headers", "pool")

    def __init__(self, pool: ConnectionPool, host_header: str) -> None:
        self.pool = pool
        self._host_header = host_header
        self._last_headers: Mapping[str, str] | None = None
        self._header_lines = ""

    def format_headers(self, headers: Mapping[str, str]) -> str:
        """The header lines of a request. Raises ValueError for a line end in one.

        A bearer token is the same in every call, so what was written last often serves again.
        """
        if headers != self._last_headers:
            merged = {"Host": self._host_header, **DEFAULT_HEADERS, **headers}
            lines = "".join([f"{name}: {value}\r\n" for name, value in merged.items()])
            if not lines.count("\n") == lines.count("\r") == len(merged) or "\0" in lines:
                raise ValueError("a line end where a header cannot have one")
            self._last_headers, self._header_lines = dict(headers), lines
        return self._header_lines


def _split_url(url: str) -> tuple[str, str]:
    """Scheme with host and port, and what goes into the request line."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not slash:
        host, question_mark, query = host.partition("?")
        path = question_mark + query
    return f"{scheme}://{host}", "/" + path.partition("#")[0]


_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
"""Methods that say how long their body is, also where there is none."""


def _format_request(method: str, target: str, header_lines: str, body: bytes | None) -> bytes:
    """The request as it is sent. Raises ValueError for what cannot stand in its first line."""
    request_line = f"{method} {target}"
    if (
        request_line.count(" ") != 1
        or "\n" in request_line
        or "\r" in request_line
        or "\0" in request_line
    ):
        raise ValueError("a line end or a space where a request cannot have one")
    if body is not None or method in _METHODS_WITH_BODY:
        header_lines = f"{header_lines}Content-Length: {len(body or b'')}\r\n"
    head = f"{request_line} HTTP/1.1\r\n{header_lines}\r\n".encode("ascii")
    return head + body if body else head


def _decompress(content: bytes, codings: str, max_bytes: int) -> bytes:
    """The body without gzip or deflate; others, which were not asked for, stay as they are.

    Raises UpstreamInvalid where it does not decompress, or to more than `most` bytes.
    """
    for coding in reversed(codings.lower().split(",")):
        match coding.strip():
            case "gzip" | "x-gzip":
                content = _inflate(content, zlib.MAX_WBITS | 16, max_bytes)
            case "deflate":
                # Some send the bare stream, without the header that the name promises.
                has_zlib_header = content[0] & 0x0F == 8 and int.from_bytes(content[:2]) % 31 == 0
                content = _inflate(
                    content, zlib.MAX_WBITS * (1 if has_zlib_header else -1), max_bytes
                )
    return content


def _inflate(content: bytes, window_bits: int, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(window_bits)
    try:
        decompressed = stream.decompress(content, max_bytes + 1)
    except zlib.error:
        raise UpstreamInvalid("the vendor's reply could not be decompressed") from None
    if len(decompressed) > max_bytes:
        raise UpstreamInvalid(f"the vendor's reply is larger than {max_bytes} bytes")
    if not stream.eof:
        raise UpstreamInvalid("the vendor's reply could not be decompressed")
    return decompressed
