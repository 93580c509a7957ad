"""A value that is on its way: awaitable for graphql-core, a callback for plans."""

import asyncio
from collections.abc import Callable, Generator
from inspect import isawaitable
from typing import Any


class Deferred:
    """What `then` makes of a future's result.

    The future may be shared by many: whoever awaits this never cancels it. Its result, and what
    `then` returns, may be an exception: the field's error, as any value may be. `then` may also
    return a further awaitable.
    """

    __slots__ = ("future", "then")

    def __init__(
        self, future: "asyncio.Future[Any]", then: Callable[[Any], Any] | None = None
    ) -> None:
        self.future = future
        self.then = then

    def __await__(self) -> Generator[Any, Any, Any]:
        result = yield from asyncio.shield(self.future).__await__()
        value = result if self.then is None else self.then(result)
        if isawaitable(value):
            value = yield from value.__await__()
        if isinstance(value, Exception):
            raise value
        return value
