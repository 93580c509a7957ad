"""What Canvas's rows say, facet by facet.

A `Shape` is one of Canvas's objects as it documents it: each key becomes the native facet
`canvas.<key>`, and those that both vendors have become neutral facets as well. A key that a source
could carry and leaves out means "not permitted": its facets are silent, and never asked again.

https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/progress
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.records import (
    AccountKind,
    CourseState,
    EnrollmentState,
    Grades,
    Kind,
    ProgressState,
    Role,
)
from lms_gateway.vendors.canvas.parts import COURSE_PARTS, ENROLLMENT_PARTS, USER_PARTS
from lms_gateway.vendors.canvas.values import Convert, fields, flag, number, read_id, text

Row = Mapping[str, Any]

ROLES: Mapping[str, Role] = {
    "StudentEnrollment": Role.STUDENT,
    "TeacherEnrollment": Role.TEACHER,
    "TaEnrollment": Role.TA,
    "ObserverEnrollment": Role.OBSERVER,
    "DesignerEnrollment": Role.DESIGNER,
    "StudentViewEnrollment": Role.STUDENT_VIEW,
}
_STATES: Mapping[str, EnrollmentState] = {
    "active": EnrollmentState.ACTIVE,
    "invited": EnrollmentState.INVITED,
    # Invited, by a teacher whose own account is still being made.
    "creation_pending": EnrollmentState.INVITED,
    "inactive": EnrollmentState.INACTIVE,
    "completed": EnrollmentState.COMPLETED,
    "rejected": EnrollmentState.REJECTED,
    "deleted": EnrollmentState.DELETED,
}
_COURSE_STATES: Mapping[str, CourseState] = {
    "unpublished": CourseState.UNPUBLISHED,
    "created": CourseState.UNPUBLISHED,
    "claimed": CourseState.UNPUBLISHED,
    "available": CourseState.AVAILABLE,
    "completed": CourseState.COMPLETED,
    "deleted": CourseState.DELETED,
}
_PROGRESS_STATES: Mapping[str, ProgressState] = {
    "queued": ProgressState.QUEUED,
    "running": ProgressState.RUNNING,
    "completed": ProgressState.COMPLETED,
    "failed": ProgressState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One of Canvas's objects: what each key of a row tells."""

    kind: Kind
    keys: Mapping[str, tuple[tuple[str, Convert], ...]]  # a row's key → its facets
    key_of: Mapping[str, str]  # a facet → the row's key that tells it
    told: Mapping[str, tuple[str, Convert]]  # the same, and what its value is converted by

    @property
    def facets(self) -> Set[str]:
        """All that rows of this shape can tell."""
        return self.key_of.keys()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one row says of one object."""

    id: str
    said: Mapping[str, Any]
    silent: Set[str]  # facets that the row could have told and did not


def read_row(shape: Shape, row: Any, carried: Set[str]) -> Reading:
    """What a row says, from a source that carries these keys.

    Raises UpstreamInvalid where the row is not an object with an id.
    """
    id = row_id(shape, row)
    said: dict[str, Any] = {}
    for key, value in row.items():
        for facet, convert in shape.keys.get(key, ()):
            said[facet] = convert(value)
    if is_stub(row):
        return Reading(id, said, shape.facets - said.keys())
    absent = [key for key in carried if key not in row]
    silent = {facet for key in absent for facet, _ in shape.keys.get(key, ())}
    return Reading(id, said, silent - said.keys())


def row_id(shape: Shape, row: Any) -> str:
    """A row's id. Raises UpstreamInvalid where the row is not an object with an id."""
    id = read_id(row.get("id")) if isinstance(row, Mapping) else None
    if id is None:
        raise no_object(shape)
    return id


def no_object(shape: Shape) -> UpstreamInvalid:
    """For what stands where a row should."""
    return UpstreamInvalid(f"the vendor's reply holds something that is no {shape.kind}")


def is_stub(row: Row) -> bool:
    """Whether this is a course that its dates close to the viewer: no more of it is ever told."""
    return row.keys() == {"id", "access_restricted_by_date"}


