"""Inputs for what Canvas alone does with a course."""

from enum import Enum
from uuid import UUID

import strawberry

from lms_gateway.domain.commands import CourseEvent
from lms_gateway.schema.inputs.references import AccountRef, CourseRef
from lms_gateway.schema.inputs.sections import IDEMPOTENCY
from lms_gateway.schema.mutations.input_values import optional_field

strawberry.enum(CourseEvent, description="What happens to many courses at once.")


@strawberry.enum(description="A kind of content that a copy may hold.")
class CanvasContent(Enum):
    COURSE_SETTINGS = "course_settings"
    ASSIGNMENTS = "assignments"
    EXTERNAL_TOOLS = "external_tools"
    FILES = "files"
    TOPICS = "topics"
    CALENDAR_EVENTS = "calendar_events"
    QUIZZES = "quizzes"
    WIKI_PAGES = "wiki_pages"
    MODULES = "modules"
    OUTCOMES = "outcomes"


@strawberry.enum(description="What happens to a file of the same name.")
class CanvasOnDuplicate(Enum):
    OVERWRITE = "overwrite"
    RENAME = "rename"


@strawberry.input(description="Courses to bring to another state, at most 500, as one job.")
class ChangeCourseStatesInput:
    courses: list[CourseRef] = strawberry.field(description="The courses.")
    event: CourseEvent = strawberry.field(description="What happens to them.")
    account: AccountRef | None = optional_field(
        "The account that they are in; the root if left out."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A course's settings (Canvas only); what is left out stays.")
class CourseSettingsInput:
    allow_final_grade_override: bool | None = optional_field("Let teachers override final grades.")
    allow_student_discussion_topics: bool | None = optional_field("Let students start discussions.")
    allow_student_forum_attachments: bool | None = optional_field(
        "Let students attach files to discussions."
    )
    allow_student_discussion_editing: bool | None = optional_field(
        "Let students edit their own posts."
    )
    allow_student_organized_groups: bool | None = optional_field("Let students organise groups.")
    allow_student_discussion_reporting: bool | None = optional_field("Let students report posts.")
    allow_student_anonymous_discussion_topics: bool | None = optional_field(
        "Let students start anonymous discussions."
    )
    filter_speed_grader_by_student_group: bool | None = optional_field(
        "Have graders choose a group first."
    )
    hide_final_grades: bool | None = optional_field("Show students no totals.")
    hide_distribution_graphs: bool | None = optional_field(
        "Show students no distribution of grades."
    )
    hide_sections_on_course_users_page: bool | None = optional_field(
        "Hide sections on the people page."
    )
    lock_all_announcements: bool | None = optional_field("Close announcements to comments.")
    usage_rights_required: bool | None = optional_field("Require usage rights for files.")
    restrict_student_past_view: bool | None = optional_field(
        "Close the course to students after its end."
    )
    restrict_student_future_view: bool | None = optional_field(
        "Close the course to students before its start."
    )
    show_announcements_on_home_page: bool | None = optional_field(
        "Show announcements on the home page."
    )
    syllabus_course_summary: bool | None = optional_field("Show the summary on the syllabus.")
    conditional_release: bool | None = optional_field("Use mastery paths.")
    home_page_announcement_limit: int | None = optional_field(
        "How many announcements the home page shows."
    )
    default_due_time: str | None = optional_field(
        "When assignments are due, HH:MM:SS, or `inherit`."
    )


@strawberry.input(description="A course and its new settings (Canvas only).")
class UpdateCourseSettingsInput:
    course: CourseRef = strawberry.field(description="The course.")
    settings: CourseSettingsInput = strawberry.field(description="The new settings.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Content of another course to copy in (Canvas only).")
class CopyCourseInput:
    course: CourseRef = strawberry.field(description="The course to copy into.")
    source: CourseRef = strawberry.field(description="The course to copy from.")
    only: list[CanvasContent] | None = optional_field("Only this content. Not with `except`.")
    except_: list[CanvasContent] | None = strawberry.field(
        name="except",
        default=strawberry.UNSET,
        description="All content but this. Not with `only`.",
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A file that is to be uploaded to a course (Canvas only).")
class RequestCourseFileUploadInput:
    course: CourseRef = strawberry.field(description="The course.")
    name: str = strawberry.field(description="The file's name.")
    size: int | None = optional_field("Its size in bytes.")
    content_type: str | None = optional_field("Its media type; guessed from the name if left out.")
    parent_folder_path: str | None = optional_field("The folder to put it into.")
    on_duplicate: CanvasOnDuplicate | None = optional_field(
        "What happens to a file of the same name."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
