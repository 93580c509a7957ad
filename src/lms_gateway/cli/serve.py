"""`lms-gateway serve`: run the gateway."""

import argparse
import os
from functools import partial

import structlog

from lms_gateway import app
from lms_gateway.cli.server import ServerOptions, run_server
from lms_gateway.config import load
from lms_gateway.telemetry import configure_logs

log = structlog.get_logger(__name__)


def run(arguments: argparse.Namespace) -> int:
    """Serve the tenants of a configuration until SIGTERM. Raises ConfigError at startup."""
    configure_logs()
    settings = load(arguments.config, environ=os.environ, host=arguments.host, port=arguments.port)
    for warning in settings.warnings:
        log.warning("configuration", what=warning)
    # Workers load the file themselves: a worker that starts later gets the current content. They
    # get the effective host, which determines whether open tenants are allowed.
    build = partial(app.build_from_file, arguments.config.absolute(), settings.host, settings.port)
    run_server(
        build,
        ServerOptions(
            host=settings.host,
            port=settings.port,
            workers=arguments.workers,
            drain_timeout=settings.limits.drain_timeout,
        ),
    )
    return 0
