"""HttpxTransport, besides the contract of all transports (see transport_contract)."""

from typing import Any

import httpx2

from lms_gateway.upstream.transports.httpx_transport import HttpxTransport


async def test_any_httpx_transport_can_be_mounted() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = HttpxTransport(httpx2.ASGITransport(app))
    assert (await transport.send("DELETE", "http://vendor/x", {}, None, 5.0)).status == 204
    await transport.aclose()
