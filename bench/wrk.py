"""Load generation with wrk on a separate core, with distinct requests.

https://github.com/wg/wrk: it runs for a fixed time, and a connection sends its next request when it
has received the previous response.
"""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.journeys import Request
from bench.process import LOAD_CORE

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The report of wrk. Times are in seconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int  # responses without a 2xx status, and socket errors


def write_script(path: Path, requests: Sequence[Request], headers: Mapping[str, str]) -> None:
    """Write the Lua script with which wrk sends these POST requests in turn."""
    sent = {"Content-Type": "application/json", **headers}
    lines = ['wrk.method = "POST"']
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in sent.items()]
    lines += ["local bodies, sent, at = {}, {}, 0"]
    for request in requests:
        body = json.dumps(request.body, separators=(",", ":"))
        lines.append(f"bodies[#bodies + 1] = {{{json.dumps(request.path)}, {_quote(body)}}}")
    lines += [
        # Formatted in advance: wrk shares its core with the simulated vendor.
        "function init()",
        "  for i, one in ipairs(bodies) do sent[i] = wrk.format(nil, one[1], nil, one[2]) end",
        "end",
        "function request()",
        "  at = at % #sent + 1",
        "  return sent[at]",
        "end",
    ]
    path.write_text("\n".join(lines) + "\n")


def load(url: str, script: Path, *, connections: int, seconds: float) -> LoadReport:
    """Load a server; `seconds` is rounded to an integer."""
    parts = urlsplit(url)
    result = subprocess.run(
        [
            *("taskset", "-c", LOAD_CORE, "wrk", "--threads", "1", "--latency"),
            *("--connections", str(connections), "--duration", f"{max(1, round(seconds))}s"),
            *("--timeout", "30s", "--script", str(script), f"{parts.scheme}://{parts.netloc}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return read_report(result.stdout)


def read_report(text: str) -> LoadReport:
    """Parse the output of wrk. Raises ValueError if it has no summary."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    if total is None:
        raise ValueError(f"wrk printed no summary: {text!r}")
    non_2xx = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return LoadReport(
        requests=int(total[1]),
        seconds=float(total[2]) * _UNITS[total[3]],
        p50=_percentile(text, 50),
        p99=_percentile(text, 99),
        failed=(int(non_2xx[1]) if non_2xx else 0)
        + sum(map(int, socket_errors.groups()) if socket_errors else ()),
    )


def _percentile(text: str, percent: int) -> float:
    """Return a percentile in seconds; 0 if there were no responses."""
    match = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0


def _quote(text: str) -> str:
    """Return a Lua string; no query contains `]==]`."""
    return f"[==[{text}]==]"
