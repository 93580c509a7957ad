"""Structured logs and Prometheus metrics, without personal data.

They contain no query text, variable, token, body, personal name, or URL with an id. A request is
identified by `request_id`, a vendor call by the template of its endpoint.
"""

from lms_gateway.telemetry.logs import configure_logs, log_event, request_id
from lms_gateway.telemetry.metrics import (
    exposition,
    operation_planned,
    operation_ran,
    operation_shared,
    plan_fell_back,
    request_answered,
    vendor_call_shared,
    vendor_called,
    worker_ended,
)

__all__ = [
    "configure_logs",
    "exposition",
    "log_event",
    "operation_planned",
    "operation_ran",
    "operation_shared",
    "plan_fell_back",
    "request_answered",
    "request_id",
    "vendor_call_shared",
    "vendor_called",
    "worker_ended",
]
