"""What Canvas tells of a course beside its fields.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.schema.types.canvas_parts import CanvasCourseProgress


@strawberry.type(description="A course's settings (Canvas only).")
class CourseSettings:
    allow_final_grade_override: bool | None = strawberry.field(
        description="Whether teachers may override final grades."
    )
    allow_student_discussion_topics: bool | None = strawberry.field(
        description="Whether students may start discussions."
    )
    allow_student_forum_attachments: bool | None = strawberry.field(
        description="Whether students may attach files to discussions."
    )
    allow_student_discussion_editing: bool | None = strawberry.field(
        description="Whether students may edit their own posts."
    )
    allow_student_discussion_reporting: bool | None = strawberry.field(
        description="Whether students may report posts."
    )
    allow_student_anonymous_discussion_topics: bool | None = strawberry.field(
        description="Whether students may start anonymous discussions."
    )
    allow_student_organized_groups: bool | None = strawberry.field(
        description="Whether students may organise groups."
    )
    filter_speed_grader_by_student_group: bool | None = strawberry.field(
        description="Whether graders choose a group first."
    )
    grading_standard_enabled: bool | None = strawberry.field(
        description="Whether a grading scheme is in use."
    )
    hide_final_grades: bool | None = strawberry.field(description="Whether students see no totals.")
    hide_distribution_graphs: bool | None = strawberry.field(
        description="Whether students see no distribution of grades."
    )
    hide_sections_on_course_users_page: bool | None = strawberry.field(
        description="Whether the people page hides sections."
    )
    lock_all_announcements: bool | None = strawberry.field(
        description="Whether announcements are closed to comments."
    )
    usage_rights_required: bool | None = strawberry.field(
        description="Whether files need usage rights."
    )
    restrict_student_past_view: bool | None = strawberry.field(
        description="Whether the course closes to students at its end."
    )
    restrict_student_future_view: bool | None = strawberry.field(
        description="Whether the course is closed to students before its start."
    )
    restrict_quantitative_data: bool | None = strawberry.field(
        description="Whether students see letters only."
    )
    show_announcements_on_home_page: bool | None = strawberry.field(
        description="Whether the home page shows announcements."
    )
    syllabus_course_summary: bool | None = strawberry.field(
        description="Whether the syllabus shows the summary."
    )
    homeroom_course: bool | None = strawberry.field(description="Whether it is a homeroom.")
    conditional_release: bool | None = strawberry.field(
        description="Whether mastery paths are in use."
    )
    grading_standard_id: str | None = strawberry.field(
        description="The grading scheme's id; null where none is set."
    )
    grade_passback_setting: str | None = strawberry.field(
        description="`nightly_sync`, `disabled`, or null."
    )
    home_page_announcement_limit: int | None = strawberry.field(
        description="How many announcements the home page shows."
    )
    image_url: str | None = strawberry.field(description="The picture's address.")
    image_id: str | None = strawberry.field(
        description="The picture's file, where it is one of the course's."
    )
    image: str | None = strawberry.field(description="The picture, as it is shown.")
    banner_image_url: str | None = strawberry.field(description="The banner's address.")
    banner_image_id: str | None = strawberry.field(
        description="The banner's file, where it is one of the course's."
    )
    banner_image: str | None = strawberry.field(description="The banner, as it is shown.")
    course_color: str | None = strawberry.field(description="Its colour, as #rrggbb.")
    friendly_name: str | None = strawberry.field(description="The name that students see.")
    default_due_time: str | None = strawberry.field(
        description="When assignments are due, HH:MM:SS, or `inherit`."
    )


@strawberry.type(description="How far a student has come in a module-based course.")
class StudentProgress:
    id: strawberry.ID | None = strawberry.field(description="The student's vendor id.")
    display_name: str | None = strawberry.field(description="The student's name to show.")
    anonymous_id: str | None = strawberry.field(description="The id used where names are hidden.")
    avatar_image_url: str | None = strawberry.field(description="The student's picture.")
    html_url: str | None = strawberry.field(description="The student's page in the course.")
    pronouns: str | None = strawberry.field(description="The student's pronouns.")
    progress: CanvasCourseProgress | None = strawberry.field(
        description="How far; null where the course has no requirements for them."
    )


@strawberry.type(description="Something that the viewer may do, or not.")
class Permission:
    name: str | None = strawberry.field(description="The permission, in the vendor's words.")
    granted: bool | None = strawberry.field(description="Whether it is granted.")


def _whole_document(root: strawberry.Parent[Any]) -> Any:
    return root


@strawberry.type(description="Something that happened in a course.")
class ActivityStreamItem:
    all: JSON | None = strawberry.field(
        resolver=_whole_document, description="All that Canvas tells: it depends on the type."
    )
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the item.")
    type: str | None = strawberry.field(
        description="`Announcement`, `Message`, `Submission`, `DiscussionTopic` and the like."
    )
    title: str | None = strawberry.field(description="Its title.")
    message: str | None = strawberry.field(description="Its text, as HTML.")
    read_state: bool | None = strawberry.field(description="Whether the viewer has read it.")
    context_type: str | None = strawberry.field(description="`course` or `group`.")
    course_id: strawberry.ID | None = strawberry.field(description="The course's id.")
    group_id: strawberry.ID | None = strawberry.field(description="The group's id.")
    html_url: str | None = strawberry.field(description="Its page in Canvas.")
    created_at: datetime | None = strawberry.field(description="When it was made.")
    updated_at: datetime | None = strawberry.field(description="When it last changed.")


@strawberry.type(description="How much of a type happened in a course.")
class ActivityStreamSummary:
    type: str | None = strawberry.field(description="The type of item.")
    unread_count: int | None = strawberry.field(description="How many the viewer has not read.")
    count: int | None = strawberry.field(description="How many there are.")
    notification_category: str | None = strawberry.field(description="The category, for messages.")


@strawberry.type(description="Something that the viewer has to do in a course.")
class TodoItem:
    type: str | None = strawberry.field(description="`grading` or `submitting`.")
    html_url: str | None = strawberry.field(description="Where to do it.")
    needs_grading_count: int | None = strawberry.field(
        description="How many submissions wait to be graded."
    )
    context_type: str | None = strawberry.field(description="`course` or `group`.")
    context_name: str | None = strawberry.field(description="The course's name.")
    course_id: strawberry.ID | None = strawberry.field(description="The course's id.")
    group_id: strawberry.ID | None = strawberry.field(description="The group's id.")
    ignore: str | None = strawberry.field(description="The address that hides it until it changes.")
    ignore_permanently: str | None = strawberry.field(description="The address that hides it.")
    assignment: JSON | None = strawberry.field(description="The assignment, in Canvas's own form.")
    quiz: JSON | None = strawberry.field(description="The quiz, in Canvas's own form.")


@strawberry.type(description="When an assignment is due for a student.")
class EffectiveDueDate:
    assignment_id: strawberry.ID | None = strawberry.field(description="The assignment.")
    user_id: strawberry.ID | None = strawberry.field(description="The student.")
    due_at: datetime | None = strawberry.field(description="When; null for no due date.")
    grading_period_id: strawberry.ID | None = strawberry.field(
        description="The grading period it falls into."
    )
    in_closed_grading_period: bool | None = strawberry.field(description="Whether that is closed.")


@strawberry.type(description="A job that copies content between courses.")
class CanvasCourseCopy:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the job.")
    progress: int | None = strawberry.field(description="Per cent; null before it has begun.")
    workflow_state: str | None = strawberry.field(
        description="`created`, `started`, `completed` or `failed`."
    )
    created_at: datetime | None = strawberry.field(description="When it was asked for.")
    status_url: str | None = strawberry.field(description="Where Canvas tells how far it is.")
