"""Copying sections: asked for now, done later in the background.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section: rows tell neither
an id nor a job; the copy is found by its school code once it is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lms_sandbox.data.models import Course, Enrollment, Section
from lms_sandbox.schoology.context import (
    Json,
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
)
from lms_sandbox.schoology.courses import find_course, find_course_by_code, find_section
from lms_sandbox.schoology.request_body import BodyFields, missing_field, read_body, require_rows
from lms_sandbox.schoology.section_writes import add_section, validate_section
from lms_sandbox.schoology.write_responses import echo_fields, wrap_rows, write_rows

_TARGETS = ("section_id", "section_school_code", "section_code")
_ECHOED_FIELDS = echo_fields("source_section_id", "source_section_school_code", *_TARGETS, "title")


@dataclass(slots=True)
class SectionCopyJobs:
    """The jobs that wait for their time."""

    _pending: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def schedule(self, due_at: float, job: Callable[[], None]) -> None:
        """Have a job run at this moment of the sandbox's clock, or at the first look after it."""
        self._pending.append((due_at, job))

    def run(self, now: float) -> None:
        """Run every job whose moment has come, in the order they were asked for."""
        due_jobs = [job for due_at, job in self._pending if due_at <= now]
        self._pending = [(due_at, job) for due_at, job in self._pending if due_at > now]
        for job in due_jobs:
            job()


def copy_sections(
    request: SchoologyRequest, copy_jobs: SectionCopyJobs, params: Params, body: bytes
) -> SchoologyResponse:
    """Answer `POST /sections/copy`."""
    request.require("admin")
    rows = require_rows(read_body(body), "sections", "section", request.quirks)
    enroll = params.get("enroll_user") == "1"

    def write_row(fields: BodyFields) -> Json:
        job = _prepare_copy(request, fields, enroll)
        if request.quirks.copy_delay is not None:
            copy_jobs.schedule(request.now + request.quirks.copy_delay, job)
        return {
            "section_school_code": fields.text("section_school_code") or "",
            "grading_periods": list(fields.numbers("grading_periods") or ()),
            "title": fields.text("title"),
            "transfer_url": f"https://{request.school.email_domain}/settings/transfers",
            "response_code": 200,
            "description": fields.text("description") or "",
        }

    status = request.quirks.copy_status
    return wrap_rows(status, "section", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _prepare_copy(
    request: SchoologyRequest, fields: BodyFields, enroll: bool
) -> Callable[[], None]:
    """What to do when the time comes. Raises Refusal where it is clear that it cannot be done."""
    source, course = _source(request, fields), _course(request, fields)
    for name in ("title", "grading_periods"):
        if not fields.values.get(name):
            raise missing_field(name)
    if not any(fields.text(name) for name in _TARGETS):
        raise missing_field("section_id")
    target = _target(request, fields)
    if target is not None:
        _reject_content(target)
    else:
        validate_section(request, course, _new_section_fields(fields))

    def copy() -> None:
        # What was true when it was asked for may have changed: then the transfer fails, and
        # only the web page of transfers tells.
        try:
            if target is None:
                values = validate_section(request, course, _new_section_fields(fields))
                values.setdefault("is_synced", source.is_synced)
                copied = add_section(request, course, values)
            else:
                _reject_content(target)
                copied = target
        except SchoologyError:
            return
        request.school.change(copied, has_content=source.has_content)
        if enroll and not request.leads_section(copied, request.user):
            request.school.add(
                Enrollment(
                    0,
                    request.user.id,
                    copied.course_id,
                    copied.id,
                    "teacher",
                    created_at=request.school.now,
                    updated_at=request.school.now,
                )
            )

    return copy


def _source(request: SchoologyRequest, fields: BodyFields) -> Section:
    if number := fields.text("source_section_id"):
        return find_section(request, number)
    if code := fields.text("source_section_school_code"):
        section = request.school.by_sis(Section, code)
        if section is None or not request.section_exists(section):
            raise request.not_found()
        return section
    raise missing_field("source_section_id")


def _course(request: SchoologyRequest, fields: BodyFields) -> Course:
    if number := fields.text("course_id"):
        return find_course(request, number)
    if code := fields.text("course_code"):
        return find_course_by_code(request, code)
    raise missing_field("course_id")


def _target(request: SchoologyRequest, fields: BodyFields) -> Section | None:
    """The section that is copied into; None where it is still to be created."""
    if number := fields.text("section_id"):
        return find_section(request, number)
    if code := fields.text("section_school_code"):
        section = request.school.by_sis(Section, code)
        return section if section is not None and request.section_exists(section) else None
    return None


def _reject_content(target: Section) -> None:
    if target.state != "active" or target.has_content:
        raise SchoologyError(400, "The section that is copied into is not empty.")


def _new_section_fields(fields: BodyFields) -> BodyFields:
    required = ("title", "section_code", "section_school_code", "grading_periods")
    optional = ("description", "synced")
    return BodyFields(
        {name: fields.values[name] for name in (*required, *optional) if name in fields.values}
    )
