"""`gateway.toml`, from the file to settings that hold."""

from lms_gateway.config.checks import check, load
from lms_gateway.config.problems import ConfigError
from lms_gateway.config.raw import RawSettings, parse, read
from lms_gateway.config.settings import (
    CanvasOAuth2,
    CanvasToken,
    Credentials,
    Limits,
    SchoologyOAuth1,
    Secret,
    Settings,
    TenantSettings,
    TransportSettings,
    is_loopback,
)

__all__ = [
    "CanvasOAuth2",
    "CanvasToken",
    "ConfigError",
    "Credentials",
    "Limits",
    "RawSettings",
    "SchoologyOAuth1",
    "Secret",
    "Settings",
    "TenantSettings",
    "TransportSettings",
    "check",
    "is_loopback",
    "load",
    "parse",
    "read",
]