def name_parts(sortable: Any) -> dict[str, str | None]:
    """Given and family name, out of `Family, Given` as Canvas does; empty where it cannot."""
    family, comma, given = sortable.partition(",") if isinstance(sortable, str) else ("", "", "")
    if not comma:
        return {}
    return {"given_name": given.strip() or None, "family_name": family.strip() or None}


def _shape(
    kind: Kind,
    fields: Mapping[str, Convert],
    neutral: Mapping[str, str],
    computed: Mapping[str, tuple[str, Convert]] | None = None,
) -> Shape:
    """`neutral` renames keys; `computed` facets are made from a key's raw value."""
    facets: dict[str, tuple[str, Convert]] = {
        f"canvas.{key}": (key, convert) for key, convert in fields.items()
    }
    facets |= {facet: (key, fields[key]) for facet, key in neutral.items()}
    facets |= computed or {}
    keys: dict[str, tuple[tuple[str, Convert], ...]] = {}
    for facet, (key, convert) in facets.items():
        keys[key] = (*keys.get(key, ()), (facet, convert))
    return Shape(kind, keys, {facet: key for facet, (key, _) in facets.items()}, facets)


def _may_manage_calendar(value: Any) -> bool | None:
    return flag(value.get("manage_calendar")) if isinstance(value, Mapping) else None


def _grades(value: Any) -> Grades | None:
    """A student's standing; None where Canvas tells no more than where to look at it."""
    if not isinstance(value, Mapping):
        return None
    grades = Grades(
        current_score=number(value.get("current_score")),
        current_grade=text(value.get("current_grade")),
        final_score=number(value.get("final_score")),
        final_grade=text(value.get("final_grade")),
    )
    return None if grades == Grades() else grades


def _one_of(words: Mapping[str, Any]) -> Convert:
    return lambda value: words.get(value) if isinstance(value, str) else None


def _account_kind(parent: Any) -> AccountKind:
    return AccountKind.ROOT if parent is None else AccountKind.SUB_ACCOUNT


def _is_active(state: Any) -> bool | None:
    return state == "active" if isinstance(state, str) else None


SECTION = _shape(
    Kind.SECTION,
    fields(
        texts="name sis_section_id sis_course_id integration_id",
        ids="course_id nonxlist_course_id sis_import_id",
        moments="start_at end_at created_at",
        flags="restrict_enrollments_to_section_dates",
        wholes="total_students user_count",
        objects="permissions",
        free="passback_status",
    ),
    {
        "name": "name",
        "sis_id": "sis_section_id",
        "integration_id": "integration_id",
        "start_at": "start_at",
        "end_at": "end_at",
        "course_id": "course_id",
        "original_course_id": "nonxlist_course_id",
        "student_count": "total_students",
    },
    {"may_manage_calendar": ("permissions", _may_manage_calendar)},
)

COURSE = _shape(
    Kind.COURSE,
    fields(
        # A grading standard's id is text: Canvas's own default scheme has the id 0.
        texts="sis_course_id uuid integration_id name course_code original_name friendly_name "
        "workflow_state grade_passback_setting locale default_view syllabus_body "
        "public_description grading_standard_id license course_format time_zone image_download_url "
        "banner_image_download_url lti_context_id html_url account_name subaccount_name",
        ids="sis_import_id account_id root_account_id enrollment_term_id subaccount_id",
        moments="created_at start_at end_at",
        flags="apply_assignment_group_weights is_public is_public_to_auth_users public_syllabus "
        "public_syllabus_to_auth hide_final_grades allow_student_assignment_edits "
        "allow_wiki_comments allow_student_forum_attachments open_enrollment self_enrollment "
        "restrict_enrollments_to_course_dates access_restricted_by_date blueprint template "
        "is_favorite concluded post_manually has_grading_periods",
        wholes="total_students needs_grading_count",
        numbers="storage_quota_mb storage_quota_used_mb",
        free_objects="blueprint_restrictions_by_object_type",
        lists="observed_users",
        free="passback_status grading_scheme",
    )
    | COURSE_PARTS,
    {
        "name": "name",
        "code": "course_code",
        "sis_id": "sis_course_id",
        "integration_id": "integration_id",
        "description": "public_description",
        "start_at": "start_at",
        "end_at": "end_at",
        "time_zone": "time_zone",
        "image_url": "image_download_url",
        "term_id": "enrollment_term_id",
        "account_id": "account_id",
        "student_count": "total_students",
    },
    {"state": ("workflow_state", _one_of(_COURSE_STATES))},
)

