"""Prometheus metrics of one process and of several."""

import os
import subprocess
import sys
from pathlib import Path

from lms_gateway.telemetry import (
    exposition,
    operation_planned,
    operation_ran,
    operation_shared,
    plan_fell_back,
    request_answered,
    vendor_called,
    worker_ended,
)


def metrics_text() -> str:
    return exposition()[0].decode()


def count(series: str) -> float:
    """Return the value of a series. Other tests count in the same registry."""
    return sum(float(line.rpartition(" ")[2]) for line in metrics_text().splitlines() if series in line)


def test_each_kind_of_event_is_counted_and_timed() -> None:
    call = 'endpoint="/courses/:id",outcome="ok",tenant="oak",vendor="canvas"'
    timed = 'endpoint="/courses/:id",tenant="oak",vendor="canvas"'
    series = (
        'lms_gateway_http_requests_total{method="GET",route="/t/{slug}/graphql",status="200"}',
        'lms_gateway_graphql_operations_total{outcome="ok",tenant="oak",type="query"}',
        f"lms_gateway_vendor_calls_total{{{call}}}",
        f"lms_gateway_vendor_call_seconds_count{{{timed}}}",
    )
    before = [count(name) for name in series]

    request_answered(method="GET", route="/t/{slug}/graphql", status=200, seconds=0.2)
    operation_ran(type="query", outcome="ok", tenant="oak", seconds=0.2)
    vendor_called(tenant="oak", vendor="canvas", endpoint="/courses/:id", outcome="ok", seconds=0.2)

    assert [count(name) for name in series] == [value + 1 for value in before]


def test_an_unknown_method_creates_no_new_series() -> None:
    request_answered(method="BREW", route="unmatched", status=405, seconds=0)

    assert 'method="OTHER"' in metrics_text()
    assert "BREW" not in metrics_text()


def test_worker_ended_is_allowed_without_a_shared_directory() -> None:
    worker_ended(os.getpid())


COUNT = """
from lms_gateway.telemetry import operation_ran
operation_ran(type="query", outcome="ok", tenant="oak", seconds=0.2)
"""
COUNT_AND_PRINT = (
    COUNT
    + """
import os
from lms_gateway.telemetry import exposition, worker_ended
worker_ended(os.getpid())
print(exposition()[0].decode())
"""
)


def test_workers_with_a_shared_directory_report_the_sum(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    third = subprocess.run(
        [sys.executable, "-c", COUNT_AND_PRINT],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert 'lms_gateway_graphql_operations_total{outcome="ok",tenant="oak",type="query"} 3.0' in third.stdout


def test_shared_and_planned_operations_and_fallbacks_are_counted() -> None:
    series = (
        'lms_gateway_graphql_operations_shared_total{tenant=""}',
        'lms_gateway_planned_operations_total{type="query"}',
        'lms_gateway_plan_fallbacks_total{reason="introspection"}',
    )
    before = [count(name) for name in series]

    operation_shared(tenant=None)
    operation_planned(type="query")
    plan_fell_back(reason="introspection")

    assert [count(name) for name in series] == [value + 1 for value in before]
