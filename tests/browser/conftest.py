"""Headless Chromium on the explorer's page; records all requests and console errors."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright, expect

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 30_000  # ms: Monaco is large, and the machine may be busy


@dataclass  # without slots: Playwright sets attributes on listeners
class ExplorerPage:
    """The explorer's page, with its requests and errors since it was opened."""

    page: Page
    origin: str
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def open(self, path: str = "/graphql") -> None:
        await self.page.goto(self.origin + path)
        await expect(self.page.locator(".graphiql-query-editor .view-line").first).to_be_visible()

    async def execute(self) -> None:
        """Execute the open tab and wait for a result with data."""
        await self.page.get_by_role("button", name="Execute query").click()
        await expect(self.page.locator(".result-window")).to_contain_text('"data"')

    def record_console_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def foreign_requests(self) -> list[str]:
        """Return the requests to other origins."""
        return [
            request.url
            for request in self.requests
            if not request.url.startswith((self.origin + "/", "data:", "blob:"))
        ]

    def graphql_request_headers(self, path: str = "/graphql") -> list[dict[str, str]]:
        """Return the headers of each GraphQL request to `path`."""
        return [
            request.headers
            for request in self.requests
            if request.method == "POST" and urlsplit(request.url).path == path
        ]


@pytest.fixture
async def explorer(gateway_url: str) -> AsyncIterator[ExplorerPage]:
    if shutil.which(EXECUTABLE) is None:
        pytest.skip(f"no Chromium at {EXECUTABLE}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1400, "height": 850})
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        opened = ExplorerPage(page, gateway_url.rstrip("/"))
        # Requests of the context, not of the page: workers send requests too.
        page.context.on("request", lambda request: opened.requests.append(request))
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.on("console", opened.record_console_error)
        yield opened
        await browser.close()
