"""From a change's values to what Canvas is sent.

A `Form` is one operation's documented parameters by our names. What it does not know is refused
before anything is sent. Null is sent where Canvas takes it for "nothing", and else as the word that
it takes for that: it reads a null SIS id as one that was left out.

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
from lms_gateway.vendors.canvas.rows.field_maps import ROLES

UNSUPPORTED = "UNSUPPORTED_BY_VENDOR"


@dataclass(frozen=True, slots=True)
class InputMapping:
    """One operation's parameters."""

    object_name: str  # what is changed, for people to read
    block: str  # the key that holds the values
    keys: Mapping[str, str]  # a value's name → Canvas's parameter within the block
    top_level_options: Mapping[str, str] = field(
        default_factory=dict
    )  # an option's name → a top-level parameter
    block_options: Mapping[str, str] = field(default_factory=dict)  # … → one within the block
    # Names that a sibling operation takes and this one does not, and why.
    unsupported_reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def field_names(self) -> Mapping[str, str]:
        """Our names by the attributes that Canvas refuses, which are not always its parameters."""
        return {**{key: name for name, key in self.keys.items()}, **_FIELDS_BY_ATTRIBUTE}

    def validate(self, values: Values, options: Values) -> list[InputProblem]:
        """What of a change Canvas has no notion of."""
        unsupported = [name for name in values if name not in self.keys]
        known_options = self.top_level_options.keys() | self.block_options.keys()
        unsupported += [
            name
            for name, value in options.items()
            if value is not None and name not in known_options
        ]
        return [
            InputProblem(
                UNSUPPORTED,
                self.unsupported_reasons.get(
                    name, f"Canvas's {self.object_name} have no {_label(name)}"
                ),
                name,
            )
            for name in unsupported
        ]

    def encode(self, values: Values, options: Values) -> dict[str, Any]:
        """The body to send."""
        block_values = {
            self.keys[name]: _UNSET_VALUES.get(self.keys[name])
            if value is None
            else encode_value(value)
            for name, value in values.items()
        }
        block_values |= {
            key: encode_value(options[name])
            for name, key in self.block_options.items()
            if options.get(name) is not None
        }
        body: dict[str, Any] = {self.block: block_values}
        body |= {
            key: _encode_option(key, options[name])
            for name, key in self.top_level_options.items()
            if options.get(name) is not None
        }
        return body


def encode_value(value: Any) -> Any:
    """A value in JSON, as Canvas reads it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: encode_value(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [encode_value(item) for item in value]
    return value


def validate_images(values: Values) -> list[InputProblem]:
    """Whether a course's picture is given twice, or given and taken away."""
    given_names = [name for name in ("canvas.image_id", "canvas.image_url") if values.get(name)]
    if values.get("canvas.remove_image"):
        given_names.append("canvas.remove_image")
    if len(given_names) < 2:
        return []
    message = "give one of imageId, imageUrl and removeImage"
    return [InputProblem("BAD_USER_INPUT", message, name) for name in given_names]


def normalize_images(values: Values) -> dict[str, Any]:
    """A picture that is set to nothing is one that is taken away, which Canvas says otherwise."""
    image_names = ("canvas.image_id", "canvas.image_url")
    remaining = {name: value for name, value in values.items() if name not in image_names or value}
    if len(remaining) < len(values) and not any(name in remaining for name in image_names):
        remaining["canvas.remove_image"] = True
    return remaining


def encode_enrollment(values: Values, options: Values) -> tuple[dict[str, Any], list[InputProblem]]:
    """What an enrolling sends, and what of it Canvas has no notion of."""
    arguments = {name: value for name, value in {**values, **options}.items() if value is not None}
    role, state = arguments.pop("role", None), arguments.pop("state", None)
    problems = [
        InputProblem(UNSUPPORTED, f"Canvas's enrollments have no {_label(name)}", name)
        for name in arguments
        if name not in _ENROLLMENT
    ]
    body = {
        key: encode_value(arguments[name]) for name, key in _ENROLLMENT.items() if name in arguments
    }
    if role is not None:
        if role is Role.STUDENT_VIEW:
            problems.append(
                InputProblem(UNSUPPORTED, "a test student is made with createTestStudent", "role")
            )
        body["type"] = _ENROLLMENT_TYPES.get(role)
    if state is not None:
        if state not in _ENROLLMENT_STATES:
            message = "Canvas enrols people as ACTIVE, INVITED or INACTIVE"
            problems.append(InputProblem(UNSUPPORTED, message, "state"))
        body["enrollment_state"] = _ENROLLMENT_STATES.get(state)
    return {"enrollment": body}, problems


