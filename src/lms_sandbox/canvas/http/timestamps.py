"""ISO 8601 timestamps of parameters and responses."""

from datetime import UTC, datetime


def parse_timestamp(text: str | None) -> datetime | None:
    """Return a timestamp in UTC, which is assumed without an offset; None if it is not valid."""
    try:
        timestamp = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)).astimezone(UTC)


def serialize_timestamp(timestamp: datetime | None) -> str | None:
    """Return a timestamp in UTC as Canvas writes it, for example `2026-11-15T00:00:00Z`."""
    return None if timestamp is None else timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
