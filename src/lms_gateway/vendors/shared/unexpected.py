"""Logging of failures that no code path expects."""

import traceback
from collections.abc import Iterable
from pathlib import Path

import structlog

from lms_gateway.domain.commands import Command
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.loads import Load

_MAX_FRAMES = 3

log = structlog.get_logger(__name__)


def log_failed_read(tenant: str, loads: Iterable[Load], error: BaseException | None) -> UpstreamInvalid:
    """Log the event `read_failed`; return the error for the loads.

    `error` is None if the reads ended without settling the loads.
    """
    log.error("read_failed", tenant=tenant, loads=_type_names(loads), **_describe(error))
    if error is None:
        return UpstreamInvalid("the vendor's reply did not include this object")
    return UpstreamInvalid("the vendor's reply could not be understood")


def log_failed_write(tenant: str, commands: Iterable[Command], error: BaseException) -> UpstreamInvalid:
    """Log the event `write_failed`; return the error for the commands."""
    log.error("write_failed", tenant=tenant, commands=_type_names(commands), **_describe(error))
    return UpstreamInvalid("the vendor's reply could not be understood")


def _type_names(values: Iterable[object]) -> list[str]:
    return sorted({type(value).__name__ for value in values})


def _describe(error: BaseException | None) -> dict[str, object]:
    """Return an exception's type and the last lines of its traceback.

    Its message and the values in its frames are left out: they may be a person's data.
    """
    if error is None:
        return {"error": None, "location": []}
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    location = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__name__, "location": location}
