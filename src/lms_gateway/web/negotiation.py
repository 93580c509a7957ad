"""Which representation a client would have: RFC 9110's Accept, with its weights.

https://www.rfc-editor.org/rfc/rfc9110#name-accept
https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
"""

from functools import lru_cache
from typing import Final, NamedTuple

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"
HTML: Final = "text/html"
EVENTS: Final = "text/event-stream"


class _Range(NamedTuple):
    kind: str
    subtype: str
    charset: str | None
    weight: float


class _Liking(NamedTuple):
    """How much a client wants a media type: by weight, then by how exactly it was named."""

    weight: float
    exactness: int


_NAMED = 2


@lru_cache(maxsize=256)  # clients are of few kinds
def choose(accept: str | None, *, html: bool = False) -> str | None:
    """The media type of a GraphQL response, or HTML where `html` and the client asks for it.

    None where the client takes none of them. Clients that leave it open (no header, `*/*`) get
    `application/json`, for which the specification asks for the sake of old ones; of two types that
    are named with equal weight the newer is taken. HTML has to be named.
    """
    if accept is None or not accept.strip():
        return JSON
    graphql, json, page = (_liking(accept, media_type) for media_type in (GRAPHQL, JSON, HTML))
    if html and page.exactness == _NAMED and page.weight > 0 and page >= max(graphql, json):
        return HTML
    if max(graphql, json).weight == 0:
        return None
    if graphql == json:
        return GRAPHQL if graphql.exactness == _NAMED else JSON
    return GRAPHQL if graphql > json else JSON


def takes(accept: str | None, media_type: str) -> bool:
    """Whether the client takes the media type at all."""
    return accept is None or not accept.strip() or _liking(accept, media_type).weight > 0


@lru_cache(maxsize=256)
def content_type(header: str | None) -> tuple[str, str | None]:
    """The media type and the charset of a Content-Type header, in lower case."""
    media_type, parameters = _split(header or "")
    return media_type, parameters.get("charset")


def _liking(accept: str, media_type: str) -> _Liking:
    """What the range that covers the type most exactly says of it."""
    kind, _, subtype = media_type.partition("/")
    covers = {(kind, subtype): _NAMED, (kind, "*"): 1, ("*", "*"): 0}
    exactness, weight = -1, 0.0
    for part in accept.split(","):
        range_ = _read(part)
        if range_ is None or range_.charset not in (None, "utf-8", "utf8"):
            continue
        exact = covers.get((range_.kind, range_.subtype))
        if exact is not None:
            exactness, weight = max((exactness, weight), (exact, range_.weight))
    return _Liking(weight, exactness)


def _read(part: str) -> _Range | None:
    media_type, parameters = _split(part)
    kind, _, subtype = media_type.partition("/")
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        return None
    return _Range(kind, subtype, parameters.get("charset"), weight if 0 <= weight <= 1 else 0.0)


def _split(value: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = value.split(";")
    parameters = {}
    for item in rest:
        name, _, content = item.partition("=")
        parameters[name.strip().lower()] = content.strip().strip('"').lower()
    return media_type.strip().lower(), parameters
