"""Maps the values of a command to the parameters that Canvas documents.

https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.vendors.canvas.rows import field_maps
from lms_gateway.vendors.canvas.rows.converters import ROLES
from lms_gateway.vendors.shared.results import NOTHING_TO_CHANGE, bad_input, unsupported


@dataclass(frozen=True, slots=True)
class InputMapping:
    """The parameters of one operation, by the names of values and options.

    A value without a parameter is rejected before anything is sent. Records' parameters come from
    the catalog (`rows.catalog`).
    """

    noun: str  # what is written, for messages
    block: str  # the key of the object that contains the values; empty: they are at the top
    keys: Mapping[str, str]
    cleared_by_empty_text: Set[str] = frozenset()  # keys for which Canvas ignores null
    top_level_options: Mapping[str, str] = field(default_factory=dict)
    block_options: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)  # of rejections, if not parameters
    unsupported_reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def field_names(self) -> Mapping[str, str]:
        """Our names of the attributes in Canvas's rejections."""
        return {**{key: name for name, key in self.keys.items()}, **self.attributes}

    def validate(self, values: Values, options: Values) -> list[InputProblem]:
        """Return a problem for each value and option that Canvas has no parameter for."""
        known_options = self.top_level_options.keys() | self.block_options.keys()
        names = [name for name in values if name not in self.keys]
        names += [name for name, value in options.items() if value is not None and name not in known_options]
        return [
            unsupported(
                self.unsupported_reasons.get(name, f"Canvas's {self.noun} have no {_label(name)}"), name
            )
            for name in names
        ]

    def validate_update(self, values: Values) -> list[InputProblem]:
        """Return the problems of an update without options; it must have a value."""
        return self.validate(values, {}) or ([] if values else [NOTHING_TO_CHANGE])

    def encode(self, values: Values, options: Values) -> dict[str, Any]:
        """Return the body."""
        inner = {self.keys[name]: encode_value(value) for name, value in values.items()}
        for key in self.cleared_by_empty_text & inner.keys():
            inner[key] = "" if inner[key] is None else inner[key]
        inner |= _encode_options(self.block_options, options)
        body = {self.block: inner} if self.block else inner
        return body | _encode_options(self.top_level_options, options)


def encode_value(value: Any) -> Any:
    """Return a value as JSON that Canvas reads."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: encode_value(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [encode_value(item) for item in value]
    return value


def _encode_options(keys: Mapping[str, str], options: Values) -> dict[str, Any]:
    given = {key: options[name] for name, key in keys.items() if options.get(name) is not None}
    if "enroll_me" in given:  # Canvas compares it with the word
        given["enroll_me"] = "true" if given["enroll_me"] else "false"
    return {key: encode_value(value) for key, value in given.items()}


def validate_images(values: Values) -> list[InputProblem]:
    """Return a problem for each of several values that set a course's image."""
    names = ("canvas.image_id", "canvas.image_url", "canvas.remove_image")
    given = [name for name in names if values.get(name)]
    message = "imageId, imageUrl and removeImage must not be combined"
    return [bad_input(message, name) for name in given] if len(given) > 1 else []


def normalize_images(values: Values) -> dict[str, Any]:
    """Return the values; Canvas wants an image that is set to null as `remove_image`."""
    names = ("canvas.image_id", "canvas.image_url")
    remaining = {name: value for name, value in values.items() if name not in names or value}
    if len(remaining) < len(values) and not any(name in remaining for name in names):
        remaining["canvas.remove_image"] = True
    return remaining


