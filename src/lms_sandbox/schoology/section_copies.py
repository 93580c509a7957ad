"""Copies of sections, which Schoology makes in the background.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section: a result row contains
neither the id of the copy nor that of a job. A client finds the copy later by its school code.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lms_sandbox.data.models import Course, Section
from lms_sandbox.schoology.bulk import BulkResource
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.enrollments import add_enrollment
from lms_sandbox.schoology.lookup import find_course, find_course_by_code, find_section, find_section_by_code
from lms_sandbox.schoology.request_body import BodyFields, missing_field
from lms_sandbox.schoology.sections import add_section, validate_section

_TARGETS = ("section_id", "section_school_code", "section_code")
_COPIES = BulkResource(
    "sections", "section", ("source_section_id", "source_section_school_code", *_TARGETS, "title")
)
_NEW_SECTION_FIELDS = (
    "title", "section_code", "section_school_code", "grading_periods", "description", "synced"
)  # fmt: skip


@dataclass(slots=True)
class SectionCopyJobs:
    """The copies that are scheduled."""

    _pending: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def schedule(self, due_at: float, job: Callable[[], None]) -> None:
        """Schedule a job for a time in epoch seconds; the first `run` after it runs the job."""
        self._pending.append((due_at, job))

    def run(self, now: float) -> None:
        """Run the jobs that are due, in the order in which they were scheduled."""
        due_jobs = [job for due_at, job in self._pending if due_at <= now]
        self._pending = [(due_at, job) for due_at, job in self._pending if due_at > now]
        for job in due_jobs:
            job()


def copy_sections(request: SchoologyRequest, copy_jobs: SectionCopyJobs) -> SchoologyResponse:
    """Answer `POST /sections/copy`."""
    request.require("admin")
    rows = _COPIES.required_rows(request)
    enroll = request.params.get("enroll_user") == "1"

    def write_row(row: BodyFields) -> Json:
        job = _prepare_copy(request, row, enroll)
        if request.quirks.copy_delay is not None:
            copy_jobs.schedule(request.now + request.quirks.copy_delay, job)
        return {
            "section_school_code": row.text("section_school_code") or "",
            "grading_periods": list(row.numbers("grading_periods") or ()),
            "title": row.text("title"),
            "transfer_url": f"https://{request.school.email_domain}/settings/transfers",
            "response_code": 200,
            "description": row.text("description") or "",
        }

    return _COPIES.write(request, rows, write_row, status=request.quirks.copy_status)


def _prepare_copy(request: SchoologyRequest, fields: BodyFields, enroll: bool) -> Callable[[], None]:
    """Return the job that makes a copy. Raises SchoologyError if the copy is not possible."""
    source, course = _find_source(request, fields), _find_course(request, fields)
    for name in ("title", "grading_periods"):
        if not fields.values.get(name):
            raise missing_field(name)
    if not any(fields.text(name) for name in _TARGETS):
        raise missing_field("section_id")
    target = _find_target(request, fields)
    if target is not None:
        _require_empty(target)
    else:
        validate_section(request, course, _new_section_fields(fields))

    def copy() -> None:
        # The school may have changed since the request. Then the copy fails without a report: at
        # Schoology, only the web page of transfers shows the failure.
        try:
            if target is None:
                values = validate_section(request, course, _new_section_fields(fields))
                values.setdefault("is_synced", source.is_synced)
                copied = add_section(request, course, values)
            else:
                _require_empty(target)
                copied = target
        except SchoologyError:
            return
        request.school.change(copied, has_content=source.has_content)
        if enroll and not request.leads_section(copied, request.user):
            add_enrollment(request, copied, request.user.id, "active", "teacher")

    return copy


def _find_source(request: SchoologyRequest, fields: BodyFields) -> Section:
    if section_id := fields.text("source_section_id"):
        return find_section(request, section_id)
    if code := fields.text("source_section_school_code"):
        return find_section_by_code(request, code)
    raise missing_field("source_section_id")


def _find_course(request: SchoologyRequest, fields: BodyFields) -> Course:
    if course_id := fields.text("course_id"):
        return find_course(request, course_id)
    if code := fields.text("course_code"):
        return find_course_by_code(request, code)
    raise missing_field("course_id")


def _find_target(request: SchoologyRequest, fields: BodyFields) -> Section | None:
    """Return the section to copy into; None if the copy is a new section."""
    if section_id := fields.text("section_id"):
        return find_section(request, section_id)
    if code := fields.text("section_school_code"):
        section = request.school.by_sis(Section, code)
        return section if section is not None and request.section_exists(section) else None
    return None


def _require_empty(target: Section) -> None:
    if target.state != "active" or target.has_content:
        raise SchoologyError(400, "The section that is copied into is not empty.")


def _new_section_fields(fields: BodyFields) -> BodyFields:
    return BodyFields({name: fields.values[name] for name in _NEW_SECTION_FIELDS if name in fields.values})
