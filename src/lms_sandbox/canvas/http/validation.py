"""Attributes that courses and sections have in common: names, dates and SIS ids."""

from datetime import datetime
from typing import Any, TypeVar

from lms_sandbox.canvas.http.errors import already_in_use, validation_error
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.data.models import Course, Section
from lms_sandbox.data.school import School

R = TypeVar("R", Course, Section)
MAX_NAME_LENGTH = 255


def validate_name(quirks: CanvasQuirks, name: str) -> str:
    """Return the name. Raises CanvasError if it is too long."""
    if len(name) > MAX_NAME_LENGTH:
        raise validation_error(quirks, "name", "too_long", "too_long")
    return name


def validate_dates(quirks: CanvasQuirks, fields: dict[str, Any], record: Course | Section) -> None:
    """Raise CanvasError if the changes would make a record end before it starts."""
    start: datetime | None = fields.get("start_at", record.start_at)
    end: datetime | None = fields.get("end_at", record.end_at)
    if start is not None and end is not None and end < start:
        raise validation_error(quirks, "end_at", "End date cannot be before start date")


def parse_sis_ids(
    school: School, quirks: CanvasQuirks, record: R, sis_id: str | None, integration_id: str | None
) -> dict[str, Any]:
    """Return the changes of a record's SIS and integration ids.

    None leaves an id as it is, "" clears it. Raises CanvasError if another record of the kind has
    the id; a deleted record keeps its ids.
    """
    kind: type[R] = type(record)
    fields: dict[str, Any] = {}
    if sis_id is not None:
        other = school.by_sis(kind, sis_id)
        if other is not None and other is not record:
            raise already_in_use(quirks, "sis_source_id", "SIS ID", sis_id)
        fields["sis_id"] = sis_id or None
    if integration_id is not None:
        other = school.by_integration(kind, integration_id)
        if other is not None and other is not record:
            raise already_in_use(quirks, "integration_id", "Integration ID", integration_id)
        fields["integration_id"] = integration_id or None
    return fields
