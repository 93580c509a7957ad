"""Scripted faults: which requests fail, when, and how.

A file of faults is TOML (`[[fault]]` tables) or JSON (a list, or `{"fault": [...]}`); its keys are
the fields of `Fault`. `middleware` applies them.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, get_args

FaultKind = Literal[
    "reply", "html", "text", "empty", "truncated", "wrong_object", "slow", "hang", "cut", "cut_before",
    "cut_after", "hang_after", "reply_after", "foreign_next", "repeated_page", "empty_page",
]  # fmt: skip

_KINDS = ", ".join(get_args(FaultKind))


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which matching requests fail.

    In place of the real response; the vendor does not process the request
    : `reply`: `status` (500), `headers`, `body` (text, or any JSON value). `html`: an HTML page (502).
      `text`: plain text (200). `empty`: no body (200). `hang`: no response until the client disconnects.
      `cut_before`: the connection is aborted.

    After the vendor has processed the request
    : `reply_after`: as `reply`. `hang_after`: as `hang`. `cut_after`: the connection is aborted before the
      first byte of the response. `cut`: it is closed within the body.

    The real response, changed
    : `truncated`: the first half of its body. `wrong_object`: `body`; without one, an object in place of a
      list and a list in place of an object. `slow`: after `seconds`. `foreign_next`: the link to the next
      page names `host`. `repeated_page`: that link names the current page. `empty_page`: no rows, with the
      link to the next page.
    """

    kind: FaultKind
    vendor: str = "*"  # "canvas", "schoology", or "*" for both
    method: str = "*"
    path: str = ""  # a regular expression, searched in the decoded path and query
    first: int = 1  # the first matching request that fails, counted from 1
    count: int = 1  # how many matching requests fail from there on; 0: all
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    host: str = "https://elsewhere.example"

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"unknown kind of fault {self.kind!r}; allowed: {_KINDS}")
        if self.vendor not in ("*", "canvas", "schoology"):
            raise ValueError(f"unknown vendor {self.vendor!r}; allowed: *, canvas, schoology")
        re.compile(self.path)

    def matches(self, vendor: str, method: str, target: str) -> bool:
        """Return whether the fault applies to a request; `target` is its decoded path and query."""
        return (
            self.vendor in ("*", vendor)
            and self.method in ("*", method)
            and re.search(self.path, target) is not None
        )

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> Self:
        """Parse one table of a faults file. Raises ValueError if a key is unknown or missing."""
        known = sorted(fault_field.name for fault_field in fields(cls))
        if unknown := sorted(set(raw) - set(known)):
            raise ValueError(f"unknown key {unknown[0]!r} of a fault; allowed: {', '.join(known)}")
        if "kind" not in raw:
            raise ValueError(f"a fault needs a kind; allowed: {_KINDS}")
        return cls(**raw)


class Faults:
    """The active faults, each with the number of requests that it matched."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._hits: list[tuple[Fault, list[int]]] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Append faults to the active ones."""
        self._hits.extend((fault, [0]) for fault in faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Replace the active faults by these."""
        new_faults = list(faults)
        self.clear()
        self.add(*new_faults)

    def clear(self) -> None:
        """Remove all faults."""
        self._hits.clear()

    def take(self, vendor: str, method: str, target: str) -> Fault | None:
        """Return the fault to apply to this request, or None. Counts the request as a match."""
        # A fault with first=2 and count=2 applies to its second and third matching request. Every
        # fault counts its matches, also if an earlier fault applies to the request.
        active_fault: Fault | None = None
        for fault, hits in self._hits:
            if not fault.matches(vendor, method, target):
                continue
            hits[0] += 1
            matches_after_first = hits[0] - fault.first
            if (
                active_fault is None
                and matches_after_first >= 0
                and (fault.count == 0 or matches_after_first < fault.count)
            ):
                active_fault = fault
        return active_fault


def read_faults(raw: object) -> list[Fault]:
    """Return the faults of a parsed file or request body. Raises ValueError if it is invalid."""
    rows = raw.get("fault") if isinstance(raw, Mapping) else raw
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError('invalid faults: must be a list of tables, or {"fault": [...]}')
    return [Fault.from_mapping(row) for row in rows]


def load_faults(path: Path) -> list[Fault]:
    """Return the faults of a file: JSON if its name ends in `.json`, otherwise TOML.

    Raises OSError if it cannot be read and ValueError if it is invalid.
    """
    text = path.read_text(encoding="utf-8")
    return read_faults(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
