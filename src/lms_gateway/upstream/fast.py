"""FastTransport: what HttpxTransport does, at a fraction of its CPU time."""

import asyncio
import ssl
import zlib
from collections.abc import Mapping

import httpx

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.call import Reply
from lms_gateway.upstream.pool import Pool
from lms_gateway.upstream.transport import HEADERS, MOST_BYTES, usual_trust


class FastTransport:
    """Transport over asyncio's own connections, with llhttp for a parser.

    Each host has a pool of its own: a vendor that hangs keeps nobody from another one.
    """

    def __init__(
        self,
        *,
        connections: int = 100,
        keep_for: float = 30.0,
        connect_within: float = 5.0,
        most_bytes: int = MOST_BYTES,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet.

        `connections` is how many there may be to one host; one that nobody uses is kept for
        `keep_for` seconds. `trust` replaces the usual certificate authorities.
        """
        self._connections = connections
        self._keep_for = keep_for
        self._connect_within = connect_within
        self._most_bytes = most_bytes
        self._trust = trust
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
        origin, target = _take_apart(url)
        host = self._hosts.get(origin) or self._add_host(origin)
        pool = host.pool
        request = _compose(method, target, host.write(headers), body)
        due = asyncio.get_running_loop().time() + timeout
        connection = pool.take_idle() or await pool.take(due)
        try:
            status, received, content = await connection.exchange(
                request, due=due, seconds=timeout, no_body=method == "HEAD"
            )
        finally:
            pool.give_back(connection)
        coding = received.get("content-encoding")
        if coding is not None and content:
            content = _decode(content, coding, self._most_bytes)
        return Reply(status, received, content)

    async def aclose(self) -> None:
        """See Transport."""
        for host in self._hosts.values():
            await host.pool.aclose()

    def _add_host(self, origin: str) -> "_Host":
        url = httpx.URL(origin)  # it knows how names in other scripts are asked for
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ValueError("a URL begins with http:// or https:// and names a host, no user")
        tls = url.scheme == "https"
        pool = Pool(
            url.raw_host.decode("ascii"),
            url.port or (443 if tls else 80),
            trust=(self._trust or usual_trust()) if tls else None,
            connections=self._connections,
            keep_for=self._keep_for,
            connect_within=self._connect_within,
            most_bytes=self._most_bytes,
        )
        host = self._hosts[origin] = _Host(pool, url.netloc.decode("ascii"))
        return host


class _Host:
    """Where a request goes: the connections, and the lines that every request begins with."""

    __slots__ = ("_headers", "_lines", "_name", "pool")

    def __init__(self, pool: Pool, name: str) -> None:
        self.pool = pool
        self._name = name
        self._headers: Mapping[str, str] | None = None
        self._lines = ""

    def write(self, headers: Mapping[str, str]) -> str:
        """The header lines of a request. Raises ValueError for a line end in one.

        A bearer token is the same in every call, so what was written last often serves again.
        """
        if headers != self._headers:
            sent = {"Host": self._name, **HEADERS, **headers}
            lines = "".join([f"{name}: {value}\r\n" for name, value in sent.items()])
            if not lines.count("\n") == lines.count("\r") == len(sent) or "\0" in lines:
                raise ValueError("a line end where a header cannot have one")
            self._headers, self._lines = dict(headers), lines
        return self._lines


def _take_apart(url: str) -> tuple[str, str]:
    """Scheme with host and port, and what goes into the request line."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not slash:
        host, mark, query = host.partition("?")
        path = mark + query
    return f"{scheme}://{host}", "/" + path.partition("#")[0]


_WITH_BODY = ("POST", "PUT", "PATCH")
"""Methods that say how long their body is, also where there is none."""


def _compose(method: str, target: str, lines: str, body: bytes | None) -> bytes:
    """The request as it is sent. Raises ValueError for what cannot stand in its first line."""
    first = f"{method} {target}"
    if first.count(" ") != 1 or "\n" in first or "\r" in first or "\0" in first:
        raise ValueError("a line end or a space where a request cannot have one")
    if body is not None or method in _WITH_BODY:
        lines = f"{lines}Content-Length: {len(body or b'')}\r\n"
    sent = f"{first} HTTP/1.1\r\n{lines}\r\n".encode("ascii")
    return sent + body if body else sent


def _decode(content: bytes, codings: str, most: int) -> bytes:
    """The body without gzip or deflate; others, which were not asked for, stay as they are.

    Raises UpstreamInvalid where it does not decompress, or to more than `most` bytes.
    """
    for coding in reversed(codings.lower().split(",")):
        match coding.strip():
            case "gzip" | "x-gzip":
                content = _inflate(content, zlib.MAX_WBITS | 16, most)
            case "deflate":
                # Some send the bare stream, without the header that the name promises.
                wrapped = content[0] & 0x0F == 8 and int.from_bytes(content[:2]) % 31 == 0
                content = _inflate(content, zlib.MAX_WBITS * (1 if wrapped else -1), most)
    return content


def _inflate(content: bytes, window: int, most: int) -> bytes:
    stream = zlib.decompressobj(window)
    try:
        plain = stream.decompress(content, most + 1)
    except zlib.error:
        raise UpstreamInvalid("the vendor's reply could not be decompressed") from None
    if len(plain) > most:
        raise UpstreamInvalid(f"the vendor's reply is larger than {most} bytes")
    if not stream.eof:
        raise UpstreamInvalid("the vendor's reply could not be decompressed")
    return plain
