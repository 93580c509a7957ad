"""What is sent to Schoology for a section, course, enrollment or copy, made of our values.

Names on writing are not those on reading (`title` for `section_title`), and empty text is how a
value is unset. Whatever Schoology has no notion of, or would drop without a word, is refused here.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (course, enrollment)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.commands import CopySection, InputProblem, Values
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.models import EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.rows.catalog import ENROLLMENT_STATES
from lms_gateway.vendors.schoology.rows.converters import DAYS, SUBJECTS, parse_id, to_text

MAX_ID_LENGTH = 20
"""Digits of the longest id: what 64 bits hold."""
UPDATE_EXISTING = "schoology.update_existing"

Body = dict[str, Any]
Encoder = Callable[[Any], Body]
"""A value as the vendor's keys. Raises BadInput or Unsupported for one that cannot be written."""


@dataclass(frozen=True, slots=True)
class EncodedInput:
    """What to send, unless there are problems."""

    body: Body
    problems: tuple[InputProblem, ...]


def encode(kind: Kind, values: Values, options: Values, *, creating: bool) -> EncodedInput:
    """The body for a new object, or for new values of one."""
    body: Body = {}
    problems: list[InputProblem] = []
    encoders = _CREATE_ENCODERS[kind] if creating else _UPDATE_ENCODERS[kind]
    for name, value in values.items():
        encoder = encoders.get(name)
        if encoder is None:
            message = f"Schoology has no such value of a {kind}"
            problems.append(InputProblem(Unsupported.code, message, name))
            continue
        try:
            body |= encoder(value)
        except LmsError as error:
            problems.append(InputProblem(error.code, error.message, name))
    if creating:
        problems += _missing_values(kind, values)
    elif not values:
        problems.append(_input_problem("there is nothing to change", None))
    if values.get("code") and values.get("sis_id") and kind is Kind.SECTION:
        problems.append(_input_problem("Schoology ignores code where sisId is given", "code"))
    known_options = {UPDATE_EXISTING} if creating and kind is not Kind.ENROLLMENT else set()
    problems += [
        InputProblem(Unsupported.code, "Schoology has no such option", name)
        for name, value in options.items()
        if value is not None and name not in known_options
    ]
    return EncodedInput(body, tuple(problems))


def encode_copy(copy: CopySection) -> EncodedInput:
    """The row for a copy of a section's content."""
    body: Body = {}
    problems: list[InputProblem] = []
    for field, choices in (
        ("source", {"source_section_id": copy.source_id,
                    "source_section_school_code": copy.source_sis_id}),
        ("target", {"section_id": copy.section_id,
                    "section_school_code": copy.section_sis_id,
                    "section_code": copy.section_code}),
        ("course", {"course_id": copy.course_id, "course_code": copy.course_code}),
    ):  # fmt: skip
        chosen = {name: value for name, value in choices.items() if value}
        if len(chosen) != 1:
            problems.append(_input_problem(f"name the {field} in exactly one way", field))
        body |= {
            name: int(identifier) if name.endswith("_id") else identifier
            for name, identifier in chosen.items()
        }
    values: dict[str, Any] = {"title": copy.title, "term_ids": copy.term_ids}
    if copy.description is not None:
        values["description"] = copy.description
    if copy.synced is not None:
        values["is_synced"] = copy.synced
    for name, value in values.items():
        try:
            body |= _COPY[name](value)
        except LmsError as error:
            problems.append(InputProblem(error.code, error.message, name))
    return EncodedInput(body, tuple(problems))


def _missing_values(kind: Kind, values: Values) -> list[InputProblem]:
    required = _REQUIRED[kind]
    problems = [
        _input_problem(f"Schoology needs this for a {kind}", name)
        for name in required
        if name not in values
    ]
    if kind is Kind.SECTION and not (values.get("code") or values.get("sis_id")):
        problems.append(_input_problem("a section needs a sisId or a code at Schoology", "code"))
    return problems


def _input_problem(message: str, field: str | None) -> InputProblem:
    return InputProblem(BadInput.code, message, field)


def _required_text(key: str) -> Encoder:
    def encode_text(value: Any) -> Body:
        if to_text(value) is None or not str(value).strip():
            raise BadInput("Schoology does not let this be empty")
        return {key: value}

    return encode_text


def _optional_text(key: str) -> Encoder:
    return lambda value: {key: "" if value is None else value}


def _flag(key: str) -> Encoder:
    def encode_flag(value: Any) -> Body:
        if value is None:
            raise BadInput("this is true or false, and cannot be unset")
        return {key: int(value)}

    return encode_flag


