"""What Schoology answers to a write: a reduced object, or one row for each thing that was sent.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course,
enrollment)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from lms_gateway.sandbox.records import Course, Enrollment, Section

from .bodies import Fields
from .shapes import (
    STATUSES,
    SWITCHES,
    tell_course,
    tell_enrollment,
    tell_enrollment_row,
    tell_section_row,
)
from .view import Answer, Json, Refusal, View

T = TypeVar("T")

_KEPT = (
    "id", "course_id", "school_id", "section_title", "section_code", "section_school_code",
    "active", "description", "grading_periods", "profile_url", "location", "meeting_days",
    "links",
)  # fmt: skip


def tell_section_created(view: View, section: Section, fields: Fields) -> dict[str, Json]:
    """What `POST /courses/{C}/sections` answers: neither its course's names nor the caller's
    part in it; what was not sent is null."""
    row = tell_section_row(view, section)
    sent = fields.inside("options").told
    options = dict.fromkeys(SWITCHES) | {at: sent[at] for at in SWITCHES if at in sent}
    if options["upload_documents"] is None:
        options["upload_documents"] = sent.get("upload_document")
    return {name: row[name] for name in _KEPT} | {
        "access_code": section.access_code,
        "synced": fields.told.get("synced"),
        "start_time": section.start_time or None,
        "end_time": section.end_time or None,
        "options": options | {"content_index_visibility": []},
    }


def tell_section_kept(view: View, section: Section, *, code: int, synced: Json) -> Json:
    """A row of a bulk write of sections that went well."""
    return {
        "response_code": code,
        "id": str(section.id),
        "location": view.url("sections", section.id),
        "section_code": section.code,
        "section_school_code": section.sis_id or "",
        "synced": synced,
        "grading_periods": list(section.term_ids),
    }


def tell_course_created(view: View, course: Course) -> dict[str, Json]:
    return tell_course(view, course) | {"links": {"self": view.url("courses", course.id)}}


def tell_course_kept(view: View, course: Course, code: int, *, created: bool) -> dict[str, Json]:
    """A row of a bulk write of courses; only a creation tells where."""
    row: dict[str, Json] = {"response_code": code, "id": str(course.id)}
    if created:
        row["location"] = view.url("courses", course.id)
    return row | {"course_code": course.code}


def tell_enrollment_created(view: View, one: Enrollment) -> dict[str, Json]:
    """What `POST /sections/{S}/enrollments` answers: its status is a number here."""
    return tell_enrollment_row(view, one) | {"status": STATUSES[one.state]}


def tell_enrollment_joined(view: View, one: Enrollment) -> dict[str, Json]:
    """What `POST /sections/{S}/accesscode` answers: its status is text, and there is no link."""
    return tell_enrollment(view, one)


def tell_enrollment_kept(view: View, one: Enrollment) -> dict[str, Json]:
    """A row of a bulk creation: the uid is an integer here."""
    return {
        "response_code": 200,
        "id": str(one.id),
        "uid": one.user_id,
        "location": view.url("sections", one.section_id, "enrollments", one.id),
    }


def tell_failure(view: View, refusal: Refusal, echo: Mapping[str, Json]) -> Json:
    """A row that was refused: a code, the vendor's words, and which row it was."""
    text = refusal.text or f"Status {refusal.status}"
    row: dict[str, Json] = {"response_code": refusal.status, view.habits.failed_row_key: text}
    return row | (dict(echo) if view.habits.failed_row_echo == "codes" else {})


def answer_rows(
    view: View,
    items: Iterable[T],
    keep: Callable[[T], Json],
    echo: Callable[[T], Mapping[str, Json]],
) -> list[Json]:
    """One row for each item, in their order: what `keep` tells, or why it was refused."""
    rows = []
    for item in items:
        try:
            rows.append(keep(item))
        except Refusal as refusal:
            rows.append(tell_failure(view, refusal, echo(item)))
    return rows


def wrap_rows(status: int, name: str, rows: list[Json]) -> Answer:
    """Rows as they are wrapped: those of enrollments twice."""
    told = {name: rows}
    return Answer(status, {"enrollments": told} if name == "enrollment" else told)


def echo_of(*names: str) -> Callable[[Fields], Mapping[str, Json]]:
    """What a refused row repeats of what was sent, in the types it was sent in."""

    def echo(fields: Fields) -> Mapping[str, Json]:
        return {name: fields.told[name] for name in names if name in fields.told}

    return echo
