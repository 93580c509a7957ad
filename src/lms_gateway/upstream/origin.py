"""Origin of a tenant's vendor: the only host that its credential is sent to."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.upstream.messages import Params

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """A parsed `base_url`."""

    scheme: str
    host: str
    port: int | None  # None: the scheme's default
    base: str  # scheme, host, port and path, without a trailing slash
    path: str  # empty, or with a leading and without a trailing slash

    @classmethod
    def of(cls, base_url: str) -> "Origin":
        """Parse a base URL.

        Raises ValueError unless it is https, or http on loopback: otherwise the credential would be
        sent unencrypted.
        """
        url = urlsplit(base_url)
        host = url.hostname
        if url.scheme not in _PORTS or not host:
            raise ValueError("base URL: must begin with https:// and contain a host")
        if url.scheme == "http" and not _is_loopback(host):
            raise ValueError("base URL: must be https; http is allowed on loopback only")
        if url.query or url.fragment or url.username is not None:
            raise ValueError("base URL: must not contain a user, query or fragment")
        path = url.path.rstrip("/")
        return cls(
            scheme=url.scheme,
            host=host,
            port=_explicit_port(url),
            base=f"{url.scheme}://{url.netloc}{path}",
            path=path,
        )

    def url(self, path: str, params: Params) -> str:
        """Return the URL of a path relative to the base. All URLs that are sent come from here.

        Raises ValueError if the path has no leading slash, because that could change the host.
        """
        if not path.startswith("/"):
            raise ValueError("path: must begin with a slash")
        if not params:
            return f"{self.base}{path}"
        query = "&".join([f"{_escape_name(name)}={_escape(value)}" for name, value in params])
        return f"{self.base}{path}?{query}"

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """Return the path relative to the base, and the parameters, of a link in a reply.

        The link is absolute or begins with a slash. Host, port and path prefix must be those of the
        base URL, otherwise UpstreamInvalid is raised. The scheme may differ, because both vendors
        return some http:// links; calls use the scheme of the base URL.
        """
        try:
            url = urlsplit(link)
            host, port = url.hostname, _explicit_port(url)
        except ValueError:  # an invalid port or IPv6 address
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
    """Return the text percent-encoded for a query."""
    # Fast path: most values are numbers or identifiers, which need no encoding.
    if text.isascii() and (text.isalnum() or text.isidentifier()):
        return text
    # %20 instead of `+`, as the OAuth 1 base string requires.
    return quote(text, safe="")


_escape_name = lru_cache(256)(_escape)  # there are few names, many with brackets


def _foreign_link_error() -> UpstreamInvalid:
    return UpstreamInvalid("the vendor's reply links to another host or path; not followed")


def _explicit_port(url: SplitResult) -> int | None:
    return None if url.port == _PORTS.get(url.scheme) else url.port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
