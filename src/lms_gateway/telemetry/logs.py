"""Logs: one JSON object per line, or colored columns on a terminal.

Records of libraries (uvicorn, asyncio) use the same renderer. An exception is logged by type and stack
locations, never by its message: messages of libraries quote their input, which is often personal data.
"""

import json
import logging
import sys
import time
import traceback
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, lru_cache
from types import TracebackType
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the current request, in every log line and error; None outside a request."""

# Their lines contain URLs (ids, query strings), headers, or query text.
_VERBOSE_LOGGERS = ("httpx2", "httpcore2", "hpack", "oauthlib", "uvicorn.access", "websockets")
_QUERY_LOGGERS = ("strawberry", "strawberry.execution", "strawberry.ws.task")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logs(*, level: str = "INFO", stream: TextIO | None = None, as_json: bool | None = None) -> None:
    """Write all log lines of the process to `stream`, standard error by default.

    `as_json` None: columns if the stream is a terminal, otherwise JSON.
    """
    global _fast_writer
    _fast_writer = None
    out = sys.stderr if stream is None else stream
    is_console = out.isatty() if as_json is None else not as_json
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_request_id,
        _add_time,
        _format_exception,
    ]
    renderer: Processor
    if is_console:
        renderer = structlog.dev.ConsoleRenderer(colors=True)
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.PositionalArgumentsFormatter(),
                *shared,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )
    else:
        # Every request is logged: our own lines bypass the standard `logging` package.
        renderer = _render_json
        processors = [*shared, _render_json]
        _fast_writer = _FastWriter(out, processors, logging.getLevelNamesMapping()[level] <= logging.INFO)
        structlog.configure(
            processors=processors,
            logger_factory=cache(lambda name="lms_gateway": _StreamLogger(name, out)),
            wrapper_class=structlog.make_filtering_bound_logger(level),
        )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_is_not_websocket_line)
    root = logging.getLogger()
    for old_handler in list(root.handlers):
        root.removeHandler(old_handler)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _VERBOSE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _QUERY_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def log_event(logger: str, event: str, **fields: Any) -> None:
    """Log like `structlog.get_logger(logger).info(event, **fields)`, at a third of its cost."""
    writer = _fast_writer
    if writer is None or not writer.is_current():
        structlog.get_logger(logger).info(event, **fields)
    elif writer.is_enabled:
        fields["event"] = event
        fields["level"] = "info"
        fields["logger"] = logger
        _add_time(None, "info", _add_request_id(None, "info", fields))
        _write(writer.stream, _render_json(None, "info", fields))


class _FastWriter:
    """Writes lines of `log_event` directly while structlog's configuration is unchanged."""

    __slots__ = ("_processors", "is_enabled", "stream")

    def __init__(self, stream: TextIO, processors: list[Processor], is_enabled: bool) -> None:
        self.stream = stream
        self.is_enabled = is_enabled
        self._processors = processors

    def is_current(self) -> bool:
        # `capture_logs` changes the list of processors, or replaces it.
        processors = self._processors
        current = structlog.get_config()["processors"]
        return current is processors and processors[-1] is _render_json


_fast_writer: _FastWriter | None = None


def _write(stream: TextIO, line: str) -> None:
    # A closed log stream must not make requests fail.
    with suppress(OSError, ValueError):
        stream.write(line + "\n")  # one write, because other threads write as well
        stream.flush()


class _StreamLogger:
    """structlog logger that writes rendered lines of any level."""

    __slots__ = ("_stream", "name")

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        _write(self._stream, line)

    debug = info = warning = error = critical = msg


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Return a line in the format of `json.dumps`, which log readers may expect."""
    try:
        return msgspec.json.format(msgspec.json.encode(event, enc_hook=repr), indent=0).decode()
    except (TypeError, ValueError):  # a lone surrogate, or an invalid key
        return json.dumps(event, default=repr, skipkeys=True)


def _add_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        event.setdefault("request_id", current)
    return event


def _add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the time in UTC, as ISO 8601 with microseconds."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    event["time"] = f"{_format_seconds(seconds)}.{microseconds:06d}Z"
    return event


@lru_cache(maxsize=2)
def _format_seconds(seconds: int) -> str:
    """Format a time; cached, because most lines have the second of the previous line."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _format_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by `error` (the type's name) and `trace` (outermost frame first)."""
    info = _exc_info(event.pop("exc_info", None))
    if info is not None:
        cause, error, trace = info
        event["error"] = f"{cause.__module__}.{cause.__qualname__}"
        event["trace"] = [
            f"{frame.name} ({frame.filename}:{frame.lineno})"
            for frame in traceback.extract_tb(trace or error.__traceback__)
        ]
    return event


def _exc_info(info: object) -> _ExcInfo | None:
    if isinstance(info, BaseException):
        return type(info), info, info.__traceback__
    if isinstance(info, tuple) and len(info) == 3 and isinstance(info[1], BaseException):
        return type(info[1]), info[1], info[2]
    if info:
        current = sys.exc_info()
        if current[1] is not None:
            return type(current[1]), current[1], current[2]
    return None


def _is_not_websocket_line(record: logging.LogRecord) -> bool:
    """Filter of uvicorn's WebSocket records, which contain URLs and client addresses."""
    return not (record.name == "uvicorn.error" and "WebSocket %s" in str(record.msg))
