"""The composition root: the one package that knows every part."""

from lms_gateway.app.assembly import build, build_from_file, connect_over, open_transport
from lms_gateway.app.generations import Gateway, Generation

__all__ = [
    "Gateway",
    "Generation",
    "build",
    "build_from_file",
    "connect_over",
    "open_transport",
]
