"""Content negotiation: the Accept header of RFC 9110, with its weights.

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
    """A client's preference for a media type: by weight, then by specificity."""

    weight: float
    specificity: int


_EXACT = 2


@lru_cache(maxsize=256)
def choose_media_type(accept: str | None, *, html: bool = False) -> str | None:
    """Return the media type of a GraphQL response; None if the client accepts none.

    Without a preference (no header, `*/*`) it is `application/json`, as the specification requires
    for old clients. If both JSON types are named with equal weight, it is the newer one. HTML is
    returned only if `html`, and if the client names it.
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
    """Return whether the client accepts the media type."""
    return accept is None or not accept.strip() or _preference(accept, media_type).weight > 0


@lru_cache(maxsize=256)
def content_type(header: str | None) -> tuple[str, str | None]:
    """Return media type and charset of a Content-Type header, in lower case."""
    media_type, parameters = _split_parameters(header or "")
    return media_type, parameters.get("charset")


def _preference(accept: str, media_type: str) -> _Preference:
    """Return the preference by the most specific range that includes the type."""
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
    return _MediaRange(main_type, subtype, parameters.get("charset"), weight if 0 <= weight <= 1 else 0.0)


def _split_parameters(value: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = value.split(";")
    parameters = {}
    for item in rest:
        name, _, content = item.partition("=")
        parameters[name.strip().lower()] = content.strip().strip('"').lower()
    return media_type.strip().lower(), parameters
