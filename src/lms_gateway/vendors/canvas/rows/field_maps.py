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
from lms_gateway.domain.models import (
    AccountKind,
    CourseState,
    EnrollmentState,
    Grades,
    ProgressState,
    Role,
)
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.rows.converters import (
    Converter,
    converters_of,
    parse_id,
    to_bool,
    to_float,
    to_text,
)
from lms_gateway.vendors.canvas.rows.nested_objects import (
    COURSE_OBJECTS,
    ENROLLMENT_OBJECTS,
    USER_OBJECTS,
)

Row = Mapping[str, Any]

ROLES: Mapping[str, Role] = {
    "StudentEnrollment": Role.STUDENT,
    "TeacherEnrollment": Role.TEACHER,
    "TaEnrollment": Role.TA,
    "ObserverEnrollment": Role.OBSERVER,
    "DesignerEnrollment": Role.DESIGNER,
    "StudentViewEnrollment": Role.STUDENT_VIEW,
}
_ENROLLMENT_STATES: Mapping[str, EnrollmentState] = {
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
class FieldMap:
    """One of Canvas's objects: what each key of a row tells."""

    kind: Kind
    by_key: Mapping[str, tuple[tuple[str, Converter], ...]]  # a row's key → its facets
    key_of: Mapping[str, str]  # a facet → the row's key that tells it
    by_field: Mapping[str, tuple[str, Converter]]  # the same, and what its value is converted by

    @property
    def fields(self) -> Set[str]:
        """All that rows of this shape can tell."""
        return self.key_of.keys()


@dataclass(frozen=True, slots=True)
class DecodedRow:
    """What one row says of one object."""

    id: str
    values: Mapping[str, Any]
    absent_fields: Set[str]  # facets that the row could have told and did not


def decode_row(field_map: FieldMap, row: Any, expected_keys: Set[str]) -> DecodedRow:
    """What a row says, from a source that carries these keys.

    Raises UpstreamInvalid where the row is not an object with an id.
    """
    vendor_id = row_id(field_map, row)
    values: dict[str, Any] = {}
    for key, value in row.items():
        for field_name, converter in field_map.by_key.get(key, ()):
            values[field_name] = converter(value)
    if is_stub(row):
        return DecodedRow(vendor_id, values, field_map.fields - values.keys())
    absent_keys = [key for key in expected_keys if key not in row]
    absent_fields = {
        field_name for key in absent_keys for field_name, _ in field_map.by_key.get(key, ())
    }
    return DecodedRow(vendor_id, values, absent_fields - values.keys())


def row_id(field_map: FieldMap, row: Any) -> str:
    """A row's id. Raises UpstreamInvalid where the row is not an object with an id."""
    vendor_id = parse_id(row.get("id")) if isinstance(row, Mapping) else None
    if vendor_id is None:
        raise invalid_row(field_map)
    return vendor_id


def invalid_row(field_map: FieldMap) -> UpstreamInvalid:
    """For what stands where a row should."""
    return UpstreamInvalid(f"the vendor's reply holds something that is no {field_map.kind}")


def is_stub(row: Row) -> bool:
    """Whether this is a course that its dates close to the viewer: no more of it is ever told."""
    return row.keys() == {"id", "access_restricted_by_date"}


def name_parts(sortable_name: Any) -> dict[str, str | None]:
    """Given and family name, out of `Family, Given` as Canvas does; empty where it cannot."""
    family, comma, given = (
        sortable_name.partition(",") if isinstance(sortable_name, str) else ("", "", "")
    )
    if not comma:
        return {}
    return {"given_name": given.strip() or None, "family_name": family.strip() or None}


def _field_map(
    kind: Kind,
    converters: Mapping[str, Converter],
    common_fields: Mapping[str, str],
    computed: Mapping[str, tuple[str, Converter]] | None = None,
) -> FieldMap:
    """`neutral` renames keys; `computed` facets are made from a key's raw value."""
    by_field: dict[str, tuple[str, Converter]] = {
        f"canvas.{key}": (key, converter) for key, converter in converters.items()
    }
    by_field |= {field_name: (key, converters[key]) for field_name, key in common_fields.items()}
    by_field |= computed or {}
    by_key: dict[str, tuple[tuple[str, Converter], ...]] = {}
    for field_name, (key, converter) in by_field.items():
        by_key[key] = (*by_key.get(key, ()), (field_name, converter))
    return FieldMap(
        kind, by_key, {field_name: key for field_name, (key, _) in by_field.items()}, by_field
    )


def _may_manage_calendar(value: Any) -> bool | None:
    return to_bool(value.get("manage_calendar")) if isinstance(value, Mapping) else None


def _grades(value: Any) -> Grades | None:
    """A student's standing; None where Canvas tells no more than where to look at it."""
    if not isinstance(value, Mapping):
        return None
    grades = Grades(
        current_score=to_float(value.get("current_score")),
        current_grade=to_text(value.get("current_grade")),
        final_score=to_float(value.get("final_score")),
        final_grade=to_text(value.get("final_grade")),
    )
    return None if grades == Grades() else grades


def _enum_converter(members: Mapping[str, Any]) -> Converter:
    return lambda value: members.get(value) if isinstance(value, str) else None


def _account_kind(parent: Any) -> AccountKind:
    return AccountKind.ROOT if parent is None else AccountKind.SUB_ACCOUNT


def _is_active(state: Any) -> bool | None:
    return state == "active" if isinstance(state, str) else None


SECTION = _field_map(
    Kind.SECTION,
    converters_of(
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

COURSE = _field_map(
    Kind.COURSE,
    converters_of(
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
    | COURSE_OBJECTS,
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
    {"state": ("workflow_state", _enum_converter(_COURSE_STATES))},
)

USER = _field_map(
    Kind.USER,
    converters_of(
        texts="name sortable_name short_name first_name last_name sis_user_id integration_id "
        "login_id root_account pronouns avatar_url email bio title locale effective_locale "
        "time_zone uuid past_uuid confirmation_url lti_id lti_user_id primary_email "
        "pronunciation",
        ids="sis_import_id merged_into_user_id",
        moments="created_at last_login",
        flags="k5_user",
        free_lists="custom_links",
    )
    | USER_OBJECTS,
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

USER_DISPLAY = _field_map(
    Kind.USER,
    converters_of(
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

ENROLLMENT = _field_map(
    Kind.ENROLLMENT,
    converters_of(
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
    | ENROLLMENT_OBJECTS,
    {
        "user_id": "user_id",
        "section_id": "course_section_id",
        "course_id": "course_id",
        "start_at": "start_at",
        "end_at": "end_at",
        "last_activity_at": "last_activity_at",
    },
    {
        "role": ("type", _enum_converter(ROLES)),
        "state": ("enrollment_state", _enum_converter(_ENROLLMENT_STATES)),
        "grades": ("grades", _grades),
    },
)

TERM = _field_map(
    Kind.TERM,
    converters_of(
        texts="name workflow_state sis_term_id",
        ids="grading_period_group_id sis_import_id",
        moments="start_at end_at created_at",
        free="overrides",
    ),
    {"name": "name", "start_at": "start_at", "end_at": "end_at"},
    {"is_active": ("workflow_state", _is_active)},
)

ACCOUNT = _field_map(
    Kind.ACCOUNT,
    converters_of(
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

PROGRESS = _field_map(
    Kind.PROGRESS,
    converters_of(
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
    {"state": ("workflow_state", _enum_converter(_PROGRESS_STATES))},
)
