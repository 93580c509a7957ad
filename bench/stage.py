"""An upstream and the servers over it, up and asked once: ready to be measured."""

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

from bench.journeys import Journey, Request, Speech, request
from bench.process import LOAD_CORE, SERVER_CORE, Process, free_port, python, running
from bench.targets import Place, Target

_START_WITHIN = 60.0
_ANSWER_WITHIN = 60.0


class NotReady(Exception):
    """A server did not start, or does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    target: Target
    process: Process
    url: str

    def ask(self, journey: Journey, number: int = 0) -> Any:
        """What it answers to one request. Raises OSError, ValueError."""
        return self.send(request(journey, self.target.speech, number))

    def send(self, asked: Request) -> Any:
        """The same, of any request."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_ANSWER_WITHIN)
        try:
            headers = {"Content-Type": "application/json", **self.target.headers}
            connection.request("POST", asked.path, json.dumps(asked.body), headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """Servers over one upstream."""

    upstream: Process
    upstream_address: tuple[str, str | None]  # where to ask for its counts; its authority's file
    servers: list[Server]
    left_out: list[str]  # whom, and why

    def calls(self) -> int:
        """How many calls the upstream has had."""
        return count_calls(*self.upstream_address)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files: a chain for 127.0.0.1, its key, and the authority that signed it."""

    chain: Path
    key: Path
    authority: Path


@contextmanager
def staged(
    targets: Sequence[Target],
    journey: Journey,
    folder: Path,
    *,
    certificate: Certificate,
    latency: float = 0.0,
) -> Iterator[Stage]:
    """Start an upstream (`latency` in ms) and the servers, each of which answers the journey.

    Other journeys may be asked as well that need the same of TLS and of tenants.
    """
    with ExitStack() as stack:
        port = free_port()
        origin = f"{'https' if journey.tls else 'http'}://127.0.0.1:{port}"
        arguments = ["--port", str(port), "--latency", str(latency)]
        if journey.tls:
            arguments += ["--certificate", str(certificate.chain), str(certificate.key)]
        upstream = stack.enter_context(
            running(
                python("-m", "bench.upstream", *arguments),
                core=LOAD_CORE,
                log=folder / "upstream.log",
            )
        )
        address = (origin, str(certificate.authority) if journey.tls else None)
        _await(upstream, lambda: count_calls(*address), folder / "upstream.log")
        servers, left_out = [], []
        for target in targets:
            work = folder / target.name.replace(" ", "-")
            work.mkdir(exist_ok=True)
            place = Place(free_port(), origin, work, certificate.authority, journey.tenants)
            try:
                servers.append(stack.enter_context(_served(target, place, journey)))
            except NotReady as error:
                left_out.append(f"{target.name}: {error}")
        yield Stage(upstream, address, servers, left_out)


def count_calls(origin: str, authority: str | None) -> int:
    """How many calls an upstream has had. Raises OSError."""
    parts = urlsplit(origin)
    connection: http.client.HTTPConnection
    if authority is None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    else:
        trust = ssl.create_default_context(cafile=authority)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=5, context=trust)
    try:
        connection.request("GET", "/calls")
        told: int = json.loads(connection.getresponse().read())["calls"]
        return told
    finally:
        connection.close()


def complaint(answer: Any, journey: Journey, speech: Speech) -> str | None:
    """What is wrong with an answer; None where nothing is."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not data or (isinstance(data, Mapping) and None in data.values()):
        return f"answered {json.dumps(answer)[:300]}"
    if speech is Speech.FLOOR:
        return None  # it tells neither errors nor names
    errors = len(answer.get("errors", ()))
    if errors != journey.errors:
        return f"answered with {errors} errors, not {journey.errors}"
    named = count_named(data)
    return None if named == journey.named else f"answered {named} names, not {journey.named}"


def count_named(told: Any) -> int:
    """How many objects within an answer have a name."""
    if isinstance(told, list):
        return sum(map(count_named, told))
    if not isinstance(told, Mapping):
        return 0
    return bool(told.get("name")) + sum(map(count_named, told.values()))


@contextmanager
def _served(target: Target, place: Place, journey: Journey) -> Iterator[Server]:
    command = target.command(place)
    log = place.folder / "log"
    with running(command.line, core=SERVER_CORE, log=log, env=command.env) as process:
        server = Server(target, process, f"http://127.0.0.1:{place.port}")
        answer = _await(process, lambda: server.ask(journey), log)
        if wrong := complaint(answer, journey, target.speech):
            raise NotReady(wrong)
        yield server


def _await(process: Process, ask: Any, log: Path) -> Any:
    """What it answers, once it does."""
    give_up = time.monotonic() + _START_WITHIN
    while process.alive and time.monotonic() < give_up:
        try:
            return ask()
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise NotReady(f"did not start: {' '.join(last) or 'it said nothing'}")