def encode_enrollment(values: Values, options: Values) -> tuple[dict[str, Any], list[InputProblem]]:
    """Return the body of an enrollment, and the problems of its values."""
    given = {name: value for name, value in {**values, **options}.items() if value is not None}
    problems = ENROLLMENT.validate(given, {})
    if "role" in given:
        if given["role"] is Role.STUDENT_VIEW:
            problems.append(unsupported("use createTestStudent to create a test student", "role"))
        given["role"] = _ENROLLMENT_TYPES.get(given["role"])
    if "state" in given:
        if given["state"] not in _ENROLLMENT_STATES:
            problems.append(unsupported("must be ACTIVE, INVITED or INACTIVE", "state"))
        given["state"] = _ENROLLMENT_STATES.get(given["state"])
    return {} if problems else ENROLLMENT.encode(given, {}), problems


def _label(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ")


_ATTRIBUTES: Mapping[str, str] = {
    "sis_source_id": "sis_id",
    "unparsable_content": "canvas.syllabus_body",
    "conclude_at": "end_at",
    "enrollment_term_id": "term_id",
    "workflow_state": "canvas.event",
    "storage_quota": "canvas.storage_quota_mb",
}
_REACTIVATION = {"canvas.enable_sis_reactivation": "enable_sis_reactivation"}
_STICKINESS = {"canvas.override_sis_stickiness": "override_sis_stickiness"}
_OFFER, _ENROLL_ME = {"canvas.offer": "offer"}, {"canvas.enroll_me": "enroll_me"}
_EVENT = {"canvas.event": "event"}
_CREATE_ONLY = "can be set only when the object is created"
_UPDATE_ONLY = "can be set only after the object was created"

_NEW_COURSE, _COURSE = field_maps.COURSE.parameters("c"), field_maps.COURSE.parameters("u")
_section_mapping = partial(
    InputMapping,
    "sections",
    "course_section",
    cleared_by_empty_text=field_maps.SECTION.cleared_by_empty_text,
    attributes=_ATTRIBUTES,
)
_course_mapping = partial(
    InputMapping,
    "courses",
    "course",
    cleared_by_empty_text=field_maps.COURSE.cleared_by_empty_text,
    attributes=_ATTRIBUTES,
)

NEW_SECTION = _section_mapping(
    field_maps.SECTION.parameters("c"),
    top_level_options=_REACTIVATION,
    unsupported_reasons=dict.fromkeys(_STICKINESS, _UPDATE_ONLY),
)
SECTION = _section_mapping(
    field_maps.SECTION.parameters("u"),
    top_level_options=_STICKINESS,
    unsupported_reasons=dict.fromkeys(_REACTIVATION, _CREATE_ONLY),
)
NEW_COURSE = _course_mapping(
    _NEW_COURSE,
    top_level_options=_OFFER | _ENROLL_ME | _REACTIVATION,
    unsupported_reasons=dict.fromkeys(
        (_COURSE.keys() - _NEW_COURSE.keys()) | _EVENT.keys() | _STICKINESS.keys(), _UPDATE_ONLY
    ),
)
COURSE = _course_mapping(
    _COURSE,
    top_level_options=_OFFER | _STICKINESS,
    block_options=_EVENT,
    unsupported_reasons=dict.fromkeys(_ENROLL_ME | _REACTIVATION, _CREATE_ONLY),
)
SETTINGS = InputMapping(
    "course settings", "", {key.name: key.name for key in field_maps.COURSE_SETTINGS if "u" in key.write}
)
ENROLLMENT = InputMapping(
    "enrollments",
    "enrollment",
    field_maps.ENROLLMENT.parameters("c") | {"role": "type", "state": "enrollment_state"},
    attributes={"role": "role", "workflow_state": "state"},
)
_ENROLLMENT_TYPES = {role: word for word, role in ROLES.items()}
_ENROLLMENT_STATES: Mapping[EnrollmentState, str] = {
    EnrollmentState.ACTIVE: "active",
    EnrollmentState.INVITED: "invited",
    EnrollmentState.INACTIVE: "inactive",
}
_CONTENT = (
    "course_settings assignments external_tools files topics calendar_events quizzes wiki_pages "
    "modules outcomes"
)
COPYABLE_CONTENT = frozenset(_CONTENT.split())
"""The kinds of content that a course copy can select."""
