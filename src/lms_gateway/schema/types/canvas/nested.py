"""Objects within Canvas's own, each without an identity: a course's tabs, a user's permissions.

Field by field as the vendor documents them:
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from datetime import datetime

import strawberry


@strawberry.type(description="A course's calendar.")
class CanvasCalendarLink:
    ics: str | None = strawberry.field(description="The URL of the calendar in ICS format.")


@strawberry.type(description="Progress in a module-based course.")
class CanvasCourseProgress:
    requirement_count: int | None = strawberry.field(
        description="Number of requirements of all modules."
    )
    requirement_completed_count: int | None = strawberry.field(
        description="Number of completed requirements."
    )
    next_requirement_url: str | None = strawberry.field(
        description="URL of the next module item with an unmet requirement; null if there is none."
    )
    completed_at: datetime | None = strawberry.field(
        description="Time of completion; null if not completed."
    )


@strawberry.type(description="The viewer's permissions in a course.")
class CanvasCoursePermissions:
    create_discussion_topic: bool | None = strawberry.field(
        description="Whether the viewer can start discussions."
    )
    create_announcement: bool | None = strawberry.field(
        description="Whether the viewer can create announcements."
    )


@strawberry.type(description="A part of a term with its own grades.")
class CanvasGradingPeriod:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the grading period.")
    title: str | None = strawberry.field(description="Title.")
    start_date: datetime | None = strawberry.field(description="Start.")
    end_date: datetime | None = strawberry.field(description="Time of expiry.")
    workflow_state: str | None = strawberry.field(description="State, in Canvas's words.")


@strawberry.type(description="What a blueprint course locks in its copies.")
class CanvasBlueprintRestrictions:
    content: bool | None = strawberry.field(description="Whether content is locked.")
    points: bool | None = strawberry.field(description="Whether points are locked.")
    due_dates: bool | None = strawberry.field(description="Whether due dates are locked.")
    availability_dates: bool | None = strawberry.field(
        description="Whether availability dates are locked."
    )


@strawberry.type(description="A section in which the viewer is enrolled.")
class CanvasViewerSection:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the section.")
    name: str | None = strawberry.field(description="Name.")
    start_at: datetime | None = strawberry.field(description="Start; null if unset.")
    end_at: datetime | None = strawberry.field(description="End; null if unset.")
    enrollment_role: str | None = strawberry.field(
        description="The viewer's role, as Canvas names it; null if not enrolled."
    )


@strawberry.type(description="An entry of a course's navigation.")
class CanvasTab:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id of the tab.")
    label: str | None = strawberry.field(description="Label in the navigation.")
    type: str | None = strawberry.field(description="`internal` or `external`.")
    html_url: str | None = strawberry.field(description="URL relative to the Canvas host.")
    full_url: str | None = strawberry.field(description="URL of the link.")
    position: int | None = strawberry.field(description="Position, from 1.")
    visibility: str | None = strawberry.field(
        description="Visibility: `public`, `members`, `admins` or `none`."
    )
    hidden: bool | None = strawberry.field(description="True if it is hidden; otherwise null.")


@strawberry.type(description="An enrollment of the viewer in a course, as the course contains it.")
class CanvasViewerEnrollment:
    type: str | None = strawberry.field(
        description="`student`, `teacher`, `ta`, `observer`, `designer` or `student_view`."
    )
    role: str | None = strawberry.field(description="The course role's name.")
    role_id: strawberry.ID | None = strawberry.field(description="The course role's id.")
    user_id: strawberry.ID | None = strawberry.field(
        description="Id of the viewer, or of the user whom the viewer observes."
    )
    enrollment_state: str | None = strawberry.field(description="State, as Canvas names it.")
    limit_privileges_to_course_section: bool | None = strawberry.field(
        description="Whether the viewer can see only members of the own section."
    )
    associated_user_id: strawberry.ID | None = strawberry.field(
        description="Id of the user whom an observer observes."
    )
    computed_current_score: float | None = strawberry.field(
        description="Score of the graded work in percent; null if grades are hidden."
    )
    computed_current_grade: str | None = strawberry.field(
        description="The letter for `computedCurrentScore`."
    )
    computed_final_score: float | None = strawberry.field(
        description="Score of all work in percent; null if grades are hidden."
    )
    computed_final_grade: str | None = strawberry.field(
        description="The letter for `computedFinalScore`."
    )
    unposted_current_score: float | None = strawberry.field(
        description="As `computedCurrentScore`, including unposted grades."
    )
    unposted_current_grade: str | None = strawberry.field(
        description="The letter for `unpostedCurrentScore`."
    )
    unposted_final_score: float | None = strawberry.field(
        description="As `computedFinalScore`, including unposted grades."
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
        description="Score of the graded work of the current grading period in percent."
    )
    current_period_computed_current_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodComputedCurrentScore`."
    )
    current_period_computed_final_score: float | None = strawberry.field(
        description="Score of all work of the current grading period in percent."
    )
    current_period_computed_final_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodComputedFinalScore`."
    )
    current_period_unposted_current_score: float | None = strawberry.field(
        description="As `currentPeriodComputedCurrentScore`, including unposted grades."
    )
    current_period_unposted_current_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodUnpostedCurrentScore`."
    )
    current_period_unposted_final_score: float | None = strawberry.field(
        description="As `currentPeriodComputedFinalScore`, including unposted grades."
    )
    current_period_unposted_final_grade: str | None = strawberry.field(
        description="The letter for `currentPeriodUnpostedFinalScore`."
    )


@strawberry.type(description="Permissions of a user for the own account.")
class CanvasUserPermissions:
    can_update_name: bool | None = strawberry.field(
        description="Whether the user can change the name."
    )
    can_update_avatar: bool | None = strawberry.field(
        description="Whether the user can change the picture."
    )
    limit_parent_app_web_access: bool | None = strawberry.field(
        description="Whether the app for parents denies access to its web pages."
    )


@strawberry.type(description="All grades of a student that Canvas reports.")
class CanvasGrades:
    html_url: str | None = strawberry.field(description="Location in Canvas.")
    override_score: float | None = strawberry.field(
        description="Final score in percent if the teacher overrode it; otherwise null."
    )
    override_grade: str | None = strawberry.field(description="The letter for `overrideScore`.")
    unposted_current_score: float | None = strawberry.field(
        description="Score of the graded work in percent, including unposted grades."
    )
    unposted_current_grade: str | None = strawberry.field(
        description="The letter for `unpostedCurrentScore`."
    )
    unposted_final_score: float | None = strawberry.field(
        description="Score of all work in percent, including unposted grades."
    )
    unposted_final_grade: str | None = strawberry.field(
        description="The letter for `unpostedFinalScore`."
    )
    current_points: float | None = strawberry.field(description="Points of the current score.")
    grading_period_id: strawberry.ID | None = strawberry.field(
        description="Id of the grading period; null for the whole course."
    )