def _encode_option(key: str, value: Any) -> Any:
    # Canvas compares this one with the word.
    return ("true" if value else "false") if key == "enroll_me" else encode_value(value)


def _label(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ")


def _canvas_keys(keys: str) -> dict[str, str]:
    return {f"canvas.{key}": key for key in keys.split()}


_UNSET_VALUES: Mapping[str, str] = dict.fromkeys(
    (
        "sis_section_id",
        "sis_course_id",
        "integration_id",
        "grading_standard_id",
        "grade_passback_setting",
        "course_format",
        "course_color",
        "friendly_name",
    ),
    "",
)
"""What stands for nothing, where it is not null."""

_FIELDS_BY_ATTRIBUTE: Mapping[str, str] = {
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
_SIS_REACTIVATION = {"canvas.enable_sis_reactivation": "enable_sis_reactivation"}
_SIS_STICKINESS = {"canvas.override_sis_stickiness": "override_sis_stickiness"}
_CREATE_ONLY = "Canvas takes this where something is made, and not of what is there"
_UPDATE_ONLY = "Canvas takes this of what is there, and not where something is made"

NEW_SECTION = InputMapping(
    "sections",
    "course_section",
    _SECTION,
    top_level_options=_SIS_REACTIVATION,
    unsupported_reasons=dict.fromkeys(_SIS_STICKINESS, _UPDATE_ONLY),
)
SECTION = InputMapping(
    "sections",
    "course_section",
    _SECTION,
    top_level_options=_SIS_STICKINESS,
    unsupported_reasons=dict.fromkeys(_SIS_REACTIVATION, _CREATE_ONLY),
)

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
_OFFER = {"canvas.offer": "offer"}
_ENROLL_ME = {"canvas.enroll_me": "enroll_me"}
_EVENT = {"canvas.event": "event"}

NEW_COURSE = InputMapping(
    "courses",
    "course",
    _COURSE,
    top_level_options=_OFFER | _ENROLL_ME | _SIS_REACTIVATION,
    unsupported_reasons=dict.fromkeys(_COURSE_UPDATE | _EVENT | _SIS_STICKINESS, _UPDATE_ONLY),
)
COURSE = InputMapping(
    "courses",
    "course",
    _COURSE | _COURSE_UPDATE,
    top_level_options=_OFFER | _SIS_STICKINESS,
    block_options=_EVENT,
    unsupported_reasons=dict.fromkeys(_ENROLL_ME | _SIS_REACTIVATION, _CREATE_ONLY),
)

SETTINGS = InputMapping(
    "course settings",
    "",
    {
        word: word
        for word in (
            "allow_final_grade_override",
            "allow_student_discussion_topics",
            "allow_student_forum_attachments",
            "allow_student_discussion_editing",
            "allow_student_organized_groups",
            "allow_student_discussion_reporting",
            "allow_student_anonymous_discussion_topics",
            "filter_speed_grader_by_student_group",
            "hide_final_grades",
            "hide_distribution_graphs",
            "hide_sections_on_course_users_page",
            "lock_all_announcements",
            "usage_rights_required",
            "restrict_student_past_view",
            "restrict_student_future_view",
            "show_announcements_on_home_page",
            "home_page_announcement_limit",
            "syllabus_course_summary",
            "default_due_time",
            "conditional_release",
        )
    },
)
"""`PUT /courses/:id/settings`, whose values are not in a block."""

_ENROLLMENT = {
    "user_id": "user_id",
    **_canvas_keys("role_id limit_privileges_to_course_section associated_user_id notify"),
}
ENROLLMENT_FIELD_NAMES: Mapping[str, str] = {
    **{key: name for name, key in _ENROLLMENT.items()},
    "type": "role",
    "role": "role",
    "enrollment_state": "state",
    "workflow_state": "state",
}
"""Our names by the attributes of an enrollment that Canvas refuses."""

_ENROLLMENT_TYPES = {role: word for word, role in ROLES.items()}
_ENROLLMENT_STATES: Mapping[EnrollmentState, str] = {
    EnrollmentState.ACTIVE: "active",
    EnrollmentState.INVITED: "invited",
    EnrollmentState.INACTIVE: "inactive",
}
COPYABLE_CONTENT = frozenset(
    {
        "course_settings",
        "assignments",
        "external_tools",
        "files",
        "topics",
        "calendar_events",
        "quizzes",
        "wiki_pages",
        "modules",
        "outcomes",
    }
)
"""What a course copy may be narrowed to."""
