"""The script and the output of wrk."""

import json
import re
from pathlib import Path

import pytest

from bench.journeys import COURSE, JOURNEYS, Journey, Request, ServerKind, make_request
from bench.wrk import LoadReport, read_report, write_script

REPORT = """Running 2s test @ http://127.0.0.1:9191/graphql
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    28.66ms    7.84ms   1.10s    91.37%
    Req/Sec   536.30    120.10   730.00     70.00%
  Latency Distribution
     50%  850.00us
     75%  311.48ms
     90%  373.61ms
     99%    1.20s
  1068 requests in 2.01s, 7.11MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:    531.61
Transfer/sec:      3.54MB
"""


def test_a_report_is_parsed_in_seconds() -> None:
    assert read_report(REPORT) == LoadReport(1068, 2.01, p50=850e-6, p99=1.2, failed=7)


def test_a_report_without_responses_has_no_percentiles() -> None:
    assert read_report("  0 requests in 1.00s, 0.00B read") == LoadReport(0, 1.0, 0.0, 0.0, 0)


def test_output_without_a_summary_is_rejected() -> None:
    with pytest.raises(ValueError, match="no summary"):
        read_report("unable to connect to 127.0.0.1:1 Connection refused")


def test_a_script_contains_each_request_once(tmp_path: Path) -> None:
    requests = [Request("/a", {"query": "{ a }"}), Request("/b", {"query": '{ b(x: "]]") }'})]
    write_script(tmp_path / "wrk.lua", requests, {"Authorization": "Bearer x"})
    text = (tmp_path / "wrk.lua").read_text()
    bodies = [json.loads(body) for body in re.findall(r"\[==\[(.*)\]==\]", text)]
    assert bodies == [dict(sent_request.body) for sent_request in requests]
    assert 'wrk.headers["Authorization"] = "Bearer x"' in text


@pytest.mark.parametrize("speech", ServerKind)
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_distinct_requests_differ(journey: Journey, speech: ServerKind) -> None:
    """Equal requests would measure caching and deduplication too."""
    sent = {
        json.dumps(make_request(journey, speech, number).body) for number in range(journey.distinct_count)
    }
    assert len(sent) == journey.distinct_count


def test_every_request_format_requests_the_same_ids() -> None:
    text = [make_request(COURSE, speech, 41).body["variables"] for speech in ServerKind]
    assert text == [{"id": "42"}] * 3
