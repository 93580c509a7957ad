"""The composition root: the one package that knows every part."""

from lms_gateway.app.factory import build, build_from_file, connect_over, open_transport
from lms_gateway.app.reload import ConfigSnapshot, Gateway

__all__ = [
    "ConfigSnapshot",
    "Gateway",
    "build",
    "build_from_file",
    "connect_over",
    "open_transport",
]
