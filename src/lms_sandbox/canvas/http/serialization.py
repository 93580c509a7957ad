"""Values of responses: timestamps and attributes of records."""

from datetime import datetime
from typing import Any

from lms_sandbox.data.models import Account, Course, Section, Term, User

_SIS_IMPORT = 34  # id of the SIS import that all records with a SIS id come from


def serialize_timestamp(timestamp: datetime | None) -> str | None:
    """Return a timestamp in UTC as Canvas writes it, for example `2026-11-15T00:00:00Z`."""
    return None if timestamp is None else timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")


def serialize_fields(record: object, *names: str) -> dict[str, Any]:
    """Return attributes of a record whose names are also those of the keys."""
    data: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        data[name] = serialize_timestamp(value) if isinstance(value, datetime) else value
    return data


def sis_import_id(record: Account | Course | Section | Term | User) -> int | None:
    """Return the id of the SIS import that brought a record; None without a SIS id."""
    return _SIS_IMPORT if record.sis_id else None
