"""Requests and replies are transferred unchanged and once."""

import gzip
import zlib
from collections.abc import Mapping

import httpx2
import pytest

from lms_gateway.domain.errors import LmsError
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.conftest import Listen
from tests.upstream.transport_contract.server import (
    BytesVendor,
    VendorConnection,
    chunked,
    replies_with,
    reply,
)


async def get(
    transport: Transport,
    vendor: BytesVendor,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    return await transport.send(method, vendor.url + path, headers or {}, body, 10.0)


def bare_deflate(plain: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(plain) + stream.flush()


PLAIN = b'{"name": "' + b"abc" * 5000 + b'"}'
BODIES = {
    "as it is": reply(PLAIN),
    "in chunks": chunked(PLAIN[:1], PLAIN[1:9000], PLAIN[9000:]),
    "gzip": reply(gzip.compress(PLAIN), Content_Encoding="gzip"),
    "GZip, spelt so": reply(gzip.compress(PLAIN), content_encoding="GZip"),
    "deflate": reply(zlib.compress(PLAIN), Content_Encoding="deflate"),
    "bare deflate": reply(bare_deflate(PLAIN), Content_Encoding="deflate"),
    "identity": reply(PLAIN, Content_Encoding="identity"),
    "until the end": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PLAIN,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + PLAIN,
    "with a trailer": chunked(PLAIN)[:-2] + b"X-Late: 1\r\n\r\n",
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + reply(PLAIN),
}
CLOSES_CONNECTION = {"until the end", "HTTP/1.0"}


@pytest.mark.parametrize("how", BODIES)
async def test_a_body_is_complete_in_any_transfer_coding(
    transport: Transport, listen: Listen, how: str
) -> None:
    then = VendorConnection.hang_up if how in CLOSES_CONNECTION else None
    vendor = await listen(replies_with(BODIES[how], then=then))
    for _ in range(2):
        got = await get(transport, vendor)
        assert (got.status, got.body) == (200, PLAIN)
        assert "x" not in got.headers


async def test_a_reply_may_arrive_byte_by_byte(transport: Transport, listen: Listen) -> None:
    whole = chunked(gzip.compress(b"{}")).replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
    vendor = await listen(replies_with(*(bytes([byte]) for byte in whole)))
    assert (await get(transport, vendor)).body == b"{}"


async def test_each_call_has_its_own_headers(transport: Transport, listen: Listen) -> None:
    """Tenants of one host share its connections: token and body length must not be reused."""
    vendor = await listen(replies_with(reply(b"{}")))
    given: dict[str, str] = {"Authorization": "Bearer 1"}
    for token in ("Bearer 1", "Bearer 1", "Bearer 2", None, "Bearer 1"):
        given.pop("Authorization", None)
        if token is not None:
            given["Authorization"] = token
        for body in (b"{}", None):
            await get(transport, vendor, method="POST" if body else "GET", headers=given, body=body)
            request = vendor.requests[-1]
            assert request.headers.get("authorization") == token
            assert request.headers.get("content-length") == ("2" if body else None)
    with pytest.raises((ValueError, LmsError)):
        await get(transport, vendor, headers={"Authorization": "Bearer 1\r\nX: y"})


async def test_a_large_body_is_sent_and_received_unchanged(transport: Transport, listen: Listen) -> None:
    body = bytes(range(256)) * 20_000
    vendor = await listen(replies_with(reply(body)))
    got = await get(transport, vendor, method="POST", body=body)
    assert got.body == vendor.requests[0].body == body


@pytest.mark.parametrize("status", [200, 201, 302, 303, 401, 404, 429, 500, 503])
async def test_a_status_is_returned_without_any_action(
    transport: Transport, listen: Listen, status: int
) -> None:
    vendor = await listen(replies_with(reply(b"[]", status, Location="/elsewhere", Retry_After="1")))
    got = await get(transport, vendor)
    assert (got.status, got.body, got.headers["location"]) == (status, b"[]", "/elsewhere")
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
    ],
)
async def test_a_reply_without_a_body_ends_after_its_headers(
    transport: Transport, listen: Listen, method: str, answer: bytes
) -> None:
    vendor = await listen(replies_with(answer), replies_with(reply(b"next")))
    assert (await get(transport, vendor, method=method)).body == b""
    assert (await get(transport, vendor)).body == b"next"


async def test_header_names_are_lower_case_and_repeated_headers_are_joined(
    transport: Transport, listen: Listen
) -> None:
    link = b'Link: <https://a/?page=2>; rel="next"\r\n'
    rows = link + link.replace(b"next", b"last") + b"X-Long: " + b"l" * 30_000 + b"\r\n"
    rows += "X-Name: Zoë\r\n".encode() + b"X-Old: Zo\xeb\r\nX-Empty:\r\nX-Spaces:  a b \t\r\n"
    vendor = await listen(replies_with(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + rows + b"\r\n"))
    headers = (await get(transport, vendor)).headers
    assert headers["link"] == '<https://a/?page=2>; rel="next", <https://a/?page=2>; rel="last"'
    assert headers["x-long"] == "l" * 30_000
    assert (headers["x-empty"], headers["x-spaces"]) == ("", "a b")


