"""Processes are measured while they run, and end with their block."""

import os
import sys
import time
from pathlib import Path

from bench.process import SERVER_CORE, cpu_seconds, python, running, tree

BUSY_PROGRAM = "import os, time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"


def test_cpu_includes_child_processes(tmp_path: Path) -> None:
    child = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {BUSY_PROGRAM!r} + "
    child += "'time.sleep(60)'])\nprint('started', flush=True)\ntime.sleep(60)"
    with running(python("-c", child), core=SERVER_CORE, log=tmp_path / "log") as process:
        give_up = time.monotonic() + 30
        while process.cpu() < 0.2 and time.monotonic() < give_up:
            time.sleep(0.02)
        process.settle()
        assert process.cpu() >= 0.2
        assert len(tree(process.pid)) == 2
        orphan = tree(process.pid)[1]
        assert process.resident() > 0
    assert not process.is_alive
    os.kill(orphan, 9)


def test_the_memory_peak_can_be_reset(tmp_path: Path) -> None:
    hold = "import time\nheld = bytes(100_000_000)\nheld = bytearray(held)\ndel held\n"
    hold += "print('done', flush=True)\ntime.sleep(60)"
    log = tmp_path / "log"
    with running(python("-c", hold), core=SERVER_CORE, log=log) as process:
        while process.is_alive and "done" not in log.read_text():
            time.sleep(0.02)
        before = process.peak_resident()
        process.reset_peak_resident()
        assert before - process.peak_resident() > 50_000_000


def test_an_ended_process_has_no_cpu_time_and_no_children() -> None:
    assert cpu_seconds(2**22 + 1) == 0.0
    assert tree(2**22 + 1) == [2**22 + 1]


def test_python_commands_use_this_interpreter() -> None:
    assert python("-m", "bench") == [sys.executable, "-m", "bench"]
