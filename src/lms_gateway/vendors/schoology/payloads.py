"""What is sent to Schoology for a section, course, enrollment or copy, made of our values.

Names on writing are not those on reading (`title` for `section_title`), and empty text is how a
value is unset. Whatever Schoology has no notion of, or would drop without a word, is refused here.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (course, enrollment)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.changes import CopySection, Problem, Values
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.records import EnrollmentState, Kind, Meeting, Role
from lms_gateway.vendors.schoology.rows import STATES
from lms_gateway.vendors.schoology.values import DAYS, SUBJECTS, ident, text

LONGEST_ID = 20
"""Digits of the longest id: what 64 bits hold."""
UPDATE_EXISTING = "schoology.update_existing"

Body = dict[str, Any]
Write = Callable[[Any], Body]
"""A value as the vendor's keys. Raises BadInput or Unsupported for one that cannot be written."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What to send, unless there are problems."""

    body: Body
    problems: tuple[Problem, ...]


def fill(kind: Kind, values: Values, options: Values, *, creating: bool) -> Payload:
    """The body for a new object, or for new values of one."""
    body: Body = {}
    problems: list[Problem] = []
    table = _CREATED[kind] if creating else _UPDATED[kind]
    for name, value in values.items():
        write = table.get(name)
        if write is None:
            why = f"Schoology has no such value of a {kind}"
            problems.append(Problem(Unsupported.code, why, name))
            continue
        try:
            body |= write(value)
        except LmsError as error:
            problems.append(Problem(error.code, error.message, name))
    if creating:
        problems += _missing(kind, values)
    elif not values:
        problems.append(_mendable("there is nothing to change", None))
    if values.get("code") and values.get("sis_id") and kind is Kind.SECTION:
        problems.append(_mendable("Schoology ignores code where sisId is given", "code"))
    may = {UPDATE_EXISTING} if creating and kind is not Kind.ENROLLMENT else set()
    problems += [
        Problem(Unsupported.code, "Schoology has no such option", name)
        for name, value in options.items()
        if value is not None and name not in may
    ]
    return Payload(body, tuple(problems))


def fill_copy(copy: CopySection) -> Payload:
    """The row for a copy of a section's content."""
    body: Body = {}
    problems: list[Problem] = []
    for field, choices in (
        ("source", {"source_section_id": copy.source_id,
                    "source_section_school_code": copy.source_sis_id}),
        ("target", {"section_id": copy.section_id,
                    "section_school_code": copy.section_sis_id,
                    "section_code": copy.section_code}),
        ("course", {"course_id": copy.course_id, "course_code": copy.course_code}),
    ):  # fmt: skip
        given = {name: value for name, value in choices.items() if value}
        if len(given) != 1:
            problems.append(_mendable(f"name the {field} in exactly one way", field))
        body |= {name: int(one) if name.endswith("_id") else one for name, one in given.items()}
    given_values: dict[str, Any] = {"title": copy.title, "term_ids": copy.term_ids}
    if copy.description is not None:
        given_values["description"] = copy.description
    if copy.synced is not None:
        given_values["is_synced"] = copy.synced
    for name, value in given_values.items():
        try:
            body |= _COPIED[name](value)
        except LmsError as error:
            problems.append(Problem(error.code, error.message, name))
    return Payload(body, tuple(problems))


def _missing(kind: Kind, values: Values) -> list[Problem]:
    needed = _NEEDED[kind]
    found = [_mendable(f"Schoology needs this for a {kind}", n) for n in needed if n not in values]
    if kind is Kind.SECTION and not (values.get("code") or values.get("sis_id")):
        found.append(_mendable("a section needs a sisId or a code at Schoology", "code"))
    return found


def _mendable(message: str, field: str | None) -> Problem:
    return Problem(BadInput.code, message, field)


def _needed(key: str) -> Write:
    def write(value: Any) -> Body:
        if text(value) is None or not str(value).strip():
            raise BadInput("Schoology does not let this be empty")
        return {key: value}

    return write


def _text(key: str) -> Write:
    return lambda value: {key: "" if value is None else value}


def _flag(key: str) -> Write:
    def write(value: Any) -> Body:
        if value is None:
            raise BadInput("this is true or false, and cannot be unset")
        return {key: int(value)}

    return write


def _whole(key: str, least: int, most: int) -> Write:
    """0 is how these are unset."""

    def write(value: Any) -> Body:
        found = 0 if value is None else value
        if not least <= found <= most:
            raise BadInput(f"a number from {least} to {most}")
        return {key: found}

    return write