async def test_header_values_are_decoded_as_utf_8_or_latin_1(transport: Transport, listen: Listen) -> None:
    one, other = "X-Name: Zoë\r\n".encode(), "X-Name: Zoë\r\n".encode("latin-1")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
    vendor = await listen(replies_with(head + one + b"\r\n"), replies_with(head + other + b"\r\n"))
    assert [(await get(transport, vendor)).headers["x-name"] for _ in range(2)] == ["Zoë"] * 2


async def test_a_reply_may_have_150_headers(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply(b"", 200, **{f"x_{number}": "y" for number in range(150)})))
    assert (await get(transport, vendor)).headers["x-149"] == "y"


async def test_a_request_arrives_unchanged(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply()))
    headers = {"Authorization": "Bearer a", "Content-Type": "application/json"}
    path = "/api/v1/users/sis_user_id%3Aa%2Fb?per_page=100&include%5B%5D=email&x=%C3%A9+"
    await get(transport, vendor, path, method="PUT", headers=headers, body=b'{"a": 1}')

    [request] = vendor.requests
    assert (request.method, request.target, request.body) == ("PUT", path, b'{"a": 1}')
    assert request.headers["host"] == vendor.url.partition("://")[2]
    assert request.headers["authorization"] == "Bearer a"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert request.headers["user-agent"].startswith("lms-gateway/")
    assert len(request.names) == len(set(map(str.lower, request.names)))


@pytest.mark.parametrize("path", ["", "/", "?a=b", "/?a=b", "/x#part"])
async def test_the_request_target_has_a_slash_and_no_fragment(
    transport: Transport, listen: Listen, path: str
) -> None:
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor, path)
    assert vendor.requests[0].target == "/" + path.lstrip("/").partition("#")[0]


async def test_default_headers_can_be_replaced(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor, headers={"User-Agent": "another"})
    assert vendor.requests[0].headers["user-agent"] == "another"


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("PUT", "0"), ("DELETE", None)])
async def test_a_method_with_a_body_sends_a_content_length(
    transport: Transport, listen: Listen, method: str, length: str | None
) -> None:
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor, method=method)
    assert vendor.requests[0].headers.get("content-length") == length


async def test_a_cookie_is_not_sent_back(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply(Set_Cookie="canvas_session=abc; Path=/")))
    for _ in range(2):
        await get(transport, vendor)
    assert all("cookie" not in request.headers for request in vendor.requests)


async def test_a_proxy_of_the_environment_is_not_used(
    transport: Transport, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The credential must be sent to the vendor only."""
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    vendor = await listen(replies_with(reply()))
    assert (await get(transport, vendor)).status == 200


@pytest.mark.parametrize(
    "header",
    [
        {"X-Name": "a\r\nX-Other: b"},
        {"X-Name": "a\nX-Other: b"},
        {"X-Name": "a\r\n\r\nGET /other HTTP/1.1"},
        {"X-Name: a\r\nX-Other": "b"},
    ],
)
async def test_a_header_with_a_line_break_is_not_sent(
    transport: Transport, listen: Listen, header: dict[str, str]
) -> None:
    vendor = await listen(replies_with(reply()))
    with pytest.raises((LmsError, ValueError)):
        await get(transport, vendor, headers=header)
    assert vendor.requests == []


@pytest.mark.parametrize("path", ["/a\r\nX: y", "/a HTTP/1.1\r\nX: y\r\n\r\n"])
async def test_a_path_cannot_become_a_second_request(transport: Transport, listen: Listen, path: str) -> None:
    vendor = await listen(replies_with(reply()))
    try:
        await get(transport, vendor, path)
    except (LmsError, ValueError, httpx2.InvalidURL):
        assert vendor.requests == []
    else:  # percent-encoded
        [request] = vendor.requests
        assert "x" not in request.headers


async def test_every_address_of_a_host_is_tried(transport: Transport, listen: Listen) -> None:
    """The first address of `localhost` may be ::1, on which this vendor does not listen."""
    vendor = await listen(replies_with(reply()))
    url = vendor.url.replace("127.0.0.1", "localhost")
    assert (await transport.send("GET", url, {}, None, 10.0)).status == 200
    assert vendor.requests[0].headers["host"] == f"localhost:{vendor.port}"


async def test_an_ipv6_address_is_supported(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply()), host="::1")
    assert (await get(transport, vendor)).status == 200
    assert vendor.requests[0].headers["host"] == f"[::1]:{vendor.port}"
