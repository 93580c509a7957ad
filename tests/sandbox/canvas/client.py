"""HTTP client of the Canvas simulator; it follows neither redirects nor links by itself."""

from types import TracebackType
from typing import Any, Self

import httpx2

from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.server import SandboxServer


class CanvasCaller:
    """Sends requests to the Canvas of a running simulator."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self._http = httpx2.Client(timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def url(self, path: str) -> str:
        """Return the URL of a path below /api/v1; a URL is returned as it is."""
        return path if "://" in path else f"{self.server.canvas_url}/api/v1{path}"

    def request(
        self,
        path: str,
        *,
        token: str | None = ADMIN_TOKEN,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx2.Response:
        """Send one request to a path below /api/v1 or to a URL."""
        all_headers = dict(headers or {})
        if token is not None:
            all_headers["Authorization"] = f"Bearer {token}"
        return self._http.request(method, self.url(path), headers=all_headers, **options)

    def get(self, path: str, *, token: str | None = ADMIN_TOKEN) -> Any:
        """Return the JSON of a response whose status must be 200."""
        reply = self.request(path, token=token)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a write, with `body` as JSON; return the JSON of the response (status 200)."""
        if body is not None:
            options["json"] = body
        reply = self.request(path, method=method, **options)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def pages(self, path: str, *, token: str = ADMIN_TOKEN) -> list[list[Any]]:
        """Return the rows of all pages; follow the `next` links."""
        pages, next_path = [], path
        while True:
            reply = self.request(next_path, token=token)
            assert reply.status_code == 200, reply.text
            pages.append(reply.json())
            if "next" not in reply.links:
                return pages
            next_path = reply.links["next"]["url"]
