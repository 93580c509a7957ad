"""Loading of configuration files: parsed TOML that is not validated yet."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lms_gateway.config.errors import ConfigError


@dataclass(frozen=True, slots=True)
class RawSettings:
    """A parsed TOML document that is not validated."""

    document: Mapping[str, Any]
    source: str  # name of the document in messages, e.g. the file name
    folder: Path  # base of relative paths of secrets
    path: Path | None = None


def read(path: Path) -> RawSettings:
    """Read a file. Raises ConfigError if it cannot be read or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8"]) from None
    return parse(text, source=path.name, folder=path.absolute().parent, path=path)


def parse(text: str, *, source: str, folder: Path, path: Path | None = None) -> RawSettings:
    """Parse a text. Raises ConfigError with line and column if it is not TOML."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{source}: {error}"]) from None
    return RawSettings(document=document, source=source, folder=folder, path=path)
