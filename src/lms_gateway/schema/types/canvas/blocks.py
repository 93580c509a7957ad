"""Fields that only Canvas has: the blocks `canvas { … }`.

The fields follow the vendor's documentation:
https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.record import Vendor
from lms_gateway.schema.declarations.record_fields import field, vendor_block_type
from lms_gateway.schema.types.canvas.nested import (
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


@vendor_block_type(Vendor.CANVAS, description="Fields of a section that only Canvas has.")
class CanvasSection:
    sis_import_id: strawberry.ID | None = field("Id of the SIS import; null without SIS permission.")
    sis_course_id: str | None = field("SIS id of the course; null without SIS permission.")
    nonxlist_course_id: strawberry.ID | None = field("Id of the original course, if cross-listed.")
    restrict_enrollments_to_section_dates: bool | None = field(
        "Whether participation is restricted to the section's dates."
    )
    created_at: datetime | None = field("Time of creation; null on older Canvas.")
    passback_status: JSON | None = field("Result of the last grade passback, with Canvas's keys.")
    user_count: int | None = field("Number of enrolled users of all roles.")


@vendor_block_type(Vendor.CANVAS, description="Fields of a course that only Canvas has.")
class CanvasCourse:
    uuid: strawberry.ID | None = field("The course's UUID.")
    sis_import_id: strawberry.ID | None = field("Id of the SIS import; null without SIS permission.")
    original_name: str | None = field("Original name if `name` is the viewer's nickname.")
    friendly_name: str | None = field("Name for students; null if unset.")
    root_account_id: strawberry.ID | None = field("The root account's id.")
    enrollment_term_id: strawberry.ID | None = field("The term's id.")
    workflow_state: str | None = field("State, as Canvas names it.")
    has_grading_periods: bool | None = field("Whether the course has grading periods.")
    grading_periods: list[CanvasGradingPeriod] | None = field("Grading periods.")
    grading_standard_id: strawberry.ID | None = field("The grading scheme's id; null if unset.")
    grade_passback_setting: str | None = field("`nightly_sync`, `disabled`, or null.")
    created_at: datetime | None = field("Time of creation.")
    locale: str | None = field("Language of the course; null if unset.")
    enrollments: list[CanvasViewerEnrollment] | None = field("The viewer's enrollments.")
    sections: list[CanvasViewerSection] | None = field("Sections in which the viewer is enrolled.")
    calendar: CanvasCalendarLink | None = field("Calendar.")
    default_view: str | None = field("`feed`, `wiki`, `modules`, `assignments` or `syllabus`.")
    syllabus_body: str | None = field("Syllabus as HTML, as its authors wrote it.")
    needs_grading_count: int | None = field("Ungraded submissions; null without permission.")
    course_progress: CanvasCourseProgress | None = field(
        "The viewer's progress; null if the course is not module-based."
    )
    apply_assignment_group_weights: bool | None = field("Whether assignment groups are weighted.")
    permissions: CanvasCoursePermissions | None = field("Permissions; only for one course.")
    is_public: bool | None = field("Whether the course is visible to everyone.")
    is_public_to_auth_users: bool | None = field("Whether all signed-in users see the course.")
    public_syllabus: bool | None = field("Whether the syllabus is visible to everyone.")
    public_syllabus_to_auth: bool | None = field("Whether all signed-in users see the syllabus.")
    public_description: str | None = field("Description in the public catalog.")
    storage_quota_mb: float | None = field("Storage quota of files in MB.")
    storage_quota_used_mb: float | None = field("Used storage of files in MB.")
    hide_final_grades: bool | None = field("Whether totals are hidden from students.")
    license: str | None = field("Name of the license.")
    allow_student_assignment_edits: bool | None = field("Whether students can edit assignments.")
    allow_wiki_comments: bool | None = field("Whether pages can have comments.")
    allow_student_forum_attachments: bool | None = field("Whether students can attach files.")
    open_enrollment: bool | None = field("Whether everyone can enroll.")
    self_enrollment: bool | None = field("Whether students can enroll themselves.")
    restrict_enrollments_to_course_dates: bool | None = field(
        "Whether participation is restricted to the course's dates."
    )
    course_format: str | None = field("`on_campus`, `online`, `blended`, or null.")
    access_restricted_by_date: bool | None = field(
        "True if the course's dates exclude the viewer; all other fields are then null."
    )
    blueprint: bool | None = field("Whether it is a blueprint course.")
    blueprint_restrictions: CanvasBlueprintRestrictions | None = field("What the blueprint locks.")
    blueprint_restrictions_by_object_type: JSON | None = field("Locks by object type.")
    template: bool | None = field("Whether it is a course template.")
    is_favorite: bool | None = field("Whether the course is a favorite of the viewer.")
    concluded: bool | None = field("Whether the course or its term has ended.")
    post_manually: bool | None = field("Whether grades are posted manually.")
    banner_image_download_url: str | None = field("URL of the banner image.")
    passback_status: JSON | None = field("Result of the last grade passback, with Canvas's keys.")
    tabs: list[CanvasTab] | None = field("Navigation.")
    lti_context_id: strawberry.ID | None = field("Id for LTI tools.")


@vendor_block_type(Vendor.CANVAS, description="Fields of a user that only Canvas has.")
class CanvasUser:
    sis_import_id: strawberry.ID | None = field("Id of the SIS import; null without SIS permission.")
    created_at: datetime | None = field("Time of creation; null on older Canvas.")
    last_login: datetime | None = field("Time of the last sign-in; null if never or not visible.")
    uuid: strawberry.ID | None = field("The user's UUID.")
    title: str | None = field("Title in the user's profile.")
    effective_locale: str | None = field("Language in which Canvas is displayed.")
    anonymous_id: str | None = field("Id to use if names are hidden.")
    html_url: str | None = field("URL of the user's page in Canvas.")
    merged_into_user_id: strawberry.ID | None = field("Id of the user after a merge; null if none.")
    lti_user_id: strawberry.ID | None = field("The user's id for LTI tools.")
    primary_email: str | None = field("Primary e-mail address of the profile.")
    calendar: CanvasCalendarLink | None = field("The user's calendar.")
    past_uuid: strawberry.ID | None = field("UUID before the user was merged; null if not merged.")
    root_account: str | None = field("Account of the user's login, for trusted accounts.")
    permissions: CanvasUserPermissions | None = field("The user's permissions for the own account.")
    custom_links: list[JSON] | None = field("Links of the school's plugins, with Canvas's keys.")


@vendor_block_type(Vendor.CANVAS, description="Fields of an enrollment that only Canvas has.")
class CanvasEnrollment:
    type: str | None = field("Base role as Canvas names it, for example `StudentEnrollment`.")
    role: str | None = field("Name of the course role, which can be custom.")
    role_id: strawberry.ID | None = field("The course role's id.")
    enrollment_state: str | None = field("State, as Canvas names it.")
    root_account_id: strawberry.ID | None = field("The root account's id.")
    associated_user_id: strawberry.ID | None = field("Id of the observed user.")
    limit_privileges_to_course_section: bool | None = field(
        "Whether the user can see only members of the own section."
    )
    sis_account_id: str | None = field("The account's SIS id.")
    sis_course_id: str | None = field("The course's SIS id.")
    course_integration_id: str | None = field("The course's integration id.")
    sis_section_id: str | None = field("The section's SIS id.")
    section_integration_id: str | None = field("The section's integration id.")
    sis_user_id: str | None = field("The user's SIS id.")
    sis_import_id: strawberry.ID | None = field("Id of the SIS import that created it.")
    html_url: str | None = field("URL of the page in Canvas.")
    created_at: datetime | None = field("Time of creation.")
    updated_at: datetime | None = field("Time of the last change.")
    last_attended_at: datetime | None = field("Last attendance, as the teacher entered it.")
    total_activity_time: int | None = field("Seconds spent in the course; null if not visible.")
    grades: CanvasGrades | None = field("Grades beyond `Enrollment.grades`; null for other roles.")
    locked: bool | None = field("Whether it is read-only in Canvas.")
    can_be_removed: bool | None = field("Whether the viewer can delete the enrollment.")


@vendor_block_type(Vendor.CANVAS, description="Fields of an account that only Canvas has.")
class CanvasAccount:
    uuid: strawberry.ID | None = field("The account's UUID.")
    root_account_id: strawberry.ID | None = field("The root account's id; null for a root account.")
    workflow_state: str | None = field("`active` or `deleted`.")
    integration_id: str | None = field("Integration id.")
    sis_import_id: strawberry.ID | None = field("Id of the SIS import that created it.")
    default_storage_quota_mb: float | None = field("Default storage quota of a course in MB.")
    default_user_storage_quota_mb: float | None = field("Default storage quota of a user in MB.")
    default_group_storage_quota_mb: float | None = field("Default storage quota of a group in MB.")
    lti_guid: strawberry.ID | None = field("Id for LTI tools.")
    course_count: int | None = field("Number of courses.")
    sub_account_count: int | None = field("Number of accounts directly below.")
