"""Commands as processes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

START_TIMEOUT = 60.0


class CommandProcess:
    """A running command. `lines` is its output so far."""

    def __init__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "lms_gateway", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environ or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """Wait for the `times`-th match of a pattern in the output; return its group."""
        deadline = time.monotonic() + START_TIMEOUT
        with self._changed:
            while True:
                matches = re.findall(pattern, self.text)
                if len(matches) >= times:
                    return str(matches[times - 1])
                remaining = deadline - time.monotonic()
                assert remaining > 0, f"{pattern!r} did not appear:\n{self.text}"
                assert self._reader.is_alive(), f"the command ended:\n{self.text}"
                self._changed.wait(min(remaining, 0.5))

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def end(self) -> int:
        """Send SIGTERM; return the exit status."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.popen.wait(START_TIMEOUT)
        self._reader.join(START_TIMEOUT)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return status


@contextmanager
def running(*arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[CommandProcess]:
    """Run a command, and end it in any case."""
    process = CommandProcess(*arguments, environ=environ)
    try:
        yield process
    finally:
        process.end()


@contextmanager
def serving(file: Path, *arguments: str) -> Iterator[tuple[CommandProcess, str]]:
    """Run `serve` on a free port until it is ready; yield it with its URL."""
    with running("serve", "--config", str(file), "--port", "0", *arguments) as process:
        port = process.wait_for(r'"port": (\d+)')
        url = f"http://127.0.0.1:{port}"
        # The socket listens at once, so this waits for the first worker.
        assert httpx2.get(f"{url}/health/live", timeout=START_TIMEOUT).status_code == 200
        yield process, url


def ask(url: str, query: str, **headers: str) -> Any:
    """Return the complete response to a query."""
    with httpx2.Client(timeout=START_TIMEOUT, headers=headers) as client:
        return client.post(f"{url}/graphql", json={"query": query}).json()


def log_events(process: CommandProcess, name: str) -> list[dict[str, Any]]:
    """Return the log lines of one event."""
    events = (json.loads(line) for line in process.lines if line.startswith("{"))
    return [event for event in events if event.get("event") == name]