USER = _shape(
    Kind.USER,
    fields(
        texts="name sortable_name short_name first_name last_name sis_user_id integration_id "
        "login_id root_account pronouns avatar_url email bio title locale effective_locale "
        "time_zone uuid past_uuid confirmation_url lti_id lti_user_id primary_email "
        "pronunciation",
        ids="sis_import_id merged_into_user_id",
        moments="created_at last_login",
        flags="k5_user",
        free_lists="custom_links",
    )
    | USER_PARTS,
    {
        "name": "name",
        "display_name": "short_name",
        "sortable_name": "sortable_name",
        "given_name": "first_name",
        "family_name": "last_name",
        "pronouns": "pronouns",
        "email": "email",
        "username": "login_id",
        "sis_id": "sis_user_id",
        "integration_id": "integration_id",
        "avatar_url": "avatar_url",
        "bio": "bio",
        "locale": "locale",
        "time_zone": "time_zone",
    },
)

DISPLAY = _shape(
    Kind.USER,
    fields(
        texts="anonymous_id display_name avatar_image_url html_url pronouns",
        flags="fake_student",
    ),
    {
        "display_name": "display_name",
        "avatar_url": "avatar_image_url",
        "pronouns": "pronouns",
    },
)
"""A teacher as a course lists them (`UserDisplay`): enough to show, and no more."""

ENROLLMENT = _shape(
    Kind.ENROLLMENT,
    fields(
        texts="type role enrollment_state html_url sis_account_id sis_course_id "
        "course_integration_id sis_section_id section_integration_id sis_user_id "
        "temporary_enrollment_source_user_id",
        ids="root_account_id user_id course_id course_section_id associated_user_id role_id "
        "sis_import_id",
        moments="created_at updated_at start_at end_at last_activity_at last_attended_at",
        flags="limit_privileges_to_course_section locked can_be_removed",
        wholes="total_activity_time",
        objects="observed_user",
    )
    | ENROLLMENT_PARTS,
    {
        "user_id": "user_id",
        "section_id": "course_section_id",
        "course_id": "course_id",
        "start_at": "start_at",
        "end_at": "end_at",
        "last_activity_at": "last_activity_at",
    },
    {
        "role": ("type", _one_of(ROLES)),
        "state": ("enrollment_state", _one_of(_STATES)),
        "grades": ("grades", _grades),
    },
)

TERM = _shape(
    Kind.TERM,
    fields(
        texts="name workflow_state sis_term_id",
        ids="grading_period_group_id sis_import_id",
        moments="start_at end_at created_at",
        free="overrides",
    ),
    {"name": "name", "start_at": "start_at", "end_at": "end_at"},
    {"is_active": ("workflow_state", _is_active)},
)

ACCOUNT = _shape(
    Kind.ACCOUNT,
    fields(
        texts="name workflow_state uuid default_time_zone sis_account_id integration_id lti_guid "
        "global_id terms_of_use_url privacy_policy_url recaptcha_key",
        ids="parent_account_id root_account_id sis_import_id course_template_id",
        flags="terms_required",
        wholes="course_count sub_account_count",
        numbers="default_storage_quota_mb default_user_storage_quota_mb "
        "default_group_storage_quota_mb",
        free_objects="registration_settings services",
    ),
    {
        "name": "name",
        "sis_id": "sis_account_id",
        "parent_id": "parent_account_id",
        "time_zone": "default_time_zone",
    },
    {"account_kind": ("parent_account_id", _account_kind)},
)

PROGRESS = _shape(
    Kind.PROGRESS,
    fields(
        texts="context_type tag workflow_state message url",
        ids="context_id user_id",
        moments="created_at updated_at",
        numbers="completion",
        free="results",
    ),
    {
        "completion": "completion",
        "tag": "tag",
        "message": "message",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    {"state": ("workflow_state", _one_of(_PROGRESS_STATES))},
)
