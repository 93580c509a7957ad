"""A request as it came in, read no further than it is asked about.

Starlette's `Request` looks a header up by walking through all of them, and each GraphQL request
is asked about eight.
"""

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

Headers = Mapping[bytes, bytes]
"""The headers by their names in lower case; of several with one name the first."""


def index_headers(scope: Scope) -> Headers:
    """The request's headers."""
    return dict(reversed(list(scope["headers"])))


class GraphQLRequest:
    """One HTTP request, as the onion hands it on."""

    __slots__ = ("_scope", "headers", "method", "receive")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.headers: Headers = scope["heads"]
        self.receive = receive
        self._scope = scope

    @property
    def scope(self) -> Scope:
        return self._scope

    @property
    def log_fields(self) -> MutableMapping[str, Any]:
        """What the access log says of the request, to add to."""
        log_fields: MutableMapping[str, Any] = self._scope["told"]
        return log_fields

    @property
    def tenant_slug(self) -> str | None:
        """The tenant that the path names."""
        slug: str | None = self._scope["path_params"].get("slug")
        return slug

    @property
    def query_string(self) -> bytes:
        query_string: bytes = self._scope["query_string"]
        return query_string

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its name in lower case; the first where there are several."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def repeated_headers(self) -> Collection[bytes]:
        """The names that headers with different values have in common."""
        headers = self._scope["headers"]
        if len(headers) == len(self.headers):
            return ()
        return {name for name, value in headers if value != self.headers[name]}

    async def read_chunk(self) -> tuple[bytes, bool]:
        """The next piece of the body, and whether there is more. Raises ClientDisconnect."""
        message = await self.receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)
