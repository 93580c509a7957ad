"""Inputs of operations on courses that only Canvas has."""

from enum import Enum

import strawberry
from strawberry import enum_value

from lms_gateway.domain.commands import CourseEvent
from lms_gateway.schema.inputs.fields import mutation_input, optional, required
from lms_gateway.schema.inputs.references import AccountRef, CourseRef


@strawberry.enum(description="A type of content to copy.")
class CanvasContent(Enum):
    COURSE_SETTINGS = enum_value("course_settings", description="The course's settings.")
    ASSIGNMENTS = enum_value("assignments", description="Assignments.")
    EXTERNAL_TOOLS = enum_value("external_tools", description="External tools.")
    FILES = enum_value("files", description="Files.")
    TOPICS = enum_value("topics", description="Discussions.")
    CALENDAR_EVENTS = enum_value("calendar_events", description="Calendar events.")
    QUIZZES = enum_value("quizzes", description="Quizzes.")
    WIKI_PAGES = enum_value("wiki_pages", description="Pages.")
    MODULES = enum_value("modules", description="Modules.")
    OUTCOMES = enum_value("outcomes", description="Learning outcomes.")


@strawberry.enum(description="What to do if a file with this name exists.")
class CanvasOnDuplicate(Enum):
    OVERWRITE = enum_value("overwrite", description="Replace the existing file.")
    RENAME = enum_value("rename", description="Keep both files and rename the new one.")


@mutation_input("Courses whose state changes, at most 500, as one job.")
class ChangeCourseStatesInput:
    courses: list[CourseRef] = required("The courses.")
    event: CourseEvent = required("Event that changes the state.")
    account: AccountRef | None = optional("Account of the courses; the root if omitted.")


@strawberry.input(description="Settings of a course (Canvas only). Omitted fields do not change.")
class CourseSettingsInput:
    allow_final_grade_override: bool | None = optional("Allow teachers to override final grades.")
    allow_student_discussion_topics: bool | None = optional("Allow students to start discussions.")
    allow_student_forum_attachments: bool | None = optional("Let students attach files to discussions.")
    allow_student_discussion_editing: bool | None = optional("Let students edit their own posts.")
    allow_student_organized_groups: bool | None = optional("Allow students to organize groups.")
    allow_student_discussion_reporting: bool | None = optional("Allow students to report posts.")
    allow_student_anonymous_discussion_topics: bool | None = optional(
        "Allow students to start anonymous discussions."
    )
    filter_speed_grader_by_student_group: bool | None = optional("Graders must select a group first.")
    hide_final_grades: bool | None = optional("Hide totals from students.")
    hide_distribution_graphs: bool | None = optional("Hide the grade distribution from students.")
    hide_sections_on_course_users_page: bool | None = optional("Hide sections on the people page.")
    lock_all_announcements: bool | None = optional("Disable comments on announcements.")
    usage_rights_required: bool | None = optional("Require usage rights for files.")
    restrict_student_past_view: bool | None = optional("Hide the course after its end.")
    restrict_student_future_view: bool | None = optional("Hide the course before its start.")
    show_announcements_on_home_page: bool | None = optional("Show announcements on the home page.")
    syllabus_course_summary: bool | None = optional("Show the course summary on the syllabus.")
    conditional_release: bool | None = optional("Enable mastery paths.")
    home_page_announcement_limit: int | None = optional("Number of announcements on the home page.")
    default_due_time: str | None = optional("Due time of assignments, HH:MM:SS, or `inherit`.")


@mutation_input("New settings of a course (Canvas only).")
class UpdateCourseSettingsInput:
    course: CourseRef = required("The course.")
    settings: CourseSettingsInput = required("The new settings.")


@mutation_input("A copy of content from one course to another (Canvas only).")
class CopyCourseInput:
    course: CourseRef = required("The course to copy into.")
    source: CourseRef = required("The course to copy from.")
    only: list[CanvasContent] | None = optional("Copy only these types. Not with `except`.")
    except_: list[CanvasContent] | None = strawberry.field(
        name="except", default=strawberry.UNSET, description="Copy all other types. Not with `only`."
    )


@mutation_input("A file to upload to a course (Canvas only).")
class RequestCourseFileUploadInput:
    course: CourseRef = required("The course.")
    name: str = required("The file's name.")
    size: int | None = optional("Size in bytes.")
    content_type: str | None = optional("Media type; derived from the name if omitted.")
    parent_folder_path: str | None = optional("Path of the folder.")
    on_duplicate: CanvasOnDuplicate | None = optional("What to do if a file with this name exists.")
