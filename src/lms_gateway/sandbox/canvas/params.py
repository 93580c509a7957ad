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

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_KEY = re.compile(r"[^\[\]]+|\[\]")
_FORM = "application/x-www-form-urlencoded"

Pairs = list[tuple[str, str]]


class Unreadable(Exception):
    """A JSON body that is none."""


@dataclass(frozen=True, slots=True)
class Params:
    """A branch of the tree. A key that is absent and one that holds null are told apart."""

    tree: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def __bool__(self) -> bool:
        return bool(self.tree)

    def block(self, name: str) -> Params:
        """The branch of a name; an empty one where there is none."""
        found = self.tree.get(name)
        return Params(found) if isinstance(found, Mapping) else Params()

    def text(self, name: str) -> str | None:
        """A scalar as text, the empty one too; None where it is null, absent or no scalar."""
        return _write(self.tree.get(name))

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where it is null, empty or absent."""
        text = self.text(name)
        return text.strip().lower() in _TRUE if text else None

    def number(self, name: str) -> int | None:
        """A whole number; None where it is absent or not one."""
        text = self.text(name)
        return int(text) if text and re.fullmatch(r"\s*-?\d+\s*", text) else None

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 moment in UTC, which is assumed where no offset is given; None where it is
        absent or cannot be read."""
        try:
            found = datetime.fromisoformat(self.text(name) or "")
        except ValueError:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)

    def array(self, name: str) -> list[str] | None:
        """A real array's scalars as text; None where it is no array: a scalar is not one."""
        found = self.tree.get(name)
        if not isinstance(found, list):
            return None
        return [text for one in found if (text := _write(one)) is not None]


def read_params(query: Pairs, kind: str, body: bytes) -> tuple[Params, Pairs]:
    """The tree of a request, and its query and form as flat pairs; what the body says counts.

    `kind` is the Content-Type; a body of an unknown one says nothing. Raises Unreadable.
    """
    pairs = list(query)
    if not body.strip():
        return Params(_grow(pairs)), pairs
    if "json" in kind:
        try:
            told = json.loads(body)
        except ValueError as error:
            raise Unreadable from error
        more = told if isinstance(told, Mapping) else {"_json": told}
        return Params({**_grow(pairs), **more}), pairs + list(_flatten(more))
    if kind.split(";")[0].strip().lower() in (_FORM, ""):
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return Params({**_grow(pairs), **_grow(form)}), pairs + form
    if kind.lower().startswith("multipart/form-data"):
        form = _read_parts(kind, body)
        return Params({**_grow(pairs), **_grow(form)}), pairs + form
    return Params(_grow(pairs)), pairs


def _read_parts(kind: str, body: bytes) -> Pairs:
    """The fields of a form that came in parts; a file's part says nothing here."""
    form = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    pairs: Pairs = []
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes) and part.get_filename() is None:
            pairs.append((name, value.decode("utf-8", "replace")))
    return pairs


def _write(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _grow(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A tree of flat pairs: `a[b]=1` is {"a": {"b": "1"}}, `a[]=1` is {"a": ["1"]}."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _put(tree, _KEY.findall(key), value)
    return tree


def _put(tree: dict[str, Any], path: Sequence[str], value: str) -> None:
    """Hang a value at its place; what stands in its way gives way."""
    for at, name in enumerate(path):
        following = path[at + 1 : at + 2]
        if following == ["[]"]:
            held = tree.get(name)
            tree[name] = [*(held if isinstance(held, list) else []), value]
            return
        if not following:
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
            yield from ((f"{key}[]", text) for one in value if (text := _write(one)) is not None)
        elif (text := _write(value)) is not None:
            yield key, text
