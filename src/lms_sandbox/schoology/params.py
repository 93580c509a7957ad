"""Parsing of query parameters and ids."""

from urllib.parse import parse_qsl


def parse_params(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


def parse_id(text: str) -> int:
    """Return an id; -1, which no record has, if the text is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else -1


def split_list(text: str, max_count: int | None = None) -> list[str]:
    """Return the values of a comma-separated parameter, at most `max_count`."""
    return [part.strip() for part in text.split(",") if part.strip()][:max_count]
