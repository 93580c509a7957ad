"""Encodes the values of a command for Schoology.

Keys in requests differ from those in replies (`title` for `section_title`), and empty text unsets a
value. Values that Schoology lacks, or would ignore, are rejected here.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section (course, enrollment)
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from lms_gateway.domain.commands import CopySection, InputProblem, Values
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.models import EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.rows.catalog import CATALOG, ENROLLMENT_STATES, InputForm, key_of
from lms_gateway.vendors.schoology.rows.converters import DAYS, SUBJECTS, parse_id, to_text
from lms_gateway.vendors.shared.results import NOTHING_TO_CHANGE, bad_input, unsupported

MAX_ID_LENGTH = 20
"""Digits of the longest id: a number of 64 bits."""
UPDATE_EXISTING = "schoology.update_existing"

Body = dict[str, Any]
Encoder = Callable[[Any], Body]
"""Encodes a value under the vendor's keys. Raises BadInput or Unsupported."""
Encoded = tuple[Body, list[InputProblem]]


def encode(kind: Kind, values: Values, options: Values, *, creating: bool) -> Encoded:
    """Return the body that creates or updates an object, and the problems of the values."""
    body, problems = _encode_all(_encoders(kind, creating=creating), kind, values)
    if creating:
        problems += [
            bad_input(f"required to create a Schoology {kind}", name)
            for name in _REQUIRED[kind]
            if name not in values
        ]
        if kind is Kind.SECTION and not (values.get("code") or values.get("sis_id")):
            message = "required to create a Schoology section, unless sisId is given"
            problems.append(bad_input(message, "code"))
    elif not values:
        problems.append(NOTHING_TO_CHANGE)
    if values.get("code") and values.get("sis_id") and kind is Kind.SECTION:
        problems.append(bad_input("must not be combined with sisId; Schoology ignores it", "code"))
    known = {UPDATE_EXISTING} if creating and kind is not Kind.ENROLLMENT else set()
    problems += [
        unsupported("Schoology has no such option", name)
        for name, value in options.items()
        if value is not None and name not in known
    ]
    return body, problems


def encode_copy(copy: CopySection) -> Encoded:
    """Return the row that copies a section's content, and the problems of the command."""
    code, course_code = key_of(Kind.SECTION, "sis_id"), key_of(Kind.COURSE, "code")
    choices: Mapping[str, Values] = {
        "source": {"source_section_id": copy.source_id, f"source_{code}": copy.source_sis_id},
        "target": {
            "section_id": copy.section_id,
            code: copy.section_sis_id,
            key_of(Kind.SECTION, "code"): copy.section_code,
        },
        "course": {"course_id": copy.course_id, course_code: copy.course_code},
    }
    body: Body = {}
    problems: list[InputProblem] = []
    for field, references in choices.items():
        given = {key: value for key, value in references.items() if value}
        if len(given) != 1:
            problems.append(bad_input("must be referenced in exactly one way", field))
        body |= {key: int(value) if key.endswith("_id") else value for key, value in given.items()}
    optional = {"description": copy.description, "is_synced": copy.synced}
    values = {"title": copy.title, "term_ids": copy.term_ids} | {
        name: value for name, value in optional.items() if value is not None
    }
    encoders = _encoders(Kind.SECTION, creating=True)
    encoded, value_problems = _encode_all({**encoders, "title": encoders["name"]}, Kind.SECTION, values)
    return body | encoded, problems + value_problems


def _encode_all(encoders: Mapping[str, Encoder], kind: Kind, values: Values) -> Encoded:
    body: Body = {}
    problems: list[InputProblem] = []
    for name, value in values.items():
        encoder = encoders.get(name)
        if encoder is None:
            problems.append(unsupported(f"a Schoology {kind} has no such value", name))
            continue
        try:
            body |= encoder(value)
        except LmsError as error:
            problems.append(InputProblem(error.code, error.message, name))
    return body, problems


def _required_text(key: str, value: Any) -> Body:
    if to_text(value) is None or not str(value).strip():
        raise BadInput("must not be empty")
    return {key: value}


def _text(key: str, value: Any) -> Body:
    return {key: "" if value is None else value}


def _flag(key: str, value: Any) -> Body:
    if value is None:
        raise BadInput("must be true or false; it cannot be unset")
    return {key: int(value)}


def _number(maximum: int, key: str, value: Any) -> Body:
    number = 0 if value is None else value
    if not 0 <= number <= maximum:
        raise BadInput(f"must be between 0 and {maximum}")
    return {key: number}


