"""A value that arrives later: graphql-core awaits it, plans register a callback."""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any


@dataclass(slots=True, eq=False)
class Deferred:
    """The result of a future, passed through `then`.

    Several fields may share the future; awaiting this object never cancels it. The future's result,
    and the return value of `then`, may be an exception: the error of the field. `then` may also
    return another awaitable.
    """

    future: "asyncio.Future[Any]"
    then: Callable[[Any], Any] | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        result = yield from asyncio.shield(self.future).__await__()
        value = result if self.then is None else self.then(result)
        if isawaitable(value):
            value = yield from value.__await__()
        if isinstance(value, Exception):
            raise value
        return value
