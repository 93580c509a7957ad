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


@strawberry.type(description="What a user may do about their own account.")
class CanvasUserPermissions:
    can_update_name: bool | None = strawberry.field(
        description="Whether they may change their name."
    )
    can_update_avatar: bool | None = strawberry.field(
        description="Whether they may change their picture."
    )
    limit_parent_app_web_access: bool | None = strawberry.field(
        description="Whether the parents' app keeps them from its web pages."
    )


@strawberry.type(description="A student's standing, in all that Canvas tells of it.")
class CanvasGrades:
    html_url: str | None = strawberry.field(description="Where Canvas shows it.")
    override_score: float | None = strawberry.field(
        description="Per cent, where the teacher set the final grade by hand."
    )
    override_grade: str | None = strawberry.field(description="The letter for `overrideScore`.")
    unposted_current_score: float | None = strawberry.field(
        description="Per cent, over what is graded, with marks not yet posted."
    )
    unposted_current_grade: str | None = strawberry.field(
        description="The letter for `unpostedCurrentScore`."
    )
    unposted_final_score: float | None = strawberry.field(
        description="Per cent, over everything, with marks not yet posted."
    )
    unposted_final_grade: str | None = strawberry.field(
        description="The letter for `unpostedFinalScore`."
    )
    current_points: float | None = strawberry.field(
        description="The points behind the current score."
    )
    grading_period_id: strawberry.ID | None = strawberry.field(
        description="The grading period that this is of; null where it is of the whole course."
    )
