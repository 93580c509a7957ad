"""Composition root: builds the application from all packages."""

from lms_gateway.app.factory import build, build_from_file, connect_over, open_transport
from lms_gateway.app.reload import ConfigSnapshot, Gateway

__all__ = ["ConfigSnapshot", "Gateway", "build", "build_from_file", "connect_over", "open_transport"]
