"""Where a tenant's vendor lives: the one place that credentials are sent to."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.messages import Params

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """A vendor's `base_url`, taken apart once."""

    scheme: str
    host: str
    port: int | None  # None: the scheme's own
    base: str  # scheme, host, port and path, without a slash at the end
    path: str  # empty, or begins with a slash and ends without one

    @classmethod
    def of(cls, base_url: str) -> "Origin":
        """Take a base URL apart.

        Raises ValueError unless it is https, or http on this machine's loopback: over anything else
        the credential would travel in the clear.
        """
        url = urlsplit(base_url)
        host = url.hostname
        if url.scheme not in _PORTS or not host:
            raise ValueError("a base URL begins with https:// and names a host")
        if url.scheme == "http" and not _is_loopback(host):
            raise ValueError("a base URL is https, or http on loopback")
        if url.query or url.fragment or url.username is not None:
            raise ValueError("a base URL has neither user, query nor fragment")
        path = url.path.rstrip("/")
        return cls(
            scheme=url.scheme,
            host=host,
            port=_explicit_port(url),
            base=f"{url.scheme}://{url.netloc}{path}",
            path=path,
        )

    def url(self, path: str, params: Params) -> str:
        """The URL of a path below the base. Nothing else makes URLs that are signed and sent.

        Raises ValueError for a path without a slash in front, which could change the host.
        """
        if not path.startswith("/"):
            raise ValueError("a path begins with a slash")
        if not params:
            return f"{self.base}{path}"
        query = "&".join([f"{_escape_name(name)}={_escape(value)}" for name, value in params])
        return f"{self.base}{path}?{query}"

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """The path below the base, and the parameters, of a link that the vendor gave.

        The link is absolute or begins with a slash; host and port must be the base URL's. Its
        scheme may differ, because both vendors write http:// in places, and is not followed: what
        is asked next is the base URL's own. Raises UpstreamInvalid for any other link.
        """
        try:
            url = urlsplit(link)
            host, port = url.hostname, _explicit_port(url)
        except ValueError:  # a port or an IPv6 address that is none
            raise _foreign_link_error() from None
        if url.scheme or url.netloc:
            if url.scheme not in _PORTS or host != self.host or port != self.port:
                raise _foreign_link_error()
        elif not url.path.startswith("/"):
            raise _foreign_link_error()
        path = url.path.removeprefix(self.path)
        if not url.path.startswith(f"{self.path}/") or {".", ".."} & set(path.split("/")):
            raise _foreign_link_error()
        return path, tuple(parse_qsl(url.query, keep_blank_values=True))


def _escape(text: str) -> str:
    """The text as it stands in a query."""
    # Most values are numbers and names, and as good as identifiers: nothing of them is escaped.
    if text.isascii() and (text.isalnum() or text.isidentifier()):
        return text
    # %20 rather than `+`: the OAuth 1 base string knows only the first.
    return quote(text, safe="")


_escape_name = lru_cache(256)(_escape)  # there are few, and half of them end in brackets


def _foreign_link_error() -> UpstreamInvalid:
    return UpstreamInvalid("the vendor's reply points to another host or path; not followed")


def _explicit_port(url: SplitResult) -> int | None:
    return None if url.port == _PORTS.get(url.scheme) else url.port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
