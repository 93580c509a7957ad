"""Starts a simulated vendor and the servers to measure, and checks their first responses."""

import http.client
import json
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.journeys import Journey, Request, ServerKind, make_request
from bench.process import LOAD_CORE, SERVER_CORE, Process, free_port, python, running
from bench.targets import ServerEnvironment, Target

_START_TIMEOUT = 60.0
_ANSWER_TIMEOUT = 60.0


class NotReady(Exception):
    """A server did not start, or its response is wrong."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running server."""

    target: Target
    process: Process
    url: str

    def query(self, journey: Journey, number: int = 0) -> Any:
        """Send one request of a journey; return the response. Raises OSError, ValueError."""
        return self.send(make_request(journey, self.target.kind, number))

    def send(self, message: Request) -> Any:
        """Send any request; return the response. Raises OSError, ValueError."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_ANSWER_TIMEOUT)
        try:
            headers = {"Content-Type": "application/json", **self.target.headers}
            connection.request("POST", message.path, json.dumps(message.body), headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class RunningServers:
    """Running servers and their simulated vendor."""

    upstream: Process
    upstream_address: tuple[str, str | None]  # its origin, and the file of its authority if it has TLS
    servers: list[RunningServer]
    left_out: list[str]  # names of targets, with the reasons

    def calls(self) -> int:
        """Return the number of calls that the vendor received."""
        return count_calls(*self.upstream_address)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files: a certificate chain for 127.0.0.1, its key, and the authority that signed it."""

    chain: Path
    key: Path
    authority: Path


@contextmanager
def run_servers(
    targets: Sequence[Target],
    journey: Journey,
    folder: Path,
    *,
    certificate: Certificate,
    latency: float = 0.0,
) -> Iterator[RunningServers]:
    """Start a simulated vendor (`latency` in ms) and the servers; each must answer the journey.

    Other journeys with the same needs of TLS and tenants may be measured too.
    """
    with ExitStack() as stack:
        port = free_port()
        origin = f"{'https' if journey.tls else 'http'}://127.0.0.1:{port}"
        arguments = ["--port", str(port), "--latency", str(latency)]
        if journey.tls:
            arguments += ["--certificate", str(certificate.chain), str(certificate.key)]
        upstream = stack.enter_context(
            running(
                python("-m", "bench.fake_vendor", *arguments),
                core=LOAD_CORE,
                log=folder / "upstream.log",
            )
        )
        address = (origin, str(certificate.authority) if journey.tls else None)
        _wait_until_ready(upstream, lambda: count_calls(*address), folder / "upstream.log")
        servers, left_out = [], []
        for target in targets:
            server_folder = folder / target.name.replace(" ", "-")
            server_folder.mkdir(exist_ok=True)
            environment = ServerEnvironment(
                free_port(), origin, server_folder, certificate.authority, journey.tenant_count
            )
            try:
                servers.append(stack.enter_context(_run_server(target, environment, journey)))
            except NotReady as error:
                left_out.append(f"{target.name}: {error}")
        yield RunningServers(upstream, address, servers, left_out)


def count_calls(origin: str, authority: str | None) -> int:
    """Return the number of calls that the vendor at `origin` received. Raises OSError."""
    parts = urlsplit(origin)
    connection: http.client.HTTPConnection
    if authority is None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    else:
        ssl_context = ssl.create_default_context(cafile=authority)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=5, context=ssl_context)
    try:
        connection.request("GET", "/calls")
        count: int = json.loads(connection.getresponse().read())["calls"]
        return count
    finally:
        connection.close()


def find_problem(answer: Any, journey: Journey, kind: ServerKind) -> str | None:
    """Return what is wrong with a response, or None."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not data or (isinstance(data, Mapping) and None in data.values()):
        return f"answered {json.dumps(answer)[:300]}"
    if kind is ServerKind.BASELINE:
        return None  # its response has neither errors nor names
    errors = len(answer.get("errors", ()))
    if errors != journey.error_count:
        return f"answered with {errors} errors, not {journey.error_count}"
    named_count = count_named(data)
    return (
        None
        if named_count == journey.named_count
        else f"answered {named_count} names, not {journey.named_count}"
    )


def count_named(value: Any) -> int:
    """Return the number of objects with a name within a response."""
    if isinstance(value, list):
        return sum(map(count_named, value))
    if not isinstance(value, Mapping):
        return 0
    return bool(value.get("name")) + sum(map(count_named, value.values()))


@contextmanager
def _run_server(target: Target, environment: ServerEnvironment, journey: Journey) -> Iterator[RunningServer]:
    command = target.command(environment)
    log = environment.folder / "log"
    with running(command.arguments, core=SERVER_CORE, log=log, env=command.env) as process:
        server = RunningServer(target, process, f"http://127.0.0.1:{environment.port}")
        answer = _wait_until_ready(process, lambda: server.query(journey), log)
        if problem := find_problem(answer, journey, target.kind):
            raise NotReady(problem)
        yield server


def _wait_until_ready(process: Process, attempt: Any, log: Path) -> Any:
    """Return the result of `attempt` once it succeeds. Raises NotReady."""
    deadline = time.monotonic() + _START_TIMEOUT
    while process.is_alive and time.monotonic() < deadline:
        try:
            return attempt()
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(0.1)
    last_line = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise NotReady(f"did not start: {' '.join(last_line) or 'no output'}")
