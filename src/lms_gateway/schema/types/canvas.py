"""What only Canvas has: the blocks `canvas { … }`.

Field by field as the vendor documents its objects:
https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from lms_gateway.schema.declarations.record_fields import field
from lms_gateway.schema.types.canvas_parts import (
    CanvasBlueprintRestrictions,
    CanvasCalendarLink,
    CanvasCoursePermissions,
    CanvasCourseProgress,
    CanvasGrades,
    CanvasGradingPeriod,
    CanvasTab,
    CanvasUserPermissions,
    CanvasViewerEnrollment,
    CanvasViewerSection,
)


@strawberry.type(description="What only Canvas keeps of a section.")
class CanvasSection:
    sis_import_id: strawberry.ID | None = field(
        "canvas.sis_import_id",
        "The SIS import that made it; null without the right to manage SIS data.",
    )
    sis_course_id: str | None = field(
        "canvas.sis_course_id", "Its course's SIS id; null without the right to see SIS data."
    )
    nonxlist_course_id: strawberry.ID | None = field(
        "canvas.nonxlist_course_id", "The original course's id where it is cross-listed."
    )
    restrict_enrollments_to_section_dates: bool | None = field(
        "canvas.restrict_enrollments_to_section_dates",
        "Whether people get in only between the section's dates.",
    )
    created_at: datetime | None = field(
        "canvas.created_at", "When it was created; null on older Canvas."
    )
    passback_status: JSON | None = field(
        "canvas.passback_status", "How the last grade passback went, in Canvas's own form."
    )
    user_count: int | None = field("canvas.user_count", "Everybody enrolled, in every role.")


@strawberry.type(description="What only Canvas keeps of a course.")
class CanvasCourse:
    uuid: strawberry.ID | None = field("canvas.uuid", "The course's UUID.")
    sis_import_id: strawberry.ID | None = field(
        "canvas.sis_import_id",
        "The SIS import that made it; null without the right to manage SIS data.",
    )
    original_name: str | None = field(
        "canvas.original_name",
        "The course's own name, where `name` is the viewer's nickname for it.",
    )
    friendly_name: str | None = field(
        "canvas.friendly_name", "The name that students see; null where not set."
    )
    root_account_id: strawberry.ID | None = field(
        "canvas.root_account_id", "The root account's id."
    )
    enrollment_term_id: strawberry.ID | None = field("canvas.enrollment_term_id", "The term's id.")
    workflow_state: str | None = field("canvas.workflow_state", "The state, in Canvas's words.")
    has_grading_periods: bool | None = field(
        "canvas.has_grading_periods", "Whether it is graded by grading periods."
    )
    grading_periods: list[CanvasGradingPeriod] | None = field(
        "canvas.grading_periods", "Its grading periods."
    )
    grading_standard_id: strawberry.ID | None = field(
        "canvas.grading_standard_id", "The grading scheme's id; null where none is set."
    )
    grade_passback_setting: str | None = field(
        "canvas.grade_passback_setting", "`nightly_sync`, `disabled`, or null."
    )
    created_at: datetime | None = field("canvas.created_at", "When it was created.")
    locale: str | None = field(
        "canvas.locale", "The language set for the course; null where none is."
    )
    enrollments: list[CanvasViewerEnrollment] | None = field(
        "canvas.enrollments", "The viewer's own enrollments in it."
    )
    sections: list[CanvasViewerSection] | None = field(
        "canvas.sections", "The sections that the viewer is enrolled in."
    )
    calendar: CanvasCalendarLink | None = field("canvas.calendar", "Its calendar.")
    default_view: str | None = field(
        "canvas.default_view",
        "The page that opens first: `feed`, `wiki`, `modules`, `assignments`, `syllabus`.",
    )
    syllabus_body: str | None = field(
        "canvas.syllabus_body", "The syllabus, as HTML that its authors wrote."
    )
    needs_grading_count: int | None = field(
        "canvas.needs_grading_count", "Submissions to grade; null without the right to grade."
    )
    course_progress: CanvasCourseProgress | None = field(
        "canvas.course_progress",
        "The viewer's progress; null where the course is not module-based.",
    )
    apply_assignment_group_weights: bool | None = field(
        "canvas.apply_assignment_group_weights",
        "Whether final grades are weighted by assignment group.",
    )
    permissions: CanvasCoursePermissions | None = field(
        "canvas.permissions", "What the viewer may do; only known of a single course."
    )
    is_public: bool | None = field("canvas.is_public", "Whether anybody may see it.")
    is_public_to_auth_users: bool | None = field(
        "canvas.is_public_to_auth_users", "Whether anybody signed in may see it."
    )
    public_syllabus: bool | None = field(
        "canvas.public_syllabus", "Whether anybody may see the syllabus."
    )
    public_syllabus_to_auth: bool | None = field(
        "canvas.public_syllabus_to_auth", "Whether anybody signed in may see the syllabus."
    )
    public_description: str | None = field(
        "canvas.public_description", "What the public catalogue says."
    )
    storage_quota_mb: float | None = field(
        "canvas.storage_quota_mb", "How much its files may take, in MB."
    )
    storage_quota_used_mb: float | None = field(
        "canvas.storage_quota_used_mb", "How much its files take, in MB."
    )
    hide_final_grades: bool | None = field(
        "canvas.hide_final_grades", "Whether students see no totals."
    )
    license: str | None = field("canvas.license", "The licence's name.")
    allow_student_assignment_edits: bool | None = field(
        "canvas.allow_student_assignment_edits", "Whether students may edit assignments."
    )
    allow_wiki_comments: bool | None = field(
        "canvas.allow_wiki_comments", "Whether pages may be commented."
    )
    allow_student_forum_attachments: bool | None = field(
        "canvas.allow_student_forum_attachments",
        "Whether students may attach files to discussions.",
    )
    open_enrollment: bool | None = field("canvas.open_enrollment", "Whether anybody may enrol.")
    self_enrollment: bool | None = field(
        "canvas.self_enrollment", "Whether students may enrol themselves."
    )
    restrict_enrollments_to_course_dates: bool | None = field(
        "canvas.restrict_enrollments_to_course_dates",
        "Whether people get in only between the course's dates.",
    )
    course_format: str | None = field(
        "canvas.course_format", "`on_campus`, `online`, `blended`, or null."
    )
    access_restricted_by_date: bool | None = field(
        "canvas.access_restricted_by_date",
        "True where dates keep the viewer out; all else is then null.",
    )
    blueprint: bool | None = field("canvas.blueprint", "Whether it is a blueprint course.")
    blueprint_restrictions: CanvasBlueprintRestrictions | None = field(
        "canvas.blueprint_restrictions", "What the blueprint locks in its copies."
    )
    blueprint_restrictions_by_object_type: JSON | None = field(
        "canvas.blueprint_restrictions_by_object_type",
        "What the blueprint locks, by the type of object.",
    )
    template: bool | None = field("canvas.template", "Whether it is a course template.")
    is_favorite: bool | None = field(
        "canvas.is_favorite", "Whether the viewer marked it as a favourite."
    )
    concluded: bool | None = field(
        "canvas.concluded", "Whether it is over, by its dates and its term's."
    )
    post_manually: bool | None = field("canvas.post_manually", "Whether grades are posted by hand.")
    banner_image_download_url: str | None = field(
        "canvas.banner_image_download_url", "Its banner image."
    )
    passback_status: JSON | None = field(
        "canvas.passback_status", "How the last grade passback went, in Canvas's own form."
    )
    tabs: list[CanvasTab] | None = field("canvas.tabs", "Its navigation.")
    lti_context_id: strawberry.ID | None = field("canvas.lti_context_id", "Its id for LTI tools.")


@strawberry.type(description="What only Canvas keeps of a user.")
class CanvasUser:
    sis_import_id: strawberry.ID | None = field(
        "canvas.sis_import_id",
        "The SIS import that made them; null without the right to manage SIS data.",
    )
    created_at: datetime | None = field(
        "canvas.created_at", "When they were created; null on older Canvas."
    )
    last_login: datetime | None = field(
        "canvas.last_login", "When they last signed in; null where never, or not to be seen."
    )
    uuid: strawberry.ID | None = field("canvas.uuid", "The user's UUID.")
    title: str | None = field("canvas.title", "The title that their profile shows.")
    effective_locale: str | None = field(
        "canvas.effective_locale", "The language that Canvas shows them."
    )
    anonymous_id: str | None = field("canvas.anonymous_id", "The id used where names are hidden.")
    html_url: str | None = field("canvas.html_url", "Their page in Canvas.")
    merged_into_user_id: strawberry.ID | None = field(
        "canvas.merged_into_user_id", "Whom they were merged into; null where not."
    )
    lti_user_id: strawberry.ID | None = field("canvas.lti_user_id", "Their id for LTI tools.")
    primary_email: str | None = field(
        "canvas.primary_email", "Their first e-mail address, as the profile tells it."
    )
    calendar: CanvasCalendarLink | None = field("canvas.calendar", "Their calendar.")
    past_uuid: strawberry.ID | None = field(
        "canvas.past_uuid", "Their UUID before they were merged; null where they were not."
    )
    root_account: str | None = field(
        "canvas.root_account", "The account of their login, where Canvas trusts several."
    )
    permissions: CanvasUserPermissions | None = field(
        "canvas.permissions", "What they may do about their own account."
    )
    custom_links: list[JSON] | None = field(
        "canvas.custom_links", "Links that the school's plugins supply, in Canvas's own form."
    )


@strawberry.type(description="What only Canvas keeps of an enrollment.")
class CanvasEnrollment:
    type: str | None = field(
        "canvas.type", "The base role, in Canvas's words, e.g. `StudentEnrollment`."
    )
    role: str | None = field("canvas.role", "The course role's name, which a school may have made.")
    role_id: strawberry.ID | None = field("canvas.role_id", "The course role's id.")
    enrollment_state: str | None = field("canvas.enrollment_state", "The state, in Canvas's words.")
    root_account_id: strawberry.ID | None = field(
        "canvas.root_account_id", "The root account's id."
    )
    associated_user_id: strawberry.ID | None = field(
        "canvas.associated_user_id", "Whom an observer observes."
    )
    limit_privileges_to_course_section: bool | None = field(
        "canvas.limit_privileges_to_course_section",
        "Whether they see only their own section's people.",
    )
    sis_account_id: str | None = field("canvas.sis_account_id", "The account's SIS id.")
    sis_course_id: str | None = field("canvas.sis_course_id", "The course's SIS id.")
    course_integration_id: str | None = field(
        "canvas.course_integration_id", "The course's integration id."
    )
    sis_section_id: str | None = field("canvas.sis_section_id", "The section's SIS id.")
    section_integration_id: str | None = field(
        "canvas.section_integration_id", "The section's integration id."
    )
    sis_user_id: str | None = field("canvas.sis_user_id", "The user's SIS id.")
    sis_import_id: strawberry.ID | None = field(
        "canvas.sis_import_id", "The SIS import that made it."
    )
    html_url: str | None = field("canvas.html_url", "Its page in Canvas.")
    created_at: datetime | None = field("canvas.created_at", "When it was made.")
    updated_at: datetime | None = field("canvas.updated_at", "When it last changed.")
    last_attended_at: datetime | None = field(
        "canvas.last_attended_at", "When the teacher says that they last attended."
    )
    total_activity_time: int | None = field(
        "canvas.total_activity_time", "Seconds spent in the course; null where not to be seen."
    )
    grades: CanvasGrades | None = field(
        "canvas.grades", "The student's standing beyond `Enrollment.grades`; null for others."
    )
    locked: bool | None = field("canvas.locked", "Whether it cannot be changed in Canvas.")
    can_be_removed: bool | None = field(
        "canvas.can_be_removed", "Whether the viewer may remove it."
    )


@strawberry.type(description="What only Canvas keeps of an account.")
class CanvasAccount:
    uuid: strawberry.ID | None = field("canvas.uuid", "The account's UUID.")
    root_account_id: strawberry.ID | None = field(
        "canvas.root_account_id", "The root account's id; null for a root account."
    )
    workflow_state: str | None = field("canvas.workflow_state", "`active` or `deleted`.")
    integration_id: str | None = field("canvas.integration_id", "Its integration id.")
    sis_import_id: strawberry.ID | None = field(
        "canvas.sis_import_id", "The SIS import that made it."
    )
    default_storage_quota_mb: float | None = field(
        "canvas.default_storage_quota_mb", "What a course's files may take, in MB."
    )
    default_user_storage_quota_mb: float | None = field(
        "canvas.default_user_storage_quota_mb", "What a user's files may take, in MB."
    )
    default_group_storage_quota_mb: float | None = field(
        "canvas.default_group_storage_quota_mb", "What a group's files may take, in MB."
    )
    lti_guid: strawberry.ID | None = field("canvas.lti_guid", "Its id for LTI tools.")
    course_count: int | None = field("canvas.course_count", "How many courses it has.")
    sub_account_count: int | None = field(
        "canvas.sub_account_count", "How many accounts lie directly below it."
    )
