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

from lms_gateway.domain.changes import Problem, Values
from lms_gateway.domain.records import EnrollmentState, Role
from lms_gateway.vendors.canvas.rows import ROLES

UNSUPPORTED = "UNSUPPORTED_BY_VENDOR"


@dataclass(frozen=True, slots=True)
class Form:
    """One operation's parameters."""

    noun: str  # what is changed, for people to read
    block: str  # the key that holds the values
    keys: Mapping[str, str]  # a value's name → Canvas's parameter within the block
    top: Mapping[str, str] = field(default_factory=dict)  # an option's name → a top-level parameter
    steering: Mapping[str, str] = field(default_factory=dict)  # … → one within the block
    # Names that a sibling operation takes and this one does not, and why.
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """Our names by the attributes that Canvas refuses, which are not always its parameters."""
        return {**{key: name for name, key in self.keys.items()}, **_ATTRIBUTES}

    def refuse(self, values: Values, options: Values) -> list[Problem]:
        """What of a change Canvas has no notion of."""
        unknown = [name for name in values if name not in self.keys]
        steered = self.top.keys() | self.steering.keys()
        unknown += [
            name for name, given in options.items() if given is not None and name not in steered
        ]
        return [
            Problem(
                UNSUPPORTED,
                self.elsewhere.get(name, f"Canvas's {self.noun} have no {_of(name)}"),
                name,
            )
            for name in unknown
        ]

    def fill(self, values: Values, options: Values) -> dict[str, Any]:
        """The body to send."""
        inner = {
            self.keys[name]: _EMPTY.get(self.keys[name]) if value is None else write(value)
            for name, value in values.items()
        }
        inner |= {
            key: write(options[name])
            for name, key in self.steering.items()
            if options.get(name) is not None
        }
        body: dict[str, Any] = {self.block: inner}
        body |= {
            key: _write_option(key, options[name])
            for name, key in self.top.items()
            if options.get(name) is not None
        }
        return body


def write(value: Any) -> Any:
    """A value in JSON, as Canvas reads it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: write(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [write(inner) for inner in value]
    return value


def image_problems(values: Values) -> list[Problem]:
    """Whether a course's picture is given twice, or given and taken away."""
    given = [name for name in ("canvas.image_id", "canvas.image_url") if values.get(name)]
    if values.get("canvas.remove_image"):
        given.append("canvas.remove_image")
    if len(given) < 2:
        return []
    message = "give one of imageId, imageUrl and removeImage"
    return [Problem("BAD_USER_INPUT", message, name) for name in given]


def drop_images(values: Values) -> dict[str, Any]:
    """A picture that is set to nothing is one that is taken away, which Canvas says otherwise."""
    pictures = ("canvas.image_id", "canvas.image_url")
    rest = {name: value for name, value in values.items() if name not in pictures or value}
    if len(rest) < len(values) and not any(name in rest for name in pictures):
        rest["canvas.remove_image"] = True
    return rest


def enrollment_body(values: Values, options: Values) -> tuple[dict[str, Any], list[Problem]]:
    """What an enrolling sends, and what of it Canvas has no notion of."""
    given = {name: value for name, value in {**values, **options}.items() if value is not None}
    role, state = given.pop("role", None), given.pop("state", None)
    problems = [
        Problem(UNSUPPORTED, f"Canvas's enrollments have no {_of(name)}", name)
        for name in given
        if name not in _ENROLLMENT
    ]
    body = {key: write(given[name]) for name, key in _ENROLLMENT.items() if name in given}
    if role is not None:
        if role is Role.STUDENT_VIEW:
            problems.append(
                Problem(UNSUPPORTED, "a test student is made with createTestStudent", "role")
            )
        body["type"] = _TYPES.get(role)
    if state is not None:
        if state not in _STATES:
            why = "Canvas enrols people as ACTIVE, INVITED or INACTIVE"
            problems.append(Problem(UNSUPPORTED, why, "state"))
        body["enrollment_state"] = _STATES.get(state)
    return {"enrollment": body}, problems


def _write_option(key: str, value: Any) -> Any:
    # Canvas compares this one with the word.
    return ("true" if value else "false") if key == "enroll_me" else write(value)


def _of(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ")


def _native(words: str) -> dict[str, str]:
    return {f"canvas.{word}": word for word in words.split()}


_EMPTY: Mapping[str, str] = dict.fromkeys(
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
    **_native("restrict_enrollments_to_section_dates"),
}
_REACTIVATE = {"canvas.enable_sis_reactivation": "enable_sis_reactivation"}
_STICKY = {"canvas.override_sis_stickiness": "override_sis_stickiness"}
_ON_CREATING = "Canvas takes this where something is made, and not of what is there"
_ON_UPDATING = "Canvas takes this of what is there, and not where something is made"

NEW_SECTION = Form(
    "sections",
    "course_section",
    _SECTION,
    top=_REACTIVATE,
    elsewhere=dict.fromkeys(_STICKY, _ON_UPDATING),
)
SECTION = Form(
    "sections",
    "course_section",
    _SECTION,
    top=_STICKY,
    elsewhere=dict.fromkeys(_REACTIVATE, _ON_CREATING),
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
    **_native(
        "license is_public is_public_to_auth_users public_syllabus public_syllabus_to_auth "
        "allow_student_wiki_edits allow_wiki_comments allow_student_forum_attachments "
        "open_enrollment self_enrollment restrict_enrollments_to_course_dates hide_final_grades "
        "apply_assignment_group_weights default_view syllabus_body grading_standard_id "
        "grade_passback_setting course_format post_manually"
    ),
}
_OF_OLD_COURSES = {
    "account_id": "account_id",
    **_native(
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

NEW_COURSE = Form(
    "courses",
    "course",
    _COURSE,
    top=_OFFER | _ENROLL_ME | _REACTIVATE,
    elsewhere=dict.fromkeys(_OF_OLD_COURSES | _EVENT | _STICKY, _ON_UPDATING),
)
COURSE = Form(
    "courses",
    "course",
    _COURSE | _OF_OLD_COURSES,
    top=_OFFER | _STICKY,
    steering=_EVENT,
    elsewhere=dict.fromkeys(_ENROLL_ME | _REACTIVATE, _ON_CREATING),
)

SETTINGS = Form(
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
    **_native("role_id limit_privileges_to_course_section associated_user_id notify"),
}
ENROLLMENT_NAMES: Mapping[str, str] = {
    **{key: name for name, key in _ENROLLMENT.items()},
    "type": "role",
    "role": "role",
    "enrollment_state": "state",
    "workflow_state": "state",
}
"""Our names by the attributes of an enrollment that Canvas refuses."""

_TYPES = {role: word for word, role in ROLES.items()}
_STATES: Mapping[EnrollmentState, str] = {
    EnrollmentState.ACTIVE: "active",
    EnrollmentState.INVITED: "invited",
    EnrollmentState.INACTIVE: "inactive",
}
CONTENT = frozenset(
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
