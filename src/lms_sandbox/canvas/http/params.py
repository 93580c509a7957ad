"""What a request says beside its address: query, form and JSON as one tree, as Rails reads them.

https://developerdocs.instructure.com/services/canvas/basics/file.endpoints
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})
_KEY_PARTS = re.compile(r"[^\[\]]+|\[\]")
_FORM_TYPE = "application/x-www-form-urlencoded"

Pairs = list[tuple[str, str]]


class InvalidJsonBody(Exception):
    """A JSON body that is none."""


@dataclass(frozen=True, slots=True)
class CanvasParams:
    """A branch of the tree. A key that is absent and one that holds null are told apart."""

    tree: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def __bool__(self) -> bool:
        return bool(self.tree)

    def nested(self, name: str) -> CanvasParams:
        """The branch of a name; an empty one where there is none."""
        branch = self.tree.get(name)
        return CanvasParams(branch) if isinstance(branch, Mapping) else CanvasParams()

    def text(self, name: str) -> str | None:
        """A scalar as text, the empty one too; None where it is null, absent or no scalar."""
        return _to_text(self.tree.get(name))

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where it is null, empty or absent."""
        text = self.text(name)
        return text.strip().lower() in _TRUE_WORDS if text else None

    def integer(self, name: str) -> int | None:
        """A whole number; None where it is absent or not one."""
        text = self.text(name)
        return int(text) if text and re.fullmatch(r"\s*-?\d+\s*", text) else None

    def timestamp(self, name: str) -> datetime | None:
        """An ISO 8601 moment in UTC, which is assumed where no offset is given; None where it is
        absent or cannot be read."""
        try:
            parsed = datetime.fromisoformat(self.text(name) or "")
        except ValueError:
            return None
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)

    def array(self, name: str) -> list[str] | None:
        """A real array's scalars as text; None where it is no array: a scalar is not one."""
        items = self.tree.get(name)
        if not isinstance(items, list):
            return None
        return [text for item in items if (text := _to_text(item)) is not None]


def parse_params(query: Pairs, content_type: str, body: bytes) -> tuple[CanvasParams, Pairs]:
    """The tree of a request, and its query and form as flat pairs; what the body says counts.

    `kind` is the Content-Type; a body of an unknown one says nothing. Raises Unreadable.
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
        return CanvasParams({**_build_tree(pairs), **body_params}), pairs + list(
            _flatten(body_params)
        )
    if content_type.split(";")[0].strip().lower() in (_FORM_TYPE, ""):
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return CanvasParams({**_build_tree(pairs), **_build_tree(form)}), pairs + form
    if content_type.lower().startswith("multipart/form-data"):
        form = _parse_multipart(content_type, body)
        return CanvasParams({**_build_tree(pairs), **_build_tree(form)}), pairs + form
    return CanvasParams(_build_tree(pairs)), pairs


def _parse_multipart(content_type: str, body: bytes) -> Pairs:
    """The fields of a form that came in parts; a file's part says nothing here."""
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
    """A tree of flat pairs: `a[b]=1` is {"a": {"b": "1"}}, `a[]=1` is {"a": ["1"]}."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _insert(tree, _KEY_PARTS.findall(key), value)
    return tree


def _insert(tree: dict[str, Any], path: Sequence[str], value: str) -> None:
    """Hang a value at its place; what stands in its way gives way."""
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
            yield from (
                (f"{key}[]", text) for item in value if (text := _to_text(item)) is not None
            )
        elif (text := _to_text(value)) is not None:
            yield key, text
