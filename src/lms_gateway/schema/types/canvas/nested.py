"""Objects without an id that Canvas's objects contain, such as the tabs of a course.

Field by field as the vendor documents them:
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from datetime import datetime

import strawberry

from lms_gateway.schema.declarations.record_fields import value


@strawberry.type(description="A course's calendar.")
class CanvasCalendarLink:
    ics: str | None = value("The URL of the calendar in ICS format.")


@strawberry.type(description="Progress in a module-based course.")
class CanvasCourseProgress:
    requirement_count: int | None = value("Number of requirements of all modules.")
    requirement_completed_count: int | None = value("Number of completed requirements.")
    next_requirement_url: str | None = value(
        "URL of the next module item with an unmet requirement; null if there is none."
    )
    completed_at: datetime | None = value("Time of completion; null if not completed.")


@strawberry.type(description="The viewer's permissions in a course.")
class CanvasCoursePermissions:
    create_discussion_topic: bool | None = value("Whether the viewer can start discussions.")
    create_announcement: bool | None = value("Whether the viewer can create announcements.")


@strawberry.type(description="A part of a term with its own grades.")
class CanvasGradingPeriod:
    id: strawberry.ID | None = value("Canvas's id of the grading period.")
    title: str | None = value("Title.")
    start_date: datetime | None = value("Start.")
    end_date: datetime | None = value("Time of expiry.")
    workflow_state: str | None = value("State, in Canvas's words.")


@strawberry.type(description="What a blueprint course locks in its copies.")
class CanvasBlueprintRestrictions:
    content: bool | None = value("Whether content is locked.")
    points: bool | None = value("Whether points are locked.")
    due_dates: bool | None = value("Whether due dates are locked.")
    availability_dates: bool | None = value("Whether availability dates are locked.")


@strawberry.type(description="A section in which the viewer is enrolled.")
class CanvasViewerSection:
    id: strawberry.ID | None = value("Canvas's id of the section.")
    name: str | None = value("Name.")
    start_at: datetime | None = value("Start; null if unset.")
    end_at: datetime | None = value("End; null if unset.")
    enrollment_role: str | None = value("The viewer's Canvas role; null if not enrolled.")


@strawberry.type(description="An entry of a course's navigation.")
class CanvasTab:
    id: strawberry.ID | None = value("Canvas's id of the tab.")
    label: str | None = value("Label in the navigation.")
    type: str | None = value("`internal` or `external`.")
    html_url: str | None = value("URL relative to the Canvas host.")
    full_url: str | None = value("URL of the link.")
    position: int | None = value("Position, from 1.")
    visibility: str | None = value("Visibility: `public`, `members`, `admins` or `none`.")
    hidden: bool | None = value("True if it is hidden; otherwise null.")


@strawberry.type(description="An enrollment of the viewer in a course, as the course contains it.")
class CanvasViewerEnrollment:
    type: str | None = value("`student`, `teacher`, `ta`, `observer`, `designer`, `student_view`.")
    role: str | None = value("The course role's name.")
    role_id: strawberry.ID | None = value("The course role's id.")
    user_id: strawberry.ID | None = value("Id of the viewer, or of the observed user.")
    enrollment_state: str | None = value("State, as Canvas names it.")
    limit_privileges_to_course_section: bool | None = value(
        "Whether the viewer can see only members of the own section."
    )
    associated_user_id: strawberry.ID | None = value("Id of the observed user.")
    computed_current_score: float | None = value("Percent of graded work; null if hidden.")
    computed_current_grade: str | None = value("The letter for `computedCurrentScore`.")
    computed_final_score: float | None = value("Percent of all work; null if hidden.")
    computed_final_grade: str | None = value("The letter for `computedFinalScore`.")
    unposted_current_score: float | None = value("As `computedCurrentScore`, with unposted grades.")
    unposted_current_grade: str | None = value("The letter for `unpostedCurrentScore`.")
    unposted_final_score: float | None = value("As `computedFinalScore`, with unposted grades.")
    unposted_final_grade: str | None = value("The letter for `unpostedFinalScore`.")
    has_grading_periods: bool | None = value("Whether the course has grading periods.")
    totals_for_all_grading_periods_option: bool | None = value("Whether overall totals are shown.")
    current_grading_period_title: str | None = value("The current grading period's title.")
    current_grading_period_id: strawberry.ID | None = value("The current grading period's id.")
    current_period_computed_current_score: float | None = value(
        "Score of the graded work of the current grading period in percent."
    )
    current_period_computed_current_grade: str | None = value(
        "The letter for `currentPeriodComputedCurrentScore`."
    )
    current_period_computed_final_score: float | None = value(
        "Score of all work of the current grading period in percent."
    )
    current_period_computed_final_grade: str | None = value(
        "The letter for `currentPeriodComputedFinalScore`."
    )
    current_period_unposted_current_score: float | None = value(
        "As `currentPeriodComputedCurrentScore`, including unposted grades."
    )
    current_period_unposted_current_grade: str | None = value(
        "The letter for `currentPeriodUnpostedCurrentScore`."
    )
    current_period_unposted_final_score: float | None = value(
        "As `currentPeriodComputedFinalScore`, including unposted grades."
    )
    current_period_unposted_final_grade: str | None = value(
        "The letter for `currentPeriodUnpostedFinalScore`."
    )


@strawberry.type(description="Permissions of a user for the own account.")
class CanvasUserPermissions:
    can_update_name: bool | None = value("Whether the user can change the name.")
    can_update_avatar: bool | None = value("Whether the user can change the picture.")
    limit_parent_app_web_access: bool | None = value("Whether parents' apps have no web access.")


@strawberry.type(description="All grades of a student that Canvas reports.")
class CanvasGrades:
    html_url: str | None = value("Location in Canvas.")
    override_score: float | None = value("Final score if the teacher overrode it; else null.")
    override_grade: str | None = value("The letter for `overrideScore`.")
    unposted_current_score: float | None = value("Percent of graded work, with unposted grades.")
    unposted_current_grade: str | None = value("The letter for `unpostedCurrentScore`.")
    unposted_final_score: float | None = value("Percent of all work, with unposted grades.")
    unposted_final_grade: str | None = value("The letter for `unpostedFinalScore`.")
    current_points: float | None = value("Points of the current score.")
    grading_period_id: strawberry.ID | None = value("The grading period; null for the course.")
