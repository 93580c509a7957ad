"""Values of vendor operations on courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.schema.declarations.record_fields import value
from lms_gateway.schema.types.canvas.nested import CanvasCourseProgress


@strawberry.type(description="A course's settings (Canvas only).")
class CourseSettings:
    allow_final_grade_override: bool | None = value("Whether teachers can override final grades.")
    allow_student_discussion_topics: bool | None = value("Whether students can start discussions.")
    allow_student_forum_attachments: bool | None = value("Whether students can attach files.")
    allow_student_discussion_editing: bool | None = value("Whether students can edit own posts.")
    allow_student_discussion_reporting: bool | None = value("Whether students can report posts.")
    allow_student_anonymous_discussion_topics: bool | None = value(
        "Whether students can start anonymous discussions."
    )
    allow_student_organized_groups: bool | None = value("Whether students can organize groups.")
    filter_speed_grader_by_student_group: bool | None = value(
        "Whether graders must select a student group first."
    )
    grading_standard_enabled: bool | None = value("Whether a grading scheme is in use.")
    hide_final_grades: bool | None = value("Whether totals are hidden from students.")
    hide_distribution_graphs: bool | None = value("Whether grade distributions are hidden.")
    hide_sections_on_course_users_page: bool | None = value("Whether the people page omits sections.")
    lock_all_announcements: bool | None = value("Whether comments on announcements are disabled.")
    usage_rights_required: bool | None = value("Whether files require usage rights.")
    restrict_student_past_view: bool | None = value("Whether students cannot see the course after its end.")
    restrict_student_future_view: bool | None = value(
        "Whether students cannot see the course before its start."
    )
    restrict_quantitative_data: bool | None = value("Whether students see only letter grades.")
    show_announcements_on_home_page: bool | None = value("Whether the home page has announcements.")
    syllabus_course_summary: bool | None = value("Whether the syllabus shows the course summary.")
    homeroom_course: bool | None = value("Whether it is a homeroom.")
    conditional_release: bool | None = value("Whether mastery paths are in use.")
    grading_standard_id: str | None = value("The grading scheme's id; null if unset.")
    grade_passback_setting: str | None = value("`nightly_sync`, `disabled`, or null.")
    home_page_announcement_limit: int | None = value("Number of announcements on the home page.")
    image_url: str | None = value("URL of the image.")
    image_id: str | None = value("Id of the image's file if it is a file of the course.")
    image: str | None = value("URL of the displayed image.")
    banner_image_url: str | None = value("URL of the banner image.")
    banner_image_id: str | None = value("Id of the banner's file if it is a file of the course.")
    banner_image: str | None = value("URL of the displayed banner image.")
    course_color: str | None = value("Color as #rrggbb.")
    friendly_name: str | None = value("Name for students.")
    default_due_time: str | None = value("Due time of assignments, HH:MM:SS, or `inherit`.")


@strawberry.type(description="Progress of a student in a module-based course.")
class StudentProgress:
    id: strawberry.ID | None = value("The student's vendor id.")
    display_name: str | None = value("Display name of the student.")
    anonymous_id: str | None = value("Id to use if names are hidden.")
    avatar_image_url: str | None = value("The student's picture.")
    html_url: str | None = value("The student's page in the course.")
    pronouns: str | None = value("The student's pronouns.")
    progress: CanvasCourseProgress | None = value("Progress; null if there are no requirements.")


@strawberry.type(description="A permission of the viewer.")
class Permission:
    name: str | None = value("Name of the permission, as the vendor names it.")
    granted: bool | None = value("Whether it is granted.")


def _whole_document(root: strawberry.Parent[Any]) -> Any:
    return root


@strawberry.type(description="An item of a course's activity stream.")
class ActivityStreamItem:
    all: JSON | None = strawberry.field(
        resolver=_whole_document, description="All values that Canvas reports; they depend on the type."
    )
    id: strawberry.ID | None = value("Canvas's id of the item.")
    type: str | None = value("For example `Announcement`, `Submission` or `DiscussionTopic`.")
    title: str | None = value("Title.")
    message: str | None = value("Text, as HTML.")
    read_state: bool | None = value("Whether the viewer has read it.")
    context_type: str | None = value("`course` or `group`.")
    course_id: strawberry.ID | None = value("The course's id.")
    group_id: strawberry.ID | None = value("The group's id.")
    html_url: str | None = value("URL of the page in Canvas.")
    created_at: datetime | None = value("Time of creation.")
    updated_at: datetime | None = value("Time of the last change.")


@strawberry.type(description="Number of items of one type in a course's activity stream.")
class ActivityStreamSummary:
    type: str | None = value("The type of item.")
    unread_count: int | None = value("Number of unread items.")
    count: int | None = value("Number of items.")
    notification_category: str | None = value("Category of messages.")


@strawberry.type(description="A to-do item of the viewer in a course.")
class TodoItem:
    type: str | None = value("`grading` or `submitting`.")
    html_url: str | None = value("URL of the item.")
    needs_grading_count: int | None = value("Number of ungraded submissions.")
    context_type: str | None = value("`course` or `group`.")
    context_name: str | None = value("The course's name.")
    course_id: strawberry.ID | None = value("The course's id.")
    group_id: strawberry.ID | None = value("The group's id.")
    ignore: str | None = value("URL that hides the item until it changes.")
    ignore_permanently: str | None = value("URL that hides the item permanently.")
    assignment: JSON | None = value("The assignment, with Canvas's keys.")
    quiz: JSON | None = value("The quiz, with Canvas's keys.")


@strawberry.type(description="Due date of an assignment for a student.")
class EffectiveDueDate:
    assignment_id: strawberry.ID | None = value("The assignment.")
    user_id: strawberry.ID | None = value("The student.")
    due_at: datetime | None = value("Due date; null if there is none.")
    grading_period_id: strawberry.ID | None = value("Id of the grading period.")
    in_closed_grading_period: bool | None = value("Whether the grading period is closed.")


@strawberry.type(description="A job that copies content between courses.")
class CanvasCourseCopy:
    id: strawberry.ID | None = value("Canvas's id of the job.")
    progress: int | None = value("Completed part in percent; null before the job starts.")
    workflow_state: str | None = value("`created`, `started`, `completed` or `failed`.")
    created_at: datetime | None = value("Time of the request.")
    status_url: str | None = value("URL of the job's state in Canvas.")
