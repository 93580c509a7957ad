"""CPU time of one vendor call, by transport: both of the gateway, and other libraries.

    python -m bench.transports [--calls 1000] [--rounds 3] [--with pyreqwest --with aiohttp]

A separate process answers 6 kB of JSON: without TLS, with TLS, and with gzip. Each transport is
called through `Transport.send`, with 1, 16 and 64 concurrent calls, on uvloop. The CPU time is that
of this process with all its threads, the best of several rounds, which alternate. pyreqwest and
aiohttp are not dependencies: install them to measure them.
"""

import argparse
import asyncio
import gzip
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme
import uvloop
from rich.console import Console
from rich.table import Table

from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.asyncio_transport.transport import AsyncioTransport
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.upstream.transports.protocol import Transport

REPLY_BODY = b'{"id": 1, "name": "%b"}' % b"".join(b"%05d-" % number for number in range(1000))
HEADERS = {"Authorization": "Bearer abcdefghijklmnop", "Accept": "application/json"}
CONCURRENCY_LEVELS = (1, 16, 64)


class PyreqwestTransport:
    """A transport over pyreqwest."""

    def __init__(self, authority: Path) -> None:
        from pyreqwest.client import ClientBuilder

        builder = ClientBuilder().follow_redirects(False).no_proxy().max_connections(100)
        self._client = builder.add_root_certificate_pem(authority.read_bytes()).build()

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """Send a request; errors are not mapped to the gateway's."""
        async with asyncio.timeout(timeout):
            reply = await self._client.request(method, url).headers(headers).build().send()
            content = await reply.bytes()
        return Reply(reply.status, dict(reply.headers), content.to_bytes())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


class AiohttpTransport:
    """A transport over aiohttp."""

    def __init__(self, authority: Path) -> None:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=100, ssl=ssl.create_default_context(cafile=authority)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        """Send a request; errors are not mapped to the gateway's."""
        async with (
            asyncio.timeout(timeout),
            self._session.request(method, url, headers=headers, data=body, allow_redirects=False) as reply,
        ):
            content = await reply.read()
        return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()


KINDS: Mapping[str, Callable[[Path], Transport]] = {
    "asyncio": lambda authority: AsyncioTransport(ssl_context=ssl.create_default_context(cafile=authority)),
    "httpx": lambda authority: HttpxTransport(ssl_context=ssl.create_default_context(cafile=authority)),
    "pyreqwest": PyreqwestTransport,
    "aiohttp": AiohttpTransport,
}


class CannedReplyProtocol(asyncio.Protocol):
    """Answers each request with constant bytes; it parses only the end of a request."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(_GZIP_REPLY if b" /gzip " in request else _PLAIN_REPLY)


def _reply(body: bytes, *extra_headers: bytes) -> bytes:
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"X-Request-Cost: 0.1",
        *extra_headers,
    ]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


_PLAIN_REPLY = _reply(REPLY_BODY)
_GZIP_REPLY = _reply(gzip.compress(REPLY_BODY), b"Content-Encoding: gzip")


async def serve(folder: Path) -> None:
    """Serve until the process is terminated; print the two ports on one line."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    identity = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(identity)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(CannedReplyProtocol, "127.0.0.1", 0, ssl=context)
        for context in (None, identity)
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Mapping[str, str]]:
    """Start the server in another process and yield its URLs by title."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.transports", "--serve", str(folder), stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        plain, tls = (await process.stdout.readline()).decode().split()
        yield {
            "in the clear": f"http://127.0.0.1:{plain}/x",
            "TLS": f"https://127.0.0.1:{tls}/x",
            "gzip": f"http://127.0.0.1:{plain}/gzip",
        }
    finally:
        process.terminate()
        await process.wait()


async def measure(transport: Transport, url: str, calls: int, concurrency: int) -> tuple[float, float]:
    """Return the CPU time and the median latency of a call, in microseconds."""
    latencies: list[float] = []
    remaining = iter(range(calls))

    async def send_calls() -> None:
        for _ in remaining:
            sent_at = time.perf_counter()
            reply = await transport.send("GET", url, HEADERS, None, 10.0)
            latencies.append(time.perf_counter() - sent_at)
            assert len(reply.body) == len(REPLY_BODY)

    started_at = time.process_time()
    await asyncio.gather(*(send_calls() for _ in range(concurrency)))
    cpu = time.process_time() - started_at
    return cpu / calls * 1e6, statistics.median(latencies) * 1e6


async def compare(kinds: list[str], calls: int, rounds: int) -> Table:
    """Return a table with a row for each URL and number of concurrent calls."""
    table = Table("CPU µs", "at once", *(f"{kind} (p50)" for kind in kinds))
    with TemporaryDirectory() as folder:
        async with serving(Path(folder)) as urls:
            transports = {kind: KINDS[kind](Path(folder) / "authority.pem") for kind in kinds}
            for title, url in urls.items():
                for concurrency in CONCURRENCY_LEVELS:
                    samples: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
                    for number in range(rounds + 1):
                        for kind, transport in transports.items():
                            sample = await measure(transport, url, calls, concurrency)
                            if number:  # the first opens the connections
                                samples[kind].append(sample)
                    best = [min(samples[kind]) for kind in kinds]
                    cells = [f"{cpu:.0f} ({median:.0f})" for cpu, median in best]
                    table.add_row(title, str(concurrency), *cells)
            for transport in transports.values():
                await transport.aclose()
    return table


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.transports")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--with", action="append", default=[], dest="others", choices=list(KINDS))
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        uvloop.run(serve(arguments.serve))
    kinds = ["asyncio", "httpx", *arguments.others]
    Console().print(uvloop.run(compare(kinds, arguments.calls, arguments.rounds)))


if __name__ == "__main__":
    main()
