"""Maps the values of a command to the parameters that Canvas documents.

https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.vendors.canvas.rows.converters import ROLES
from lms_gateway.vendors.shared.results import bad_input, unsupported


@dataclass(frozen=True, slots=True)
class InputMapping:
    """The parameters of one operation, by the names of values and options.

    A value without a parameter is rejected before anything is sent.
    """

    noun: str  # what is written, for messages
    block: str  # the key of the object that contains the values; empty: they are at the top
    keys: Mapping[str, str]
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
        names += [
            name
            for name, value in options.items()
            if value is not None and name not in known_options
        ]
        return [
            unsupported(
                self.unsupported_reasons.get(name, f"Canvas's {self.noun} have no {_label(name)}"),
                name,
            )
            for name in names
        ]

    def encode(self, values: Values, options: Values) -> dict[str, Any]:
        """Return the body. None becomes the word that Canvas takes for unset, else null."""
        inner = {
            self.keys[name]: _UNSET_VALUES.get(self.keys[name])
            if value is None
            else encode_value(value)
            for name, value in values.items()
        }
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
    kept = {name: value for name, value in values.items() if name not in names or value}
    if len(kept) < len(values) and not any(name in kept for name in names):
        kept["canvas.remove_image"] = True
    return kept


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


def _canvas_keys(keys: str) -> dict[str, str]:
    return {f"canvas.{key}": key for key in keys.split()}


_UNSET_AS_TEXT = (
    "sis_section_id sis_course_id integration_id grading_standard_id grade_passback_setting "
    "course_format course_color friendly_name"
)
_UNSET_VALUES: Mapping[str, str] = dict.fromkeys(_UNSET_AS_TEXT.split(), "")
"""What Canvas takes for unset, if it is not null. It ignores a null SIS id."""

_ATTRIBUTES: Mapping[str, str] = {
    "sis_source_id": "sis_id",
    "unparsable_content": "canvas.syllabus_body",
    "conclude_at": "end_at",
    "enrollment_term_id": "term_id",
    "workflow_state": "canvas.event",
    "storage_quota": "canvas.storage_quota_mb",
}
_SECTION = {
    "name": "name",
    "sis_id": "sis_section_id",
    "integration_id": "integration_id",
    "start_at": "start_at",
    "end_at": "end_at",
    **_canvas_keys("restrict_enrollments_to_section_dates"),
}
_COURSE = {
    "name": "name",
    "code": "course_code",
    "sis_id": "sis_course_id",
    "integration_id": "integration_id",
    "description": "public_description",
    "start_at": "start_at",
    "end_at": "end_at",
    "time_zone": "time_zone",
    "term_id": "term_id",
    **_canvas_keys(
        "license is_public is_public_to_auth_users public_syllabus public_syllabus_to_auth "
        "allow_student_wiki_edits allow_wiki_comments allow_student_forum_attachments "
        "open_enrollment self_enrollment restrict_enrollments_to_course_dates hide_final_grades "
        "apply_assignment_group_weights default_view syllabus_body grading_standard_id "
        "grade_passback_setting course_format post_manually"
    ),
}
_COURSE_UPDATE = {
    "account_id": "account_id",
    **_canvas_keys(
        "storage_quota_mb syllabus_course_summary image_id image_url remove_image "
        "remove_banner_image blueprint blueprint_restrictions "
        "use_blueprint_restrictions_by_object_type blueprint_restrictions_by_object_type "
        "homeroom_course sync_enrollments_from_homeroom homeroom_course_id template course_color "
        "friendly_name enable_course_paces conditional_release"
    ),
}
_SETTINGS = (
    "allow_final_grade_override allow_student_discussion_topics allow_student_forum_attachments "
    "allow_student_discussion_editing allow_student_organized_groups "
    "allow_student_discussion_reporting allow_student_anonymous_discussion_topics "
    "filter_speed_grader_by_student_group hide_final_grades hide_distribution_graphs "
    "hide_sections_on_course_users_page lock_all_announcements usage_rights_required "
    "restrict_student_past_view restrict_student_future_view show_announcements_on_home_page "
    "home_page_announcement_limit syllabus_course_summary default_due_time conditional_release"
)
_REACTIVATION = _canvas_keys("enable_sis_reactivation")
_STICKINESS = _canvas_keys("override_sis_stickiness")
_OFFER, _ENROLL_ME, _EVENT = map(_canvas_keys, ("offer", "enroll_me", "event"))
_CREATE_ONLY = "can be set only when the object is created"
_UPDATE_ONLY = "can be set only after the object was created"

NEW_SECTION = InputMapping(
    "sections",
    "course_section",
    _SECTION,
    top_level_options=_REACTIVATION,
    attributes=_ATTRIBUTES,
    unsupported_reasons=dict.fromkeys(_STICKINESS, _UPDATE_ONLY),
)
SECTION = InputMapping(
    "sections",
    "course_section",
    _SECTION,
    top_level_options=_STICKINESS,
    attributes=_ATTRIBUTES,
    unsupported_reasons=dict.fromkeys(_REACTIVATION, _CREATE_ONLY),
)
NEW_COURSE = InputMapping(
    "courses",
    "course",
    _COURSE,
    top_level_options=_OFFER | _ENROLL_ME | _REACTIVATION,
    attributes=_ATTRIBUTES,
    unsupported_reasons=dict.fromkeys(_COURSE_UPDATE | _EVENT | _STICKINESS, _UPDATE_ONLY),
)
COURSE = InputMapping(
    "courses",
    "course",
    _COURSE | _COURSE_UPDATE,
    top_level_options=_OFFER | _STICKINESS,
    block_options=_EVENT,
    attributes=_ATTRIBUTES,
    unsupported_reasons=dict.fromkeys(_ENROLL_ME | _REACTIVATION, _CREATE_ONLY),
)
SETTINGS = InputMapping("course settings", "", {key: key for key in _SETTINGS.split()})
ENROLLMENT = InputMapping(
    "enrollments",
    "enrollment",
    {
        "user_id": "user_id",
        "role": "type",
        "state": "enrollment_state",
        **_canvas_keys("role_id limit_privileges_to_course_section associated_user_id notify"),
    },
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