def _ids(min_count: int, key: str, value: Any) -> Body:
    ids = [parse_id(id) or "" for id in value or ()]
    if len(ids) < min_count:
        raise BadInput("must contain at least one id")
    if not all(0 < len(id) <= MAX_ID_LENGTH for id in ids):
        raise BadInput("ids must be numeric")
    return {key: [int(id) for id in ids]}


def _credits(value: Any) -> Body:
    number = 0 if value is None else value
    if number < 0:
        raise BadInput("must not be negative")
    # The documentation's examples have integers.
    return {"credits": int(number) if number == int(number) else number}


def _account(value: Any) -> Body:
    if value is None:
        raise BadInput("must not be null; a course belongs to a school or building")
    return {"building_id": int(value)}


def _meeting(value: Any) -> Body:
    meeting = value or Meeting((), None, None)
    # The page says "Sun is 0, Sat is 7". Six numbers lie between; the gateway sends 6 for Saturday,
    # and compares what is read back.
    days = sorted(DAYS.index(day) for day in set(meeting.days))
    start, end = (time.strftime("%H:%M") if time else "" for time in meeting[1:])
    return {"meeting_days": days, "start_time": start, "end_time": end}


def _options(value: Any) -> Body:
    if value is None:
        raise BadInput("must not be null; unset the options one by one")
    body: Body = {}
    for name, option in value.items():
        if name == "course_format":
            if option not in (1, 2):
                raise BadInput("courseFormat must be 1 (basic) or 2 (topic-based)")
            body[name] = option
        elif name in _FLAGS:
            body |= _flag(name, option)
        else:
            raise Unsupported(f"Schoology has no option {name}")
    if "upload_documents" in body:
        # The field table has `upload_document`, replies have `upload_documents`.
        body["upload_document"] = body["upload_documents"]
    return {"options": body}


def _role(value: Any) -> Body:
    match value:
        case Role.TEACHER:
            return {"admin": "1"}
        case Role.STUDENT:
            return {"admin": "0"}
        case None:
            raise BadInput("must not be null")
        case _:
            raise Unsupported("must be TEACHER or STUDENT for Schoology")


def _state(value: Any) -> Body:
    if value is None:
        raise BadInput("must not be null")
    if value not in _STATUSES:
        raise Unsupported(f"Schoology has no enrollment state {value}")
    return {"status": str(_STATUSES[value])}


_FORMS: Mapping[InputForm, Callable[[str, Any], Body]] = {
    InputForm.TEXT: _text,
    InputForm.REQUIRED_TEXT: _required_text,
    InputForm.FLAG: _flag,
    InputForm.IDS: partial(_ids, 0),
    InputForm.REQUIRED_IDS: partial(_ids, 1),
    InputForm.SUBJECT: partial(_number, len(SUBJECTS) - 1),
    InputForm.GRADE_LEVEL: partial(_number, 15),
}
_SPECIAL: Mapping[str, Encoder] = {"options": _options, "credits": _credits, "building_id": _account}
_COMPUTED: Mapping[Kind, Mapping[str, Encoder]] = {
    Kind.SECTION: {"meeting": _meeting},
    Kind.COURSE: {},
    Kind.ENROLLMENT: {"role": _role, "state": _state},
}
_REQUIRED: Mapping[Kind, Iterable[str]] = {
    Kind.SECTION: ("name", "term_ids"),
    Kind.COURSE: ("name", "code"),
    Kind.ENROLLMENT: ("user_id", "role"),
}
_STATUSES: Mapping[EnrollmentState, int] = {state: number for number, state in ENROLLMENT_STATES.items()}
_FLAG_NAMES = "weighted_grading_categories upload_documents create_discussion member_post member_post_comment"
_FLAGS = frozenset(_FLAG_NAMES.split())


def _encoders(kind: Kind, *, creating: bool) -> Mapping[str, Encoder]:
    if kind is Kind.ENROLLMENT and not creating:
        return _COMPUTED[kind]  # the user cannot be changed
    return _ENCODERS[kind]


def _encoders_of(kind: Kind) -> Mapping[str, Encoder]:
    """Return the encoders of a kind's writable keys, by the names of the values."""
    encoders: dict[str, Encoder] = dict(_COMPUTED[kind])
    for key in CATALOG[kind]:
        name = key.input_field or key.field or f"schoology.{key.name}"
        if key.input is InputForm.SPECIAL:
            encoders[name] = _SPECIAL[key.name]
        elif key.input is not None:
            encoders[name] = partial(_FORMS[key.input], key.input_name or key.name)
    return encoders


_ENCODERS = {kind: _encoders_of(kind) for kind in _COMPUTED}
