"""What only Canvas has: the blocks `canvas { … }`.

Field by field as the vendor documents its objects:
https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from lms_gateway.schema.fields import native


@strawberry.type(description="A course's calendar.")
class CanvasCalendarLink:
    ics: str | None = strawberry.field(description="The URL of the calendar in ICS format.")


@strawberry.type(description="How far the viewer has come in a module-based course.")
class CanvasCourseProgress:
    requirement_count: int | None = strawberry.field(description="Requirements in all modules.")
    requirement_completed_count: int | None = strawberry.field(
        description="Requirements that the viewer has completed."
    )
    next_requirement_url: str | None = strawberry.field(
        description="The next module item with an unmet requirement; null where there is none."
    )
    completed_at: datetime | None = strawberry.field(
        description="When the viewer completed the course; null where not."
    )


@strawberry.type(description="What the viewer may do in a course.")
class CanvasCoursePermissions:
    create_discussion_topic: bool | None = strawberry.field(
        description="Whether the viewer may start discussions."
    )
    create_announcement: bool | None = strawberry.field(
        description="Whether the viewer may announce."
    )


@strawberry.type(description="A part of a term that is graded by itself.")
class CanvasGradingPeriod:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the grading period.")
    title: str | None = strawberry.field(description="Its title.")
    start_date: datetime | None = strawberry.field(description="When it begins.")
    end_date: datetime | None = strawberry.field(description="When it ends.")
    workflow_state: str | None = strawberry.field(description="Its state, in Canvas's words.")


@strawberry.type(description="What is locked in the copies of a blueprint course.")
class CanvasBlueprintRestrictions:
    content: bool | None = strawberry.field(description="Whether content is locked.")
    points: bool | None = strawberry.field(description="Whether points are locked.")
    due_dates: bool | None = strawberry.field(description="Whether due dates are locked.")
    availability_dates: bool | None = strawberry.field(
        description="Whether availability dates are locked."
    )


@strawberry.type(description="A section of a course that the viewer is enrolled in.")
class CanvasViewerSection:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the section.")
    name: str | None = strawberry.field(description="Its name.")
    start_at: datetime | None = strawberry.field(description="When it begins; null where not set.")
    end_at: datetime | None = strawberry.field(description="When it ends; null where not set.")
    enrollment_role: str | None = strawberry.field(
        description="The viewer's role there, in Canvas's words; null where not enrolled."
    )


@strawberry.type(description="An entry of a course's navigation.")
class CanvasTab:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the tab.")
    label: str | None = strawberry.field(description="What the navigation shows.")
    type: str | None = strawberry.field(description="`internal` or `external`.")
    html_url: str | None = strawberry.field(description="Where it leads, below the Canvas address.")
    full_url: str | None = strawberry.field(description="Where it leads.")
    position: int | None = strawberry.field(description="Its place, from 1.")
    visibility: str | None = strawberry.field(
        description="Who sees it: `public`, `members`, `admins`, `none`."
    )
    hidden: bool | None = strawberry.field(description="Whether it is hidden; null where not.")


@strawberry.type(description="The viewer's place in a course, as Canvas lists it with the course.")
class CanvasViewerEnrollment:
    type: str | None = strawberry.field(
        description="`student`, `teacher`, `ta`, `observer`, `designer` or `student_view`."
    )
    role: str | None = strawberry.field(description="The course role's name.")
    role_id: strawberry.ID | None = strawberry.field(description="The course role's id.")
    user_id: strawberry.ID | None = strawberry.field(
        description="The viewer, or whom the viewer observes."
    )
    enrollment_state: str | None = strawberry.field(description="The state, in Canvas's words.")
    limit_privileges_to_course_section: bool | None = strawberry.field(
        description="Whether the viewer sees only the own section's people."
    )
    associated_user_id: strawberry.ID | None = strawberry.field(
        description="Whom an observer observes."
    )
    computed_current_score: float | None = strawberry.field(
        description="Per cent, over what is graded; null where grades are hidden."
    )
    computed_current_grade: str | None = strawberry.field(
        description="The letter for `computedCurrentScore`."
    )
    computed_final_score: float | None = strawberry.field(
        description="Per cent, over everything; null where grades are hidden."
    )
    computed_final_grade: str | None = strawberry.field(
        description="The letter for `computedFinalScore`."
    )
    unposted_current_score: float | None = strawberry.field(
        description="As `computedCurrentScore`, with marks not yet posted."
    )
    unposted_current_grade: str | None = strawberry.field(
        description="The letter for `unpostedCurrentScore`."
    )
    unposted_final_score: float | None = strawberry.field(
        description="As `computedFinalScore`, with marks not yet posted."
    )
    unposted_final_grade: str | None = strawberry.field(
        description="The letter for `unpostedFinalScore`."
    )
    has_grading_periods: bool | None = strawberry.field(
        description="Whether the course has grading periods."
    )
    totals_for_all_grading_periods_option: bool | None = strawberry.field(
        description="Whether totals over all grading periods are shown."
    )
    current_grading_period_title: str | None = strawberry.field(
        description="The current grading period's title."
    )
    current_grading_period_id: strawberry.ID | None = strawberry.field(
        description="The current grading period's id."
    )
    current_period_computed_current_score: float | None = strawberry.field(
        description="Per cent, in the current grading period, over what is graded."
    )
    current_period_computed_current_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodComputedCurrentScore`."
    )
    current_period_computed_final_score: float | None = strawberry.field(
        description="Per cent, in the current grading period, over everything."
    )
    current_period_computed_final_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodComputedFinalScore`."
    )
    current_period_unposted_current_score: float | None = strawberry.field(
        description="As `currentPeriodComputedCurrentScore`, with marks not yet posted."
    )
    current_period_unposted_current_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodUnpostedCurrentScore`."
    )
    current_period_unposted_final_score: float | None = strawberry.field(
        description="As `currentPeriodComputedFinalScore`, with marks not yet posted."
    )
    current_period_unposted_final_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodUnpostedFinalScore`."
    )


@strawberry.type(description="What only Canvas keeps of a section.")
class CanvasSection:
    sis_import_id: strawberry.ID | None = native(
        "canvas.sis_import_id",
        "The SIS import that made it; null without the right to manage SIS data.",
    )
    sis_course_id: str | None = native(
        "canvas.sis_course_id", "Its course's SIS id; null without the right to see SIS data."
    )
    nonxlist_course_id: strawberry.ID | None = native(
        "canvas.nonxlist_course_id", "The original course's id where it is cross-listed."
    )
    restrict_enrollments_to_section_dates: bool | None = native(
        "canvas.restrict_enrollments_to_section_dates",
        "Whether people get in only between the section's dates.",
    )
    created_at: datetime | None = native(
        "canvas.created_at", "When it was created; null on older Canvas."
    )
    passback_status: JSON | None = native(
        "canvas.passback_status", "How the last grade passback went, in Canvas's own form."
    )
    user_count: int | None = native("canvas.user_count", "Everybody enrolled, in every role.")


@strawberry.type(description="What only Canvas keeps of a course.")
class CanvasCourse:
    uuid: strawberry.ID | None = native("canvas.uuid", "The course's UUID.")
    sis_import_id: strawberry.ID | None = native(
        "canvas.sis_import_id",
        "The SIS import that made it; null without the right to manage SIS data.",
    )
    original_name: str | None = native(
        "canvas.original_name",
        "The course's own name, where `name` is the viewer's nickname for it.",
    )
    friendly_name: str | None = native(
        "canvas.friendly_name", "The name that students see; null where not set."
    )
    root_account_id: strawberry.ID | None = native(
        "canvas.root_account_id", "The root account's id."
    )
    enrollment_term_id: strawberry.ID | None = native("canvas.enrollment_term_id", "The term's id.")
    grading_periods: list[CanvasGradingPeriod] | None = native(
        "canvas.grading_periods", "Its grading periods."
    )
    grading_standard_id: strawberry.ID | None = native(
        "canvas.grading_standard_id", "The grading scheme's id; null where none is set."
    )
    grade_passback_setting: str | None = native(
        "canvas.grade_passback_setting", "`nightly_sync`, `disabled`, or null."
    )
    created_at: datetime | None = native("canvas.created_at", "When it was created.")
    locale: str | None = native(
        "canvas.locale", "The language set for the course; null where none is."
    )
    enrollments: list[CanvasViewerEnrollment] | None = native(
        "canvas.enrollments", "The viewer's own enrollments in it."
    )
    sections: list[CanvasViewerSection] | None = native(
        "canvas.sections", "The sections that the viewer is enrolled in."
    )
    calendar: CanvasCalendarLink | None = native("canvas.calendar", "Its calendar.")
    default_view: str | None = native(
        "canvas.default_view",
        "The page that opens first: `feed`, `wiki`, `modules`, `assignments`, `syllabus`.",
    )
    syllabus_body: str | None = native(
        "canvas.syllabus_body", "The syllabus, as HTML that its authors wrote."
    )
    needs_grading_count: int | None = native(
        "canvas.needs_grading_count", "Submissions to grade; null without the right to grade."
    )
    course_progress: CanvasCourseProgress | None = native(
        "canvas.course_progress",
        "The viewer's progress; null where the course is not module-based.",
    )
    apply_assignment_group_weights: bool | None = native(
        "canvas.apply_assignment_group_weights",
        "Whether final grades are weighted by assignment group.",
    )
    permissions: CanvasCoursePermissions | None = native(
        "canvas.permissions", "What the viewer may do; only known of a single course."
    )
    is_public: bool | None = native("canvas.is_public", "Whether anybody may see it.")
    is_public_to_auth_users: bool | None = native(
        "canvas.is_public_to_auth_users", "Whether anybody signed in may see it."
    )
    public_syllabus: bool | None = native(
        "canvas.public_syllabus", "Whether anybody may see the syllabus."
    )
    public_syllabus_to_auth: bool | None = native(
        "canvas.public_syllabus_to_auth", "Whether anybody signed in may see the syllabus."
    )
    public_description: str | None = native(
        "canvas.public_description", "What the public catalogue says."
    )
    storage_quota_mb: float | None = native(
        "canvas.storage_quota_mb", "How much its files may take, in MB."
    )
    storage_quota_used_mb: float | None = native(
        "canvas.storage_quota_used_mb", "How much its files take, in MB."
    )
    hide_final_grades: bool | None = native(
        "canvas.hide_final_grades", "Whether students see no totals."
    )
    license: str | None = native("canvas.license", "The licence's name.")
    allow_student_assignment_edits: bool | None = native(
        "canvas.allow_student_assignment_edits", "Whether students may edit assignments."
    )
    allow_wiki_comments: bool | None = native(
        "canvas.allow_wiki_comments", "Whether pages may be commented."
    )
    allow_student_forum_attachments: bool | None = native(
        "canvas.allow_student_forum_attachments",
        "Whether students may attach files to discussions.",
    )
    open_enrollment: bool | None = native("canvas.open_enrollment", "Whether anybody may enrol.")
    self_enrollment: bool | None = native(
        "canvas.self_enrollment", "Whether students may enrol themselves."
    )
    restrict_enrollments_to_course_dates: bool | None = native(
        "canvas.restrict_enrollments_to_course_dates",
        "Whether people get in only between the course's dates.",
    )
    course_format: str | None = native(
        "canvas.course_format", "`on_campus`, `online`, `blended`, or null."
    )
    access_restricted_by_date: bool | None = native(
        "canvas.access_restricted_by_date",
        "True where dates keep the viewer out; all else is then null.",
    )
    blueprint: bool | None = native("canvas.blueprint", "Whether it is a blueprint course.")
    blueprint_restrictions: CanvasBlueprintRestrictions | None = native(
        "canvas.blueprint_restrictions", "What the blueprint locks in its copies."
    )
    blueprint_restrictions_by_object_type: JSON | None = native(
        "canvas.blueprint_restrictions_by_object_type",
        "What the blueprint locks, by the type of object.",
    )
    template: bool | None = native("canvas.template", "Whether it is a course template.")
    is_favorite: bool | None = native(
        "canvas.is_favorite", "Whether the viewer marked it as a favourite."
    )
    concluded: bool | None = native(
        "canvas.concluded", "Whether it is over, by its dates and its term's."
    )
    post_manually: bool | None = native(
        "canvas.post_manually", "Whether grades are posted by hand."
    )
    banner_image_download_url: str | None = native(
        "canvas.banner_image_download_url", "Its banner image."
    )
    passback_status: JSON | None = native(
        "canvas.passback_status", "How the last grade passback went, in Canvas's own form."
    )
    tabs: list[CanvasTab] | None = native("canvas.tabs", "Its navigation.")
    lti_context_id: strawberry.ID | None = native("canvas.lti_context_id", "Its id for LTI tools.")


@strawberry.type(description="What only Canvas keeps of a user.")
class CanvasUser:
    sis_import_id: strawberry.ID | None = native(
        "canvas.sis_import_id",
        "The SIS import that made them; null without the right to manage SIS data.",
    )
    created_at: datetime | None = native(
        "canvas.created_at", "When they were created; null on older Canvas."
    )
    last_login: datetime | None = native(
        "canvas.last_login", "When they last signed in; null where never, or not to be seen."
    )
    uuid: strawberry.ID | None = native("canvas.uuid", "The user's UUID.")
    title: str | None = native("canvas.title", "The title that their profile shows.")
    effective_locale: str | None = native(
        "canvas.effective_locale", "The language that Canvas shows them."
    )
    anonymous_id: str | None = native("canvas.anonymous_id", "The id used where names are hidden.")
    html_url: str | None = native("canvas.html_url", "Their page in Canvas.")
    merged_into_user_id: strawberry.ID | None = native(
        "canvas.merged_into_user_id", "Whom they were merged into; null where not."
    )
    lti_user_id: strawberry.ID | None = native("canvas.lti_user_id", "Their id for LTI tools.")
    primary_email: str | None = native(
        "canvas.primary_email", "Their first e-mail address, as the profile tells it."
    )
    calendar: CanvasCalendarLink | None = native("canvas.calendar", "Their calendar.")


@strawberry.type(description="What only Canvas keeps of an enrollment.")
class CanvasEnrollment:
    type: str | None = native(
        "canvas.type", "The base role, in Canvas's words, e.g. `StudentEnrollment`."
    )
    role: str | None = native(
        "canvas.role", "The course role's name, which a school may have made."
    )
    role_id: strawberry.ID | None = native("canvas.role_id", "The course role's id.")
    enrollment_state: str | None = native(
        "canvas.enrollment_state", "The state, in Canvas's words."
    )
    root_account_id: strawberry.ID | None = native(
        "canvas.root_account_id", "The root account's id."
    )
    associated_user_id: strawberry.ID | None = native(
        "canvas.associated_user_id", "Whom an observer observes."
    )
    limit_privileges_to_course_section: bool | None = native(
        "canvas.limit_privileges_to_course_section",
        "Whether they see only their own section's people.",
    )
    sis_account_id: str | None = native("canvas.sis_account_id", "The account's SIS id.")
    sis_course_id: str | None = native("canvas.sis_course_id", "The course's SIS id.")
    course_integration_id: str | None = native(
        "canvas.course_integration_id", "The course's integration id."
    )
    sis_section_id: str | None = native("canvas.sis_section_id", "The section's SIS id.")
    section_integration_id: str | None = native(
        "canvas.section_integration_id", "The section's integration id."
    )
    sis_user_id: str | None = native("canvas.sis_user_id", "The user's SIS id.")
    sis_import_id: strawberry.ID | None = native(
        "canvas.sis_import_id", "The SIS import that made it."
    )
    html_url: str | None = native("canvas.html_url", "Its page in Canvas.")
    created_at: datetime | None = native("canvas.created_at", "When it was made.")
    updated_at: datetime | None = native("canvas.updated_at", "When it last changed.")
    last_attended_at: datetime | None = native(
        "canvas.last_attended_at", "When the teacher says that they last attended."
    )
    total_activity_time: int | None = native(
        "canvas.total_activity_time", "Seconds spent in the course; null where not to be seen."
    )


@strawberry.type(description="What only Canvas keeps of an account.")
class CanvasAccount:
    uuid: strawberry.ID | None = native("canvas.uuid", "The account's UUID.")
    root_account_id: strawberry.ID | None = native(
        "canvas.root_account_id", "The root account's id; null for a root account."
    )
    workflow_state: str | None = native("canvas.workflow_state", "`active` or `deleted`.")
    integration_id: str | None = native("canvas.integration_id", "Its integration id.")
    sis_import_id: strawberry.ID | None = native(
        "canvas.sis_import_id", "The SIS import that made it."
    )
    default_storage_quota_mb: float | None = native(
        "canvas.default_storage_quota_mb", "What a course's files may take, in MB."
    )
    default_user_storage_quota_mb: float | None = native(
        "canvas.default_user_storage_quota_mb", "What a user's files may take, in MB."
    )
    default_group_storage_quota_mb: float | None = native(
        "canvas.default_group_storage_quota_mb", "What a group's files may take, in MB."
    )
    lti_guid: strawberry.ID | None = native("canvas.lti_guid", "Its id for LTI tools.")
    course_count: int | None = native("canvas.course_count", "How many courses it has.")
    sub_account_count: int | None = native(
        "canvas.sub_account_count", "How many accounts lie directly below it."
    )