def _credits(value: Any) -> Body:
    found = 0 if value is None else value
    if found < 0:
        raise BadInput("a number that is not negative")
    # Whole ones as the documentation's examples have them.
    return {"credits": int(found) if found == int(found) else found}


def _account(value: Any) -> Body:
    if value is None:
        raise BadInput("a course always belongs to a school or building")
    return {"building_id": int(value)}


def _ids(key: str, *, least: int) -> Write:
    def write(value: Any) -> Body:
        found = [ident(one) for one in value or ()]
        if len(found) < least:
            raise BadInput("Schoology needs at least one")
        if not all(one and len(one) <= LONGEST_ID for one in found):
            raise BadInput("ids are numbers here")
        return {key: [int(one) for one in found if one]}

    return write


def _meeting(value: Any) -> Body:
    meeting = value or Meeting((), None, None)
    # The page counts "Sun is 0, Sat is 7". Six numbers lie between; the sixth is written for
    # Saturday, and what is read back is compared.
    days = sorted(DAYS.index(day) for day in set(meeting.days))
    start, end = (
        at.strftime("%H:%M") if at else "" for at in (meeting.start_time, meeting.end_time)
    )
    return {"meeting_days": days, "start_time": start, "end_time": end}


def _options(value: Any) -> Body:
    if value is None:
        raise BadInput("a section's options cannot be unset as a whole")
    written: Body = {}
    for name, option in value.items():
        if name == "course_format":
            if option not in (1, 2):
                raise BadInput("courseFormat is 1 (basic) or 2 (topic-based)")
            written[name] = option
        elif name in _FLAGS:
            written |= _flag(name)(option)
        else:
            raise Unsupported(f"Schoology has no option {name}")
    if "upload_documents" in written:
        # The field table calls it so; replies say `upload_documents`.
        written["upload_document"] = written["upload_documents"]
    return {"options": written}


def _role(value: Any) -> Body:
    match value:
        case Role.TEACHER:
            return {"admin": "1"}
        case Role.STUDENT:
            return {"admin": "0"}
        case None:
            raise BadInput("an enrollment has a role")
        case _:
            raise Unsupported("Schoology tells only the roles TEACHER and STUDENT")


def _state(value: Any) -> Body:
    if value is None:
        raise BadInput("an enrollment has a state")
    if value not in _STATUSES:
        raise Unsupported(f"Schoology has no state {value} of an enrollment")
    return {"status": str(_STATUSES[value])}


_STATUSES: Mapping[EnrollmentState, int] = {state: number for number, state in STATES.items()}
_FLAGS = frozenset(
    {
        "weighted_grading_categories",
        "upload_documents",
        "create_discussion",
        "member_post",
        "member_post_comment",
    }
)
_SECTION: Mapping[str, Write] = {
    "name": _needed("title"),
    "code": _text("section_code"),
    "sis_id": _text("section_school_code"),
    "description": _text("description"),
    "location": _text("location"),
    "term_ids": _ids("grading_periods", least=1),
    "meeting": _meeting,
    "is_synced": _flag("synced"),
    "schoology.class_periods": _ids("class_periods", least=0),
    "schoology.options": _options,
}
_COURSE: Mapping[str, Write] = {
    "name": _needed("title"),
    "code": _needed("course_code"),
    "description": _text("description"),
    "department": _text("department"),
    "credits": _credits,
    "account_id": _account,
    "schoology.subject_area": _whole("subject_area", 0, len(SUBJECTS) - 1),
    "schoology.grade_level_range_start": _whole("grade_level_range_start", 0, 15),
    "schoology.grade_level_range_end": _whole("grade_level_range_end", 0, 15),
    "schoology.synced": _flag("synced"),
    "schoology.district_course_name": _text("district_course_name"),
}
_ENROLLMENT: Mapping[str, Write] = {"role": _role, "state": _state}
_COPIED: Mapping[str, Write] = {
    "title": _needed("title"),
    "term_ids": _SECTION["term_ids"],
    "description": _SECTION["description"],
    "is_synced": _SECTION["is_synced"],
}
_UPDATED: Mapping[Kind, Mapping[str, Write]] = {
    Kind.SECTION: _SECTION,
    Kind.COURSE: _COURSE,
    Kind.ENROLLMENT: _ENROLLMENT,
}
_CREATED = {**_UPDATED, Kind.ENROLLMENT: {"user_id": _needed("uid"), **_ENROLLMENT}}
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.SECTION: ("name", "term_ids"),
    Kind.COURSE: ("name", "code"),
    Kind.ENROLLMENT: ("user_id", "role"),
}
