"""Scripted misfortune: which requests go wrong, when, and how.

A file of faults is TOML (`[[fault]]` tables) or JSON (a list, or `{"fault": [...]}`); its keys are
the fields of `Fault`. `door` carries them out.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

FaultKind = Literal[
    "reply",
    "html",
    "text",
    "empty",
    "truncated",
    "wrong_object",
    "slow",
    "hang",
    "cut",
    "cut_before",
    "cut_after",
    "hang_after",
    "reply_after",
    "foreign_next",
    "repeated_page",
    "empty_page",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Instead of the real answer
    : `reply`: `status` (500), `headers`, `body` (text, or anything that JSON can hold).
      `html`: an HTML page (502). `text`: plain text (200). `empty`: no body (200).
      `hang`: no answer until the client leaves. `cut_before`: the connection ends at once.
      The vendor has run nothing.

    Once the vendor has run it
    : `reply_after`: as `reply`. `hang_after`: as `hang`. `cut_after`: the connection ends before
      the first byte of the answer. `cut`: it ends within the body.

    The real answer, changed
    : `truncated`: half of its body. `wrong_object`: `body`, or where it is not given an object for
      a list and a list for an object. `slow`: after `seconds`. `foreign_next`: the next page is
      said to be at `host`. `repeated_page`: the next page is said to be this one.
      `empty_page`: no rows, the next page still named.
    """

    kind: FaultKind
    vendor: str = "*"  # canvas, schoology or both
    method: str = "*"
    path: str = ""  # a regular expression, searched in the decoded path?query
    first: int = 1  # the first match that goes wrong, counted from 1
    count: int = 1  # how many go wrong from there; 0: all
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    host: str = "https://elsewhere.example"

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"no such kind of fault: {self.kind!r}")
        if self.vendor not in ("*", "canvas", "schoology"):
            raise ValueError(f"no such vendor: {self.vendor!r}")
        re.compile(self.path)

    def matches(self, vendor: str, method: str, target: str) -> bool:
        return (
            self.vendor in ("*", vendor)
            and self.method in ("*", method)
            and re.search(self.path, target) is not None
        )

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> Fault:
        """Read one from a file's table. Raises ValueError where a key is unknown or missing."""
        known = {fault_field.name for fault_field in fields(cls)}
        if unknown := sorted(set(raw) - known):
            raise ValueError(f"a fault has no {unknown[0]!r}; it has {', '.join(sorted(known))}")
        if "kind" not in raw:
            raise ValueError("a fault needs a kind")
        return cls(**raw)


class Faults:
    """The faults in force, and how often each was met."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._hits: list[tuple[Fault, list[int]]] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Put faults in force, after those that are."""
        self._hits.extend((fault, [0]) for fault in faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Put these in force and no others."""
        new_faults = list(faults)
        self.clear()
        self.add(*new_faults)

    def clear(self) -> None:
        """Let everything go well."""
        self._hits.clear()

    def take(self, vendor: str, method: str, target: str) -> Fault | None:
        """The fault that this request meets; None where all goes well. Counts the request."""
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
    """Faults from what a file or a request held. Raises ValueError where it holds anything else."""
    rows = raw.get("fault") if isinstance(raw, Mapping) else raw
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError('faults are a list of tables, or {"fault": [...]}')
    return [Fault.from_mapping(row) for row in rows]


def load_faults(path: Path) -> list[Fault]:
    """Faults from a TOML or JSON file, told apart by its ending.

    Raises OSError where it cannot be read and ValueError where it cannot be understood.
    """
    text = path.read_text(encoding="utf-8")
    return read_faults(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
