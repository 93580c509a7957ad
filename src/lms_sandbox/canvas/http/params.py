"""Parameters of a request: query, form and JSON body as one tree, parsed as Rails does.

https://developerdocs.instructure.com/services/canvas/basics/file.endpoints
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from typing import Any, Self
from urllib.parse import parse_qsl

_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})
_KEY_PARTS = re.compile(r"[^\[\]]+|\[\]")
_FORM_TYPE = "application/x-www-form-urlencoded"

Pairs = list[tuple[str, str]]


class InvalidJsonBody(Exception):
    """The Content-Type is JSON, but the body cannot be parsed."""


@dataclass(frozen=True, slots=True)
class CanvasParams:
    """Parameters as a tree, for example `{"course": {"name": "Botany"}}`.

    An absent key differs from a null: `in` tests for presence.
    """

    tree: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def __bool__(self) -> bool:
        return bool(self.tree)

    def nested(self, name: str) -> Self:
        """Return the parameters below `name`; empty if there are none."""
        branch = self.tree.get(name)
        return type(self)(branch if isinstance(branch, Mapping) else {})

    def text(self, name: str) -> str | None:
        """Return a scalar as text, which may be empty; None if absent, null or not a scalar."""
        return _to_text(self.tree.get(name))

    def flag(self, name: str) -> bool | None:
        """Return a boolean; None if it is absent, null or empty."""
        text = self.text(name)
        return is_true(text.strip()) if text else None

    def integer(self, name: str) -> int | None:
        """Return an integer; None if it is absent or not an integer."""
        text = self.text(name)
        return int(text) if text and re.fullmatch(r"\s*-?\d+\s*", text) else None

    def timestamp(self, name: str) -> datetime | None:
        """Return an ISO 8601 timestamp in UTC; None if it is absent or not valid."""
        return parse_timestamp(self.text(name))

    def timestamps(self, *names: str) -> dict[str, datetime | None]:
        """Return those of the named timestamps that are present."""
        return {name: self.timestamp(name) for name in names if name in self}

    def array(self, name: str) -> list[str] | None:
        """Return the scalars of an array as text; None if the value is not an array."""
        items = self.tree.get(name)
        if not isinstance(items, list):
            return None
        return [text for item in items if (text := _to_text(item)) is not None]


def is_true(text: str) -> bool:
    """Return whether Rails reads a text as true."""
    return text.lower() in _TRUE_WORDS


def parse_timestamp(text: str | None) -> datetime | None:
    """Return a timestamp in UTC, which is assumed without an offset; None if it is not valid."""
    try:
        timestamp = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)).astimezone(UTC)


def parse_params(query: Pairs, content_type: str, body: bytes) -> tuple[CanvasParams, Pairs]:
    """Return the parameters of query and body as a tree, and as flat pairs.

    The body overrides the query. A body of an unknown Content-Type is ignored. Raises
    InvalidJsonBody.
    """
    pairs = list(query)
    if not body.strip():
        return CanvasParams(_build_tree(pairs)), pairs
    if "json" in content_type:
        try:
            document = json.loads(body)
        except ValueError as error:
            raise InvalidJsonBody from error
        body_params = document if isinstance(document, Mapping) else {"_json": document}
        return CanvasParams({**_build_tree(pairs), **body_params}), pairs + list(_flatten(body_params))
    if content_type.split(";")[0].strip().lower() in (_FORM_TYPE, ""):
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return CanvasParams({**_build_tree(pairs), **_build_tree(form)}), pairs + form
    if content_type.lower().startswith("multipart/form-data"):
        form = _parse_multipart(content_type, body)
        return CanvasParams({**_build_tree(pairs), **_build_tree(form)}), pairs + form
    return CanvasParams(_build_tree(pairs)), pairs


def _parse_multipart(content_type: str, body: bytes) -> Pairs:
    """Return the fields of a multipart form, without its files."""
    form = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    pairs: Pairs = []
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes) and part.get_filename() is None:
            pairs.append((name, value.decode("utf-8", "replace")))
    return pairs


def _to_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _build_tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return flat pairs as a tree: `a[b]=1` is {"a": {"b": "1"}}, `a[]=1` is {"a": ["1"]}."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _insert(tree, _KEY_PARTS.findall(key), value)
    return tree


def _insert(tree: dict[str, Any], path: Sequence[str], value: str) -> None:
    """Insert a value at a path of the tree; a value of another type on the path is replaced."""
    for depth, name in enumerate(path):
        next_part = path[depth + 1 : depth + 2]
        if next_part == ["[]"]:
            values = tree.get(name)
            tree[name] = [*(values if isinstance(values, list) else []), value]
            return
        if not next_part:
            tree[name] = value
            return
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in tree.items():
        key = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, Mapping):
            yield from _flatten(value, key)
        elif isinstance(value, list):
            yield from ((f"{key}[]", text) for item in value if (text := _to_text(item)) is not None)
        elif (text := _to_text(value)) is not None:
            yield key, text
