"""Inputs that describe courses."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from lms_gateway.schema.inputs.references import AccountRef, CourseRef
from lms_gateway.schema.inputs.sections import IDEMPOTENCY, SchoologyBulkInput, SectionFields
from lms_gateway.schema.mutations.input_values import option_field, optional_field


@strawberry.enum(description="Under which licence a course's content is.")
class CanvasLicense(Enum):
    PRIVATE = "private"
    CC_BY_NC_ND = "cc_by_nc_nd"
    CC_BY_NC_SA = "cc_by_nc_sa"
    CC_BY_NC = "cc_by_nc"
    CC_BY_ND = "cc_by_nd"
    CC_BY_SA = "cc_by_sa"
    CC_BY = "cc_by"
    PUBLIC_DOMAIN = "public_domain"


@strawberry.enum(description="The page that a course opens with.")
class CanvasDefaultView(Enum):
    FEED = "feed"
    WIKI = "wiki"
    MODULES = "modules"
    SYLLABUS = "syllabus"
    ASSIGNMENTS = "assignments"


@strawberry.enum(description="Whether grades are passed back.")
class CanvasGradePassback(Enum):
    NIGHTLY_SYNC = "nightly_sync"
    DISABLED = "disabled"


@strawberry.enum(description="How a course is held.")
class CanvasCourseFormat(Enum):
    ON_CAMPUS = "on_campus"
    ONLINE = "online"
    BLENDED = "blended"


@strawberry.enum(description="What happens to a course's state.")
class CanvasCourseEvent(Enum):
    CLAIM = "claim"
    OFFER = "offer"
    CONCLUDE = "conclude"
    DELETE = "delete"
    UNDELETE = "undelete"


@strawberry.input(description="What a blueprint course locks in its copies.")
class CanvasRestrictionsInput:
    content: bool | None = optional_field("Lock content.")
    points: bool | None = optional_field("Lock points.")
    due_dates: bool | None = optional_field("Lock due dates.")
    availability_dates: bool | None = optional_field("Lock availability dates.")


@strawberry.input(description="What a blueprint course locks in its copies, by the type of object.")
class CanvasTypedRestrictionsInput:
    assignment: CanvasRestrictionsInput | None = optional_field("For assignments.")
    attachment: CanvasRestrictionsInput | None = optional_field("For files.")
    discussion_topic: CanvasRestrictionsInput | None = optional_field("For discussions.")
    quiz: CanvasRestrictionsInput | None = optional_field("For quizzes.")
    wiki_page: CanvasRestrictionsInput | None = optional_field("For pages.")


@strawberry.input(description="What only Canvas takes for a course.")
class CanvasCourseInput:
    license: CanvasLicense | None = optional_field("The licence of its content.")
    is_public: bool | None = optional_field("Let anybody see it.")
    is_public_to_auth_users: bool | None = optional_field("Let anybody signed in see it.")
    public_syllabus: bool | None = optional_field("Let anybody see the syllabus.")
    public_syllabus_to_auth: bool | None = optional_field("Let anybody signed in see the syllabus.")
    allow_student_wiki_edits: bool | None = optional_field("Let students edit pages.")
    allow_wiki_comments: bool | None = optional_field("Let pages be commented.")
    allow_student_forum_attachments: bool | None = optional_field(
        "Let students attach files to discussions."
    )
    open_enrollment: bool | None = optional_field("Let anybody enrol.")
    self_enrollment: bool | None = optional_field("Let students enrol themselves.")
    restrict_enrollments_to_course_dates: bool | None = optional_field(
        "Let people in only between the course's dates. Canvas ignores `startAt` and "
        "`endAt` without it."
    )
    hide_final_grades: bool | None = optional_field("Show students no totals.")
    apply_assignment_group_weights: bool | None = optional_field(
        "Weight final grades by assignment group."
    )
    default_view: CanvasDefaultView | None = optional_field("The page that it opens with.")
    syllabus_body: str | None = optional_field("The syllabus, as HTML.")
    grading_standard_id: strawberry.ID | None = optional_field("The grading scheme; null for none.")
    grade_passback_setting: CanvasGradePassback | None = optional_field(
        "Whether grades are passed back; null for the default."
    )
    course_format: CanvasCourseFormat | None = optional_field("How it is held.")
    post_manually: bool | None = optional_field("Post grades by hand.")
    offer: bool | None = option_field("Publish it at once.")
    enable_sis_reactivation: bool | None = option_field(
        "On creating: bring a deleted course with this SIS id back instead."
    )
    enroll_me: bool | None = option_field("On creating: enrol the viewer as its teacher.")
    override_sis_stickiness: bool | None = option_field(
        "On updating: false leaves fields alone that were changed by hand since the last "
        "SIS import. True if left out."
    )
    event: CanvasCourseEvent | None = option_field("On updating: what happens to its state.")
    storage_quota_mb: int | None = optional_field("On updating: what its files may take, in MB.")
    syllabus_course_summary: bool | None = optional_field(
        "On updating: show the summary on the syllabus."
    )
    image_id: strawberry.ID | None = optional_field(
        "On updating: a file of the course as its picture. Not with `imageUrl`."
    )
    image_url: str | None = optional_field(
        "On updating: the address of its picture. Not with `imageId`."
    )
    remove_image: bool | None = optional_field("On updating: take its picture away.")
    remove_banner_image: bool | None = optional_field("On updating: take its banner away.")
    blueprint: bool | None = optional_field("On updating: make it a blueprint course.")
    blueprint_restrictions: CanvasRestrictionsInput | None = optional_field(
        "On updating: what the blueprint locks."
    )
    use_blueprint_restrictions_by_object_type: bool | None = optional_field(
        "On updating: lock by the type of object."
    )
    blueprint_restrictions_by_object_type: CanvasTypedRestrictionsInput | None = optional_field(
        "On updating: what the blueprint locks, by the type of object."
    )
    homeroom_course: bool | None = optional_field("On updating: make it a homeroom.")
    sync_enrollments_from_homeroom: bool | None = optional_field(
        "On updating: take enrollments over from the homeroom."
    )
    homeroom_course_id: strawberry.ID | None = optional_field(
        "On updating: the homeroom to take them from."
    )
    template: bool | None = optional_field("On updating: make it a template.")
    course_color: str | None = optional_field("On updating: its colour, as #rrggbb.")
    friendly_name: str | None = optional_field("On updating: the name that students see.")
    enable_course_paces: bool | None = optional_field("On updating: use course pacing.")
    conditional_release: bool | None = optional_field("On updating: use mastery paths.")


@strawberry.input(description="What only Schoology takes for a course.")
class SchoologyCourseInput:
    subject_area: int | None = optional_field("The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = optional_field(
        "The lowest grade level's number, 0 to 15."
    )
    grade_level_range_end: int | None = optional_field("The highest grade level's number, 0 to 15.")
    synced: bool | None = optional_field(
        "Whether the school's information system keeps it: its code is then locked."
    )


@strawberry.input(
    description="What a course is made of; what is left out stays as it is, or unset."
)
class CourseFields:
    name: str | None = optional_field("Its name. Required at Schoology.")
    code: str | None = optional_field(
        "Its code. Required at Schoology, and unique in the school there."
    )
    sis_id: str | None = optional_field("Its id in the school's information system (Canvas only).")
    integration_id: str | None = optional_field("Its integration id (Canvas only).")
    description: str | None = optional_field("What it is about. Canvas: the public description.")
    department: str | None = optional_field("Its department (Schoology only).")
    credits: float | None = optional_field("What it counts for (Schoology only).")
    start_at: datetime | None = optional_field("When it begins (Canvas only).")
    end_at: datetime | None = optional_field("When it ends (Canvas only).")
    time_zone: str | None = optional_field("Its IANA time zone (Canvas only).")
    term: strawberry.ID | None = optional_field("Its term: a Term's `id` (Canvas only).")
    account: AccountRef | None = optional_field(
        "The account it belongs to: Canvas account, Schoology building. The root if left out."
    )
    canvas: CanvasCourseInput | None = optional_field("What only Canvas takes.")
    schoology: SchoologyCourseInput | None = optional_field("What only Schoology takes.")


@strawberry.input(description="A new course.")
class NewCourse(CourseFields):
    sections: list[SectionFields] | None = optional_field(
        "Sections made with it (only with `createCourses`, at Schoology)."
    )


@strawberry.input(description="A new course.")
class CreateCourseInput(CourseFields):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New courses, at most 500.")
class CreateCoursesInput:
    courses: list[NewCourse] = strawberry.field(description="The courses, in order.")
    schoology: SchoologyBulkInput | None = optional_field("What only Schoology takes.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for a course; null unsets, what is left out stays.")
class CoursePatch(CourseFields):
    course: CourseRef = strawberry.field(description="The course.")


@strawberry.input(description="New values for a course; null unsets, what is left out stays.")
class UpdateCourseInput(CoursePatch):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for courses, at most 500.")
class UpdateCoursesInput:
    courses: list[CoursePatch] = strawberry.field(description="The courses, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A course.")
class CourseInput:
    course: CourseRef = strawberry.field(description="The course.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
