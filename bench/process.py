"""Measured processes: started on one core, observed through /proc, and terminated."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SERVER_CORE, LOAD_CORE = "0", "1"

_ROOT = Path(__file__).parent.parent
_PROC = Path("/proc")
_IDLE_CPU_SHARE = 0.01  # share of a core below which a process is idle
_SETTLE_TIMEOUT = 10.0  # seconds


class Process:
    """A started program with all its child processes."""

    def __init__(self, started: "subprocess.Popen[bytes]") -> None:
        self.pid = started.pid
        self._started = started

    @property
    def is_alive(self) -> bool:
        """Whether the program is running."""
        return self._started.poll() is None

    def cpu(self) -> float:
        """Return the CPU seconds of all its processes and threads."""
        return sum(map(cpu_seconds, tree(self.pid)))

    def resident(self) -> int:
        """Return the bytes of resident memory."""
        return sum(_status(pid, "VmRSS") for pid in tree(self.pid))

    def peak_resident(self) -> int:
        """Return the maximum of resident memory since `reset_peak_resident`, in bytes."""
        return sum(_status(pid, "VmHWM") for pid in tree(self.pid))

    def reset_peak_resident(self) -> None:
        """Reset the maximum of resident memory."""
        for pid in tree(self.pid):
            (_PROC / str(pid) / "clear_refs").write_text("5")

    def settle(self) -> None:
        """Wait until the process is idle, so that aborted requests do not affect the next round."""
        deadline = time.monotonic() + _SETTLE_TIMEOUT
        while time.monotonic() < deadline:
            before = self.cpu()
            time.sleep(0.1)
            if self.cpu() - before < 0.1 * _IDLE_CPU_SHARE:
                return


@contextmanager
def running(
    command: Sequence[str], *, core: str, log: Path, env: Mapping[str, str] = {}
) -> Iterator[Process]:
    """Run a program on one core, with its output in a file, until the block ends."""
    with log.open("wb") as out:
        started = subprocess.Popen(
            ["taskset", "-c", core, *command],
            cwd=_ROOT,  # the folder from which `bench` is imported
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            yield Process(started)
        finally:
            started.terminate()
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def tree(pid: int) -> list[int]:
    """Return the ids of a process and its running descendants."""
    pids = [pid]
    for task in _tasks(pid):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            pids += tree(int(child))
    return pids


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of one process.

    `schedstat` counts nanoseconds, without threads that have ended. A kernel without it counts
    ticks of 10 ms.
    """
    total = 0
    for task in _tasks(pid):
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            return _ticks(pid)
    return total / 1e9


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def python(*arguments: str) -> list[str]:
    """Return a command that runs this Python interpreter."""
    return [sys.executable, *arguments]


def _tasks(pid: int) -> list[Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _ticks(pid: int) -> float:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0.0
    # The name of the program, in parentheses, may contain any character.
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, field: str) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    match = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(match[1]) if match else 0
