"""TomlTable: typed access to one table of the configuration.

A getter does not raise: it reports a problem and returns None, so that validation continues and all
problems are reported together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lms_gateway.config.errors import ConfigProblems, suggest
from lms_gateway.config.settings import CREDENTIALS, LIMITS, LITERAL, Secret

TABLE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("gateway", "tenant", "api_key", "limits", "transport"),
        "gateway": ("host", "port", "default_tenant", "transport"),
        "tenant": (*("slug", "name", "vendor", "base_url", "credentials", "hosts", "time_zone", "access"),),
        **{
            f"credentials.{kind}": ("kind", *(field.name for field in fields(credentials)))
            for kinds in CREDENTIALS.values()
            for kind, credentials in kinds.items()
        },
        "api_key": ("name", "sha256", "tenants", "scopes", "expires"),
        "limits": tuple(LIMITS),
        "transport": ("kind", "connections"),
        "secret": ("env", "file"),
    }
)
"""All keys, by table. `credentials.*` are the kinds of credentials of a tenant."""

RESERVED_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"": ("jwt", "cors", "cache", "audit", "telemetry", "profile"), "gateway": ("shared_state",)}
)
"""Keys that are reserved for later releases and rejected by this one."""

NOT_YET_SUPPORTED = "is reserved for a later release"


class TomlTable:
    """One table of the document, and the place that its problems are reported with."""

    def __init__(self, name: str, source: str, values: Any, problems: ConfigProblems) -> None:
        self.source = source
        self._problems = problems
        self._keys = TABLE_KEYS[name]
        self._values: Mapping[str, Any] = {}
        if not isinstance(values, Mapping):
            problems.add(source, "must be a table")
            return
        self._values = values
        for key in values:
            if key in RESERVED_KEYS.get(name, ()):
                problems.add(source, f'"{key}" {NOT_YET_SUPPORTED}')
            elif key not in self._keys:
                problems.add(source, f'unknown key "{key}"{suggest(key, self._keys)}')

    def __contains__(self, key: str) -> bool:
        return self.raw(key) is not None

    def add_problem(self, message: str) -> None:
        """Report a problem of this table."""
        self._problems.add(self.source, message)

    def raw(self, key: str, *, required: bool = False) -> Any:
        """Return a value without validation; None if it is missing."""
        if key not in self._keys:
            raise KeyError(key)
        value = self._values.get(key)
        if value is None and required:
            self.add_problem(f'"{key}" is missing')
        return value

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a non-empty string; None if it is missing or invalid."""
        text: str | None = self._valid(key, _is_text, "a non-empty string", required)
        return text

    def texts(self, key: str, *, required: bool = False) -> list[str] | None:
        """Return a list of non-empty strings; None if it is missing or invalid."""
        texts: list[str] | None = self._valid(key, _is_texts, "a list of strings", required)
        return texts

    def choice(
        self, key: str, options: Sequence[str], *, required: bool = False, reserved: Sequence[str] = ()
    ) -> str | None:
        """Return one of the options; None if it is missing or invalid.

        `reserved` are options that are reserved for a later release.
        """
        value = self.text(key, required=required)
        if value is None or value in options:
            return value
        if value in reserved:
            self.add_problem(f'{key} "{value}" {NOT_YET_SUPPORTED}')
        else:
            hint = suggest(value, options) or f" (known: {_quoted_list(options)})"
            self.add_problem(f'unknown {key} "{value}"{hint}')
        return None

    def integer(self, key: str, *, minimum: int, maximum: int) -> int | None:
        """Return an integer within the limits; None if it is missing or invalid."""
        integer: int | None = self._valid(
            key,
            # A bool is an int in Python.
            lambda v: type(v) is int and minimum <= v <= maximum,
            f"a whole number from {minimum} to {maximum}",
        )
        return integer

    def seconds(self, key: str, *, maximum: float) -> float | None:
        """Return a positive number of seconds; None if it is missing or invalid."""
        seconds = self._valid(
            key,
            lambda v: type(v) in (int, float) and math.isfinite(v) and 0 < v <= maximum,
            f"a number of seconds, more than 0 and at most {maximum:g}",
        )
        return None if seconds is None else float(seconds)

    def day(self, key: str) -> date | None:
        """Return a date without a time; None if it is missing or invalid."""
        day: date | None = self._valid(
            key,
            lambda v: isinstance(v, date) and not isinstance(v, datetime),
            "a date without quotes, e.g. 2027-08-01",
        )
        return day

    def table(self, key: str, name: str) -> "TomlTable | None":
        """Return a required table in this one; None if it is missing."""
        value = self.raw(key, required=True)
        if value is None:
            return None
        return TomlTable(name, f"{self.source}: {key}", value, self._problems)

    def section(self, name: str) -> "TomlTable":
        """Return an optional table `[name]`; it is empty if it is missing."""
        return TomlTable(name, f"{self.source}: {name}", self.raw(name) or {}, self._problems)

    def tables(self, name: str, title_key: str) -> "list[TomlTable]":
        """Return the tables of `[[name]]`; problems call them by their title or their number."""
        values = self.raw(name)
        if values is not None and not isinstance(values, list):
            self.add_problem(f'"{name}" must be written as [[{name}]]')
        tables = []
        for number, value in enumerate(values if isinstance(values, list) else (), 1):
            title = value.get(title_key) if isinstance(value, Mapping) else None
            label = f'"{title}"' if isinstance(title, str) and title else str(number)
            tables.append(TomlTable(name, f"{self.source}: {name} {label}", value, self._problems))
        return tables

    def secret(
        self, key: str, *, environ: Mapping[str, str], folder: Path, required: bool = True
    ) -> Secret | None:
        """Return a secret from the environment, a file or the document; None if it is invalid.

        A relative file path is relative to `folder`. Trailing newlines of a file are removed.
        """
        value = self.raw(key, required=required)
        if value is None:
            return None
        if isinstance(value, str):
            return self._secret(key, value, LITERAL)
        source = f"{self.source}: {key}"
        if not isinstance(value, Mapping):
            self._problems.add(source, 'must be { env = "…" }, { file = "…" } or a string')
            return None
        reference = TomlTable("secret", source, value, self._problems)
        if ("env" in reference) == ("file" in reference):
            reference.add_problem('must contain either "env" or "file"')
            return None
        if "env" in reference:
            variable = reference.text("env")
            if variable is None:
                return None
            if variable in environ:
                return self._secret(key, environ[variable], f"env {variable}")
            self.add_problem(f'"{key}": the environment variable {variable} is not set')
            return None
        file = reference.text("file")
        return None if file is None else self._secret_of_file(key, folder / file)

    def _secret_of_file(self, key: str, file: Path) -> Secret | None:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            self.add_problem(f'"{key}": {file} cannot be read: {error.strerror}')
            return None
        except ValueError:  # not UTF-8, or a path with a NUL character
            self.add_problem(f'"{key}": {file} cannot be read as UTF-8 text')
            return None
        return self._secret(key, text.rstrip("\r\n"), f"file {file}")

    def _secret(self, key: str, value: str, source: str) -> Secret | None:
        """Return the secret unless it is empty or cannot be sent in a header."""
        if not value.strip():
            self.add_problem(f'"{key}" ({source}) is empty')
            return None
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            self.add_problem(f'"{key}" ({source}) contains a newline or another control character')
            return None
        return Secret(value, source)

    def _valid(self, key: str, is_valid: Callable[[Any], bool], allowed: str, required: bool = False) -> Any:
        value = self.raw(key, required=required)
        if value is None or is_valid(value):
            return value
        self.add_problem(f'"{key}" must be {allowed}')
        return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _quoted_list(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
