"""Copying sections: asked for now, done later in the background.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section: rows tell neither
an id nor a job; the copy is found by its school code once it is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lms_gateway.sandbox.records import Course, Enrollment, Section

from .bodies import Fields, missing, read_body, require_rows
from .classes import find_course, find_course_by_code, find_section
from .receipts import answer_rows, echo_of, wrap_rows
from .section_writes import add_section, check_section
from .view import Answer, Json, Params, Refusal, View

_TARGETS = ("section_id", "section_school_code", "section_code")
_ECHO = echo_of("source_section_id", "source_section_school_code", *_TARGETS, "title")


@dataclass(slots=True)
class Copies:
    """The jobs that wait for their time."""

    _waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def schedule(self, at: float, job: Callable[[], None]) -> None:
        """Have a job run at this moment of the sandbox's clock, or at the first look after it."""
        self._waiting.append((at, job))

    def run(self, now: float) -> None:
        """Run every job whose moment has come, in the order they were asked for."""
        due = [job for at, job in self._waiting if at <= now]
        self._waiting = [(at, job) for at, job in self._waiting if at > now]
        for job in due:
            job()


def copy_sections(view: View, copies: Copies, params: Params, body: bytes) -> Answer:
    """Answer `POST /sections/copy`."""
    view.require("admin")
    rows = require_rows(read_body(body), "sections", "section", view.habits)
    enroll = params.get("enroll_user") == "1"

    def keep(fields: Fields) -> Json:
        job = _plan(view, fields, enroll)
        if view.habits.copy_delay is not None:
            copies.schedule(view.now + view.habits.copy_delay, job)
        return {
            "section_school_code": fields.text("section_school_code") or "",
            "grading_periods": list(fields.numbers("grading_periods") or ()),
            "title": fields.text("title"),
            "transfer_url": f"https://{view.school.email_domain}/settings/transfers",
            "response_code": 200,
            "description": fields.text("description") or "",
        }

    status = view.habits.copy_status
    return wrap_rows(status, "section", answer_rows(view, rows, keep, _ECHO))


def _plan(view: View, fields: Fields, enroll: bool) -> Callable[[], None]:
    """What to do when the time comes. Raises Refusal where it is clear that it cannot be done."""
    source, course = _source(view, fields), _course(view, fields)
    for name in ("title", "grading_periods"):
        if not fields.told.get(name):
            raise missing(name)
    if not any(fields.text(name) for name in _TARGETS):
        raise missing("section_id")
    target = _target(view, fields)
    if target is not None:
        _refuse_content(target)
    else:
        check_section(view, course, _as_new(fields))

    def copy() -> None:
        # What was true when it was asked for may have changed: then the transfer fails, and
        # only the web page of transfers tells.
        try:
            if target is None:
                values = check_section(view, course, _as_new(fields))
                values.setdefault("is_synced", source.is_synced)
                copied = add_section(view, course, values)
            else:
                _refuse_content(target)
                copied = target
        except Refusal:
            return
        view.school.change(copied, has_content=source.has_content)
        if enroll and not view.leads_section(copied, view.user):
            view.school.add(
                Enrollment(
                    0,
                    view.user.id,
                    copied.course_id,
                    copied.id,
                    "teacher",
                    created_at=view.school.now,
                    updated_at=view.school.now,
                )
            )

    return copy


def _source(view: View, fields: Fields) -> Section:
    if number := fields.text("source_section_id"):
        return find_section(view, number)
    if code := fields.text("source_section_school_code"):
        section = view.school.by_sis(Section, code)
        if section is None or not view.exists(section):
            raise view.unknown()
        return section
    raise missing("source_section_id")


def _course(view: View, fields: Fields) -> Course:
    if number := fields.text("course_id"):
        return find_course(view, number)
    if code := fields.text("course_code"):
        return find_course_by_code(view, code)
    raise missing("course_id")


def _target(view: View, fields: Fields) -> Section | None:
    """The section that is copied into; None where it is still to be created."""
    if number := fields.text("section_id"):
        return find_section(view, number)
    if code := fields.text("section_school_code"):
        section = view.school.by_sis(Section, code)
        return section if section is not None and view.exists(section) else None
    return None


def _refuse_content(target: Section) -> None:
    if target.state != "active" or target.has_content:
        raise Refusal(400, "The section that is copied into is not empty.")


def _as_new(fields: Fields) -> Fields:
    known = ("title", "section_code", "section_school_code", "grading_periods")
    also = ("description", "synced")
    return Fields({name: fields.told[name] for name in (*known, *also) if name in fields.told})
