"""What operators see: structured logs and Prometheus metrics, none with people's data.

Neither ever holds a query's text, a variable, a token, a body, a person's name, or a URL with an id
in it. What tells one request from another is `request_id`; vendor calls are told by the template of
their endpoint.
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