def _number(key: str, minimum: int, maximum: int) -> Encoder:
    """0 is how these are unset."""

    def encode_number(value: Any) -> Body:
        number = 0 if value is None else value
        if not minimum <= number <= maximum:
            raise BadInput(f"a number from {minimum} to {maximum}")
        return {key: number}

    return encode_number


def _credits(value: Any) -> Body:
    number = 0 if value is None else value
    if number < 0:
        raise BadInput("a number that is not negative")
    # Whole ones as the documentation's examples have them.
    return {"credits": int(number) if number == int(number) else number}


def _account(value: Any) -> Body:
    if value is None:
        raise BadInput("a course always belongs to a school or building")
    return {"building_id": int(value)}


def _ids(key: str, *, min_count: int) -> Encoder:
    def encode_ids(value: Any) -> Body:
        ids = [parse_id(value_id) for value_id in value or ()]
        if len(ids) < min_count:
            raise BadInput("Schoology needs at least one")
        if not all(value_id and len(value_id) <= MAX_ID_LENGTH for value_id in ids):
            raise BadInput("ids are numbers here")
        return {key: [int(value_id) for value_id in ids if value_id]}

    return encode_ids


def _meeting(value: Any) -> Body:
    meeting = value or Meeting((), None, None)
    # The page counts "Sun is 0, Sat is 7". Six numbers lie between; the sixth is written for
    # Saturday, and what is read back is compared.
    days = sorted(DAYS.index(day) for day in set(meeting.days))
    start, end = (
        time.strftime("%H:%M") if time else "" for time in (meeting.start_time, meeting.end_time)
    )
    return {"meeting_days": days, "start_time": start, "end_time": end}


def _options(value: Any) -> Body:
    if value is None:
        raise BadInput("a section's options cannot be unset as a whole")
    body: Body = {}
    for name, option in value.items():
        if name == "course_format":
            if option not in (1, 2):
                raise BadInput("courseFormat is 1 (basic) or 2 (topic-based)")
            body[name] = option
        elif name in _FLAGS:
            body |= _flag(name)(option)
        else:
            raise Unsupported(f"Schoology has no option {name}")
    if "upload_documents" in body:
        # The field table calls it so; replies say `upload_documents`.
        body["upload_document"] = body["upload_documents"]
    return {"options": body}


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


_STATUSES: Mapping[EnrollmentState, int] = {
    state: number for number, state in ENROLLMENT_STATES.items()
}
_FLAGS = frozenset(
    {
        "weighted_grading_categories",
        "upload_documents",
        "create_discussion",
        "member_post",
        "member_post_comment",
    }
)
_SECTION: Mapping[str, Encoder] = {
    "name": _required_text("title"),
    "code": _optional_text("section_code"),
    "sis_id": _optional_text("section_school_code"),
    "description": _optional_text("description"),
    "location": _optional_text("location"),
    "term_ids": _ids("grading_periods", min_count=1),
    "meeting": _meeting,
    "is_synced": _flag("synced"),
    "schoology.class_periods": _ids("class_periods", min_count=0),
    "schoology.options": _options,
}
_COURSE: Mapping[str, Encoder] = {
    "name": _required_text("title"),
    "code": _required_text("course_code"),
    "description": _optional_text("description"),
    "department": _optional_text("department"),
    "credits": _credits,
    "account_id": _account,
    "schoology.subject_area": _number("subject_area", 0, len(SUBJECTS) - 1),
    "schoology.grade_level_range_start": _number("grade_level_range_start", 0, 15),
    "schoology.grade_level_range_end": _number("grade_level_range_end", 0, 15),
    "schoology.synced": _flag("synced"),
    "schoology.district_course_name": _optional_text("district_course_name"),
}
_ENROLLMENT: Mapping[str, Encoder] = {"role": _role, "state": _state}
_COPY: Mapping[str, Encoder] = {
    "title": _required_text("title"),
    "term_ids": _SECTION["term_ids"],
    "description": _SECTION["description"],
    "is_synced": _SECTION["is_synced"],
}
_UPDATE_ENCODERS: Mapping[Kind, Mapping[str, Encoder]] = {
    Kind.SECTION: _SECTION,
    Kind.COURSE: _COURSE,
    Kind.ENROLLMENT: _ENROLLMENT,
}
_CREATE_ENCODERS = {
    **_UPDATE_ENCODERS,
    Kind.ENROLLMENT: {"user_id": _required_text("uid"), **_ENROLLMENT},
}
_REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.SECTION: ("name", "term_ids"),
    Kind.COURSE: ("name", "code"),
    Kind.ENROLLMENT: ("user_id", "role"),
}
