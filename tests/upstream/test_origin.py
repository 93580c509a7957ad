"""Origin: URLs and links stay below the base URL."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.origin import Origin

SCHOOLOGY = Origin.of("https://api.schoology.com/v1")
SANDBOX = Origin.of("http://127.0.0.1:8001/canvas/")


@pytest.mark.parametrize(
    "base_url",
    [
        "http://maple.instructure.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "maple.instructure.com",
        "https://",
        "https://user:secret@maple.instructure.com",
        "https://maple.instructure.com?x=1",
    ],
)
def test_an_insecure_or_invalid_base_url_is_rejected(base_url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Origin.of(base_url)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost"])
def test_plain_http_is_allowed_on_loopback(base_url: str) -> None:
    assert Origin.of(base_url).url("/x", ()) == f"{base_url}/x"


def test_parameters_are_encoded_as_in_the_oauth_1_base_string() -> None:
    params = (("include[]", "term"), ("search", "a b+c&d/é"))
    assert SCHOOLOGY.url("/courses", params) == (
        "https://api.schoology.com/v1/courses?include%5B%5D=term&search=a%20b%2Bc%26d%2F%C3%A9"
    )


WORDS = st.text(st.characters(codec="utf-8"))


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1).map(tuple))
def test_any_parameters_are_encoded_as_by_the_standard_library(
    params: tuple[tuple[str, str], ...],
) -> None:
    query = urlencode(params, quote_via=quote, safe="")
    assert SCHOOLOGY.url("/courses", params) == f"https://api.schoology.com/v1/courses?{query}"


def test_a_path_cannot_change_the_host() -> None:
    with pytest.raises(ValueError, match="slash"):
        Origin.of("https://maple.instructure.com").url("@evil.example/x", ())


@pytest.mark.parametrize(
    ("origin", "link", "path", "params"),
    [
        (SCHOOLOGY, "https://api.schoology.com/v1/users/1", "/users/1", ()),
        (SCHOOLOGY, "http://api.schoology.com/v1/users/1", "/users/1", ()),
        (SCHOOLOGY, "https://API.schoology.com:443/v1/users/1", "/users/1", ()),
        (SCHOOLOGY, "/v1/users/1", "/users/1", ()),
        (
            SANDBOX,
            "https://127.0.0.1:8001/canvas/api/v1/courses?page=bookmark:WzEyXQ&include%5B%5D=term&x=",
            "/api/v1/courses",
            (("page", "bookmark:WzEyXQ"), ("include[]", "term"), ("x", "")),
        ),
    ],
)
def test_a_link_of_the_vendor_is_resolved_to_a_path(
    origin: Origin, link: str, path: str, params: tuple[tuple[str, str], ...]
) -> None:
    assert origin.resolve_link(link) == (path, params)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1/users/1",
        "https://api.schoology.com.evil.example/v1/users/1",
        "https://api.schoology.com@evil.example/v1/users/1",
        "//evil.example/v1/users/1",
        "https://api.schoology.com:8443/v1/users/1",
        "http://api.schoology.com:443/v1/users/1",
        "https://api.schoology.com:port/v1/users/1",
        "https://[/v1/users/1",
        "ftp://api.schoology.com/v1/users/1",
        "https://api.schoology.com/v2/users/1",
        "https://api.schoology.com/v1",
        "https://api.schoology.com/v1/../admin",
        "users/1",
        "?page=2",
        "",
    ],
)
def test_any_other_link_is_rejected(link: str) -> None:
    with pytest.raises(UpstreamInvalid) as refused:
        SCHOOLOGY.resolve_link(link)
    assert "evil" not in refused.value.message
