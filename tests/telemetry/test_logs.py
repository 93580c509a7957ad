"""Logs: one format for every line, without personal data."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from lms_gateway.telemetry import configure_logs, log_event, request_id


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Capture the log of a test, and restore the logging configuration."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx2", "strawberry.execution")}
    stream = io.StringIO()
    configure_logs(stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_the_request_id(stream: io.StringIO) -> None:
    token = request_id.set("r-1")
    structlog.get_logger("here").info("reloaded", tenants=2)
    logging.getLogger("uvicorn.error").warning("shutting %s", "down")
    request_id.reset(token)
    structlog.get_logger("here").info("later")

    first, second, third = lines(stream)
    assert first.pop("time").endswith("Z")
    assert first == {
        "event": "reloaded",
        "tenants": 2,
        "level": "info",
        "logger": "here",
        "request_id": "r-1",
    }
    assert (second["event"], second["logger"], second["request_id"]) == (
        "shutting down",
        "uvicorn.error",
        "r-1",
    )
    assert "request_id" not in third


def _fail(name: str) -> None:
    raise ValueError(f"no such person: {name}")


@pytest.mark.parametrize("logger", [structlog.get_logger("here"), logging.getLogger("library")])
def test_an_exception_is_logged_by_type_and_location_only(stream: io.StringIO, logger: Any) -> None:
    try:
        _fail("Ada Lovelace")
    except ValueError as error:
        logger.error("failed", exc_info=error)
        logger.error("failed", exc_info=True)

    for line in lines(stream):
        assert line["error"] == "builtins.ValueError"
        assert line["trace"][-1].startswith("_fail (")
    assert len(lines(stream)) == 2
    assert "Ada" not in stream.getvalue()


def test_libraries_that_log_addresses_or_queries_are_silenced(stream: io.StringIO) -> None:
    logging.getLogger("httpx2").info("HTTP Request: GET %s", "https://school.example/users/42")
    logging.getLogger("strawberry.execution").error("{ user(id: 42) { name } }")
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "10.0.0.1", "/x?42")

    assert stream.getvalue() == ""


def test_a_terminal_gets_columns() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    terminal = Terminal()
    configure_logs(stream=terminal)
    structlog.get_logger("here").info("reloaded", tenants=2)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)

    assert "reloaded" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    structlog.get_logger("here").debug("detail")

    assert stream.getvalue() == ""


def test_a_line_has_the_time_in_utc_to_the_microsecond(stream: io.StringIO) -> None:
    before = datetime.now(UTC)
    structlog.get_logger("here").info("reloaded")
    after = datetime.now(UTC)

    (line,) = lines(stream)
    assert len(line["time"]) == len("2026-01-01T00:00:00.000000Z")
    assert before <= datetime.fromisoformat(line["time"]) <= after


def test_values_that_are_not_json_are_logged(stream: io.StringIO) -> None:
    """Objects by their repr, lone surrogates escaped, line breaks escaped."""
    log = structlog.get_logger("here")
    log.info("one", place=Path("a"))
    log.info("two", text="\ud800\n")

    one, two = lines(stream)
    assert one["place"] == repr(Path("a"))
    assert two["text"] == "\ud800\n"


def test_a_closed_log_stream_is_ignored() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(stream=stream)
    stream.close()
    structlog.get_logger("here").info("reloaded")
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_log_event_writes_the_same_line_as_structlog(stream: io.StringIO) -> None:
    token = request_id.set("r-1")
    structlog.get_logger("here").info("answered", status=200)
    log_event("here", "answered", status=200)
    request_id.reset(token)
    first, second = lines(stream)
    assert first.pop("time") <= second.pop("time")
    assert first == second


def test_log_event_respects_the_level_and_is_captured() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logs(stream=stream, level="WARNING")
    log_event("here", "answered")
    configure_logs(stream=stream)
    with structlog.testing.capture_logs() as logs:
        log_event("here", "captured")
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as more:
        log_event("here", "reset")
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)

    assert stream.getvalue() == ""
    assert [entry["event"] for entry in (*logs, *more)] == ["captured", "reset"]
