"""Configuration: from the file `gateway.toml` to validated settings."""

from lms_gateway.config.errors import ConfigError
from lms_gateway.config.loading import RawSettings, parse, read
from lms_gateway.config.settings import (
    CanvasOAuth2,
    CanvasToken,
    Credentials,
    LimitSettings,
    SchoologyOAuth1,
    Secret,
    Settings,
    TenantSettings,
    TransportSettings,
    is_loopback,
)
from lms_gateway.config.validation import load, validate

__all__ = [
    "CanvasOAuth2",
    "CanvasToken",
    "ConfigError",
    "Credentials",
    "LimitSettings",
    "RawSettings",
    "SchoologyOAuth1",
    "Secret",
    "Settings",
    "TenantSettings",
    "TransportSettings",
    "is_loopback",
    "load",
    "parse",
    "read",
    "validate",
]
