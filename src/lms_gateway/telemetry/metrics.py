"""Prometheus metrics, served at `/metrics`.

Labels have few values: routes and endpoints are templates, tenants are configured ones. Several
worker processes share a directory, because each scrape reaches one of them: set
`PROMETHEUS_MULTIPROC_DIR` (empty, writable by all workers) before the first worker imports this
package. Without it each process reports its own counts.
"""

import os
from functools import cache
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

M = TypeVar("M", Counter, Histogram)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"})

_requests = Counter("lms_gateway_http_requests", "HTTP requests answered", ("method", "route", "status"))
_request_seconds = Histogram(
    "lms_gateway_http_request_seconds",
    "From the request's first byte to the answer's last",
    ("method", "route"),
    buckets=_SECONDS,
)
_operations = Counter(
    "lms_gateway_graphql_operations", "GraphQL operations run", ("type", "outcome", "tenant")
)
_operation_seconds = Histogram(
    "lms_gateway_graphql_operation_seconds",
    "From parsing a GraphQL operation to its result",
    ("type", "tenant"),
    buckets=_SECONDS,
)
_vendor_calls = Counter(
    "lms_gateway_vendor_calls", "Calls to vendors, each attempt", ("tenant", "vendor", "endpoint", "outcome")
)
_vendor_calls_shared = Counter(
    "lms_gateway_vendor_calls_shared",
    "Calls to vendors that were not sent, because an equal one was in flight",
    ("tenant", "vendor"),
)
_vendor_seconds = Histogram(
    "lms_gateway_vendor_call_seconds",
    "From sending a call to a vendor to its whole reply",
    ("tenant", "vendor", "endpoint"),
    buckets=_SECONDS,
)


_shared_operations = Counter(
    "lms_gateway_graphql_operations_shared",
    "Queries answered by the execution of an identical one that was running",
    ("tenant",),
)
_planned_operations = Counter(
    "lms_gateway_planned_operations", "Operations that a compiled plan ran", ("type",)
)
_plan_fallbacks = Counter(
    "lms_gateway_plan_fallbacks", "Operations that graphql-core ran because no plan could", ("reason",)
)


@cache
def _series(metric: M, *labels: str) -> M:
    """Return the series with these labels. Cached: a look-up costs more than counting."""
    return metric.labels(*labels)


def request_answered(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count an HTTP request. `route` is a template such as `/t/{slug}/graphql`, never a path."""
    method = method if method in _METHODS else "OTHER"
    _series(_requests, method, route, str(status)).inc()
    _series(_request_seconds, method, route).observe(seconds)


def operation_ran(*, type: str, outcome: str, tenant: str | None, seconds: float) -> None:
    """Count a GraphQL operation.

    `type` is query, mutation, subscription or unknown (not parsed); `outcome` is ok, partial,
    failed, refused or cancelled; `tenant` is a slug; None if none was selected.
    """
    _series(_operations, type, outcome, tenant or "").inc()
    _series(_operation_seconds, type, tenant or "").observe(seconds)


def operation_shared(*, tenant: str | None) -> None:
    """Count a query that was answered by the execution of an identical query."""
    _series(_shared_operations, tenant or "").inc()


def operation_planned(*, type: str) -> None:
    """Count an operation that a compiled plan ran. `type` as in `operation_ran`."""
    _series(_planned_operations, type).inc()


def plan_fell_back(*, reason: str) -> None:
    """Count an operation that graphql-core ran instead of a plan. `reason` has few values."""
    _series(_plan_fallbacks, reason).inc()


def vendor_called(*, tenant: str, vendor: str, endpoint: str, outcome: str, seconds: float) -> None:
    """Count a call to a vendor.

    `endpoint` is the template of the path (`/courses/:id/sections`); `outcome` is `ok` or the error code.
    """
    _series(_vendor_calls, tenant, vendor, endpoint, outcome).inc()
    _series(_vendor_seconds, tenant, vendor, endpoint).observe(seconds)


def vendor_call_shared(*, tenant: str, vendor: str) -> None:
    """Count a call that was answered by an equal call in flight."""
    _series(_vendor_calls_shared, tenant, vendor).inc()


def exposition() -> tuple[bytes, str]:
    """Return all metrics in Prometheus' text format, and its content type."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def worker_ended(pid: int) -> None:
    """Remove the live gauges of a worker that ended; its counts stay. Called by the parent."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
