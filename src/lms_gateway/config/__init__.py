"""Configuration: from the file `gateway.toml` to validated settings."""

from lms_gateway.config.errors import ConfigError
from lms_gateway.config.loading import RawSettings, parse
from lms_gateway.config.settings import (
    CanvasOAuth2,
    CanvasToken,
    Credentials,
    LimitSettings,
    SchoologyOAuth1,
    Settings,
    TenantSettings,
    TransportSettings,
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
    "Settings",
    "TenantSettings",
    "TransportSettings",
    "load",
    "parse",
    "validate",
]
