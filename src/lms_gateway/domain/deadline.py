"""Deadline of the current request.

It is a context variable: tasks of a request inherit it, so no signature between the endpoint and
the vendor call needs a parameter for it.
"""

from contextvars import ContextVar

request_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""Time of the event loop (`loop.time()`) by which the answer is due; None if there is no limit."""
