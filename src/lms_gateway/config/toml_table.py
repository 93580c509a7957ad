"""Reading one TOML table: which keys it may hold, and of which type each is.

A reader never raises: it notes what is wrong and answers None, so that the rest is still looked at.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lms_gateway.config.errors import ConfigProblems, suggest
from lms_gateway.config.settings import LITERAL, Secret

TABLE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("gateway", "tenant", "api_key", "limits", "transport"),
        "gateway": ("host", "port", "default_tenant", "transport"),
        "tenant": (
            "slug",
            "name",
            "vendor",
            "base_url",
            "credentials",
            "hosts",
            "time_zone",
            "access",
        ),
        "credentials.token": ("kind", "token"),
        "credentials.oauth2": ("kind", "client_id", "client_secret", "refresh_token"),
        "credentials.oauth1": (
            "kind",
            "consumer_key",
            "consumer_secret",
            "token",
            "token_secret",
        ),
        "api_key": ("name", "sha256", "tenants", "scopes", "expires"),
        "limits": (
            "max_body_bytes",
            "max_depth",
            "max_aliases",
            "max_tokens",
            "request_timeout",
            "drain_timeout",
            "in_flight_per_credential",
        ),
        "transport": ("kind", "connections"),
        "secret": ("env", "file"),
    }
)
"""Every key there is, by table. `credentials.*` are the kinds of a tenant's credentials."""

RESERVED_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("jwt", "cors", "cache", "audit", "telemetry", "profile"),
        "gateway": ("shared_state",),
    }
)
"""Keys whose meaning is settled and which this release does not know how to honour."""

NOT_YET_SUPPORTED = "arrives with a later release"


class TomlTable:
    """One table of the document, and the place that its problems are told from."""

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
                suggestion = suggest(key, self._keys)
                problems.add(source, f'unknown key "{key}"{suggestion}')

    def __contains__(self, key: str) -> bool:
        return self._get(key) is not None

    def add_problem(self, message: str) -> None:
        """Note that something here is wrong."""
        self._problems.add(self.source, message)

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A text that is not blank; None where it is missing or wrong."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.add_problem(f'"{key}" must be a text that is not empty')
            return None
        return value

    def choice(
        self,
        key: str,
        options: Sequence[str],
        *,
        required: bool = False,
        reserved: Sequence[str] = (),
    ) -> str | None:
        """One of some words; `later` are words that this release refuses by name."""
        value = self.text(key, required=required)
        if value is None or value in options:
            return value
        if value in reserved:
            self.add_problem(f'{key} "{value}" {NOT_YET_SUPPORTED}')
        else:
            suggestion = suggest(value, options)
            self.add_problem(
                f'unknown {key} "{value}"{suggestion or f" (known: {_quoted_list(options)})"}'
            )
        return None

    def texts(self, key: str, *, required: bool = False) -> list[str] | None:
        """A list of texts; None where it is missing or wrong."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.add_problem(f'"{key}" must be a list of texts')
            return None
        return value

    def integer(self, key: str, *, minimum: int, maximum: int) -> int | None:
        """A whole number from `low` to `high`; None where it is missing or wrong."""
        value = self._get(key)
        if value is None:
            return None
        # A boolean is an int in Python, and never what was meant.
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            self.add_problem(f'"{key}" must be a whole number from {minimum} to {maximum}')
            return None
        return value

    def seconds(self, key: str, *, maximum: float) -> float | None:
        """A number of seconds, more than none; None where it is missing or wrong."""
        value = self._get(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not 0 < value <= maximum:
            self.add_problem(
                f'"{key}" must be a number of seconds, more than 0 and at most {maximum:g}'
            )
            return None
        return float(value)

    def day(self, key: str) -> date | None:
        """A date without a time; None where it is missing or wrong."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.add_problem(f'"{key}" must be a date without quotes, e.g. 2027-08-01')
            return None
        return value

    def table(self, key: str, name: str) -> "TomlTable | None":
        """A required table below this one; None where it is missing."""
        value = self._get(key, required=True)
        return (
            None
            if value is None
            else TomlTable(name, f"{self.source}: {key}", value, self._problems)
        )

    def raw(self, key: str) -> Any:
        """The value as it was written; None where it is missing."""
        return self._get(key)

    def secret(
        self, key: str, *, environ: Mapping[str, str], folder: Path, required: bool = True
    ) -> Secret | None:
        """A secret from the environment, from a file, or literal; None where it cannot be had.

        A relative path begins at `folder`; line ends at a file's end are not part of the secret.
        """
        value = self._get(key, required=required)
        if value is None:
            return None
        if isinstance(value, str):
            return self._validated_secret(key, value, LITERAL)
        key_source = f"{self.source}: {key}"
        if not isinstance(value, Mapping):
            self._problems.add(key_source, 'must be { env = "…" }, { file = "…" } or a text')
            return None
        reference = TomlTable("secret", key_source, value, self._problems)
        if ("env" in reference) == ("file" in reference):
            reference.add_problem('must name either "env" or "file"')
            return None
        if "env" in reference:
            variable = reference.text("env")
            return None if variable is None else self._from_environment(key, variable, environ)
        file = reference.text("file")
        return None if file is None else self._from_file(key, folder / file)

    def _from_environment(
        self, key: str, variable: str, environ: Mapping[str, str]
    ) -> Secret | None:
        if variable not in environ:
            self.add_problem(f'"{key}": the environment variable {variable} is not set')
            return None
        return self._validated_secret(key, environ[variable], f"env {variable}")

    def _from_file(self, key: str, file: Path) -> Secret | None:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            self.add_problem(f'"{key}": {file} cannot be read: {error.strerror}')
            return None
        except ValueError:  # not UTF-8, or a path with a null character in it
            self.add_problem(f'"{key}": {file} cannot be read as UTF-8 text')
            return None
        return self._validated_secret(key, text.rstrip("\r\n"), f"file {file}")

    def _validated_secret(self, key: str, value: str, source: str) -> Secret | None:
        """A secret goes into headers, so control characters are a mistake and not a password."""
        if not value.strip():
            self.add_problem(f'"{key}" ({source}) is empty')
            return None
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            self.add_problem(f'"{key}" ({source}) holds a line end or another control character')
            return None
        return Secret(value, source)

    def _get(self, key: str, *, required: bool = False) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        value = self._values.get(key)
        if value is None and required:
            self.add_problem(f'"{key}" is missing')
        return value


def _quoted_list(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
