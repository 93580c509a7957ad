"""How long the request in hand may still take.

A context variable, because every task that a request starts inherits it and no signature between
the endpoint and the vendor has to carry it.
"""

from contextvars import ContextVar

request_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""The event loop's clock (`loop.time()`) at which the answer is due; None: no limit of its own."""
