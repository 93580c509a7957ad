"""Which representation a client would have: RFC 9110's Accept, with its weights.

https://www.rfc-editor.org/rfc/rfc9110#name-accept
https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
"""

from functools import lru_cache
from typing import Final, NamedTuple

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"
HTML: Final = "text/html"
EVENT_STREAM: Final = "text/event-stream"


class _MediaRange(NamedTuple):
    main_type: str
    subtype: str
    charset: str | None
    weight: float


class _Preference(NamedTuple):
    """How much a client wants a media type: by weight, then by how exactly it was named."""

    weight: float
    specificity: int


_EXACT = 2


@lru_cache(maxsize=256)  # clients are of few kinds
def choose_media_type(accept: str | None, *, html: bool = False) -> str | None:
    """The media type of a GraphQL response, or HTML where `html` and the client asks for it.

    None where the client takes none of them. Clients that leave it open (no header, `*/*`) get
    `application/json`, for which the specification asks for the sake of old ones; of two types that
    are named with equal weight the newer is taken. HTML has to be named.
    """
    if accept is None or not accept.strip():
        return JSON
    graphql, json, page = (_preference(accept, media_type) for media_type in (GRAPHQL, JSON, HTML))
    if html and page.specificity == _EXACT and page.weight > 0 and page >= max(graphql, json):
        return HTML
    if max(graphql, json).weight == 0:
        return None
    if graphql == json:
        return GRAPHQL if graphql.specificity == _EXACT else JSON
    return GRAPHQL if graphql > json else JSON


def accepts(accept: str | None, media_type: str) -> bool:
    """Whether the client takes the media type at all."""
    return accept is None or not accept.strip() or _preference(accept, media_type).weight > 0


@lru_cache(maxsize=256)
def content_type(header: str | None) -> tuple[str, str | None]:
    """The media type and the charset of a Content-Type header, in lower case."""
    media_type, parameters = _split_parameters(header or "")
    return media_type, parameters.get("charset")


def _preference(accept: str, media_type: str) -> _Preference:
    """What the range that covers the type most exactly says of it."""
    main_type, _, subtype = media_type.partition("/")
    specificity_of = {(main_type, subtype): _EXACT, (main_type, "*"): 1, ("*", "*"): 0}
    specificity, weight = -1, 0.0
    for part in accept.split(","):
        range_ = _parse_range(part)
        if range_ is None or range_.charset not in (None, "utf-8", "utf8"):
            continue
        range_specificity = specificity_of.get((range_.main_type, range_.subtype))
        if range_specificity is not None:
            specificity, weight = max((specificity, weight), (range_specificity, range_.weight))
    return _Preference(weight, specificity)


def _parse_range(part: str) -> _MediaRange | None:
    media_type, parameters = _split_parameters(part)
    main_type, _, subtype = media_type.partition("/")
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        return None
    return _MediaRange(
        main_type, subtype, parameters.get("charset"), weight if 0 <= weight <= 1 else 0.0
    )


def _split_parameters(value: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = value.split(";")
    parameters = {}
    for item in rest:
        name, _, content = item.partition("=")
        parameters[name.strip().lower()] = content.strip().strip('"').lower()
    return media_type.strip().lower(), parameters
