"""`lms-gateway serve`: the gateway for real."""

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
    """Serve the tenants of a configuration until SIGTERM. Raises ConfigError at the start only."""
    configure_logs()
    settings = load(arguments.config, environ=os.environ, host=arguments.host, port=arguments.port)
    for warning in settings.warnings:
        log.warning("configuration", what=warning)
    # Workers read the file themselves, so that one that is started later has what is current. They
    # are told where the gateway listens, because that is what decides over open tenants.
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
