"""An ASGI request whose headers and body are parsed lazily.

Starlette's `Request` searches all headers on each lookup; a GraphQL request has eight lookups.
"""

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

Headers = Mapping[bytes, bytes]
"""Header values by lower-case name; the first of several with one name."""


def index_headers(scope: Scope) -> Headers:
    """Return the request's headers by name."""
    return dict(reversed(list(scope["headers"])))


class GraphQLRequest:
    """One HTTP request that passed `RequestContextMiddleware`."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.headers: Headers = scope["header_map"]
        self.receive = receive
        self.scope = scope

    @property
    def log_fields(self) -> MutableMapping[str, Any]:
        """The fields of the access-log line, to add to."""
        fields: MutableMapping[str, Any] = self.scope["log_fields"]
        return fields

    @property
    def tenant_slug(self) -> str | None:
        """The slug of the tenant in the path, if there is one."""
        slug: str | None = self.scope["path_params"].get("slug")
        return slug

    @property
    def query_string(self) -> bytes:
        query_string: bytes = self.scope["query_string"]
        return query_string

    def header(self, name: bytes) -> str | None:
        """Return the value of a header by its lower-case name; the first if it is repeated."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def repeated_headers(self) -> Collection[bytes]:
        """The names of headers that occur with different values."""
        headers = self.scope["headers"]
        if len(headers) == len(self.headers):
            return ()
        return {name for name, value in headers if value != self.headers[name]}

    async def read_chunk(self) -> tuple[bytes, bool]:
        """Return the next chunk of the body and whether more follow. Raises ClientDisconnect."""
        message = await self.receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)
