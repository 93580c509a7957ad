"""Inputs of mutations of courses."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import enum_value

from lms_gateway.schema.inputs.fields import (
    canvas_block,
    limited,
    mutation_input,
    option,
    optional,
    required,
    schoology_block,
)
from lms_gateway.schema.inputs.references import AccountRef, CourseRef
from lms_gateway.schema.inputs.sections import SchoologyBulkInput, SectionFields


@strawberry.enum(description="License of a course's content.")
class CanvasLicense(Enum):
    PRIVATE = enum_value("private", description="All rights reserved.")
    CC_BY_NC_ND = enum_value("cc_by_nc_nd", description="CC Attribution Non-Commercial No Derivatives.")
    CC_BY_NC_SA = enum_value("cc_by_nc_sa", description="CC Attribution Non-Commercial Share Alike.")
    CC_BY_NC = enum_value("cc_by_nc", description="CC Attribution Non-Commercial.")
    CC_BY_ND = enum_value("cc_by_nd", description="CC Attribution No Derivatives.")
    CC_BY_SA = enum_value("cc_by_sa", description="CC Attribution Share Alike.")
    CC_BY = enum_value("cc_by", description="CC Attribution.")
    PUBLIC_DOMAIN = enum_value("public_domain", description="Public domain.")


@strawberry.enum(description="Start page of a course.")
class CanvasDefaultView(Enum):
    FEED = enum_value("feed", description="Recent activity.")
    WIKI = enum_value("wiki", description="The front page.")
    MODULES = enum_value("modules", description="The modules.")
    SYLLABUS = enum_value("syllabus", description="The syllabus.")
    ASSIGNMENTS = enum_value("assignments", description="The assignments.")


@strawberry.enum(description="Grade passback.")
class CanvasGradePassback(Enum):
    NIGHTLY_SYNC = enum_value("nightly_sync", description="Grades are passed back every night.")
    DISABLED = enum_value("disabled", description="Grades are not passed back.")


@strawberry.enum(description="Format of a course.")
class CanvasCourseFormat(Enum):
    ON_CAMPUS = enum_value("on_campus", description="On campus.")
    ONLINE = enum_value("online", description="Online.")
    BLENDED = enum_value("blended", description="Partly online.")


@strawberry.enum(description="Event that changes the state of a course.")
class CanvasCourseEvent(Enum):
    CLAIM = enum_value("claim", description="Make the course unpublished.")
    OFFER = enum_value("offer", description="Publish the course.")
    CONCLUDE = enum_value("conclude", description="Conclude the course.")
    DELETE = enum_value("delete", description="Delete the course.")
    UNDELETE = enum_value("undelete", description="Restore a deleted course.")


@strawberry.input(description="What a blueprint course locks in its copies.")
class CanvasRestrictionsInput:
    content: bool | None = optional("Lock content.")
    points: bool | None = optional("Lock points.")
    due_dates: bool | None = optional("Lock due dates.")
    availability_dates: bool | None = optional("Lock availability dates.")


@strawberry.input(description="What a blueprint course locks in its copies, by object type.")
class CanvasTypedRestrictionsInput:
    assignment: CanvasRestrictionsInput | None = optional("Locks on assignments.")
    attachment: CanvasRestrictionsInput | None = optional("Locks on files.")
    discussion_topic: CanvasRestrictionsInput | None = optional("Locks on discussions.")
    quiz: CanvasRestrictionsInput | None = optional("Locks on quizzes.")
    wiki_page: CanvasRestrictionsInput | None = optional("Locks on pages.")


@strawberry.input(description="Values of a course that only Canvas supports.")
class CanvasCourseInput:
    license: CanvasLicense | None = optional("License of the content.")
    is_public: bool | None = optional("Show the course to everyone.")
    is_public_to_auth_users: bool | None = optional("Show the course to all signed-in users.")
    public_syllabus: bool | None = optional("Show the syllabus to everyone.")
    public_syllabus_to_auth: bool | None = optional("Show the syllabus to all signed-in users.")
    allow_student_wiki_edits: bool | None = optional("Allow students to edit pages.")
    allow_wiki_comments: bool | None = optional("Allow comments on pages.")
    allow_student_forum_attachments: bool | None = optional("Let students attach files to discussions.")
    open_enrollment: bool | None = optional("Allow everyone to enroll.")
    self_enrollment: bool | None = optional("Allow students to enroll themselves.")
    restrict_enrollments_to_course_dates: bool | None = optional(
        "Restrict participation to the course's dates. Without it, Canvas ignores `startAt` and `endAt`."
    )
    hide_final_grades: bool | None = optional("Hide totals from students.")
    apply_assignment_group_weights: bool | None = optional("Weight grades by assignment group.")
    default_view: CanvasDefaultView | None = optional("Start page.")
    syllabus_body: str | None = optional("The syllabus, as HTML.")
    grading_standard_id: strawberry.ID | None = optional("The grading scheme; null for none.")
    grade_passback_setting: CanvasGradePassback | None = optional("Grade passback; null for the default.")
    course_format: CanvasCourseFormat | None = optional("Format.")
    post_manually: bool | None = optional("Post grades manually.")
    offer: bool | None = option("Publish the course immediately.")
    enable_sis_reactivation: bool | None = option("Create only: restore a deleted course of this id.")
    enroll_me: bool | None = option("Create only: enroll the viewer as a teacher.")
    override_sis_stickiness: bool | None = option(
        "Update only: false skips fields that were changed manually since the last SIS "
        "import. True if omitted."
    )
    event: CanvasCourseEvent | None = option("Update only: event that changes the state.")
    storage_quota_mb: int | None = optional("Update only: storage quota of files in MB.")
    syllabus_course_summary: bool | None = optional("Update only: show the summary on the syllabus.")
    image_id: strawberry.ID | None = optional("Update only: file of the image. Not with `imageUrl`.")
    image_url: str | None = optional("Update only: URL of the image. Not with `imageId`.")
    remove_image: bool | None = optional("Update only: remove the image.")
    remove_banner_image: bool | None = optional("Update only: remove the banner image.")
    blueprint: bool | None = optional("Update only: make the course a blueprint.")
    blueprint_restrictions: CanvasRestrictionsInput | None = optional(
        "Update only: what the blueprint locks."
    )
    use_blueprint_restrictions_by_object_type: bool | None = optional("Update only: lock by object type.")
    blueprint_restrictions_by_object_type: CanvasTypedRestrictionsInput | None = optional(
        "Update only: what the blueprint locks, by object type."
    )
    homeroom_course: bool | None = optional("Update only: make the course a homeroom.")
    sync_enrollments_from_homeroom: bool | None = optional("Update only: copy homeroom enrollments.")
    homeroom_course_id: strawberry.ID | None = optional("Update only: the homeroom's id.")
    template: bool | None = optional("Update only: make the course a template.")
    course_color: str | None = optional("Update only: color as #rrggbb.")
    friendly_name: str | None = optional("Update only: name for students.")
    enable_course_paces: bool | None = optional("Update only: enable course pacing.")
    conditional_release: bool | None = optional("Update only: enable mastery paths.")


@strawberry.input(description="Values of a course that only Schoology supports.")
class SchoologyCourseInput:
    subject_area: int | None = optional("The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = optional("The lowest grade level's number, 0 to 15.")
    grade_level_range_end: int | None = optional("The highest grade level's number, 0 to 15.")
    synced: bool | None = optional("Managed by a student information system: the code is read-only.")


@strawberry.input(description="Values of a course. Omitted fields do not change, or remain unset.")
class CourseFields:
    name: str | None = optional("Name. Schoology requires it.")
    code: str | None = optional("Course code. Required by Schoology, and unique in the school.")
    sis_id: str | None = limited("Id in the student information system (Canvas only).")
    integration_id: str | None = limited("Integration id (Canvas only).")
    description: str | None = optional("Description. Canvas: the public description.")
    department: str | None = limited("Department (Schoology only).")
    credits: float | None = limited("Number of credits (Schoology only).")
    start_at: datetime | None = limited("Start (Canvas only).")
    end_at: datetime | None = limited("End (Canvas only).")
    time_zone: str | None = limited("IANA time zone (Canvas only).")
    term: strawberry.ID | None = limited("Term: the `id` of a Term (Canvas only).")
    account: AccountRef | None = optional("Canvas account or Schoology building. The root if omitted.")
    canvas: CanvasCourseInput | None = canvas_block("course")
    schoology: SchoologyCourseInput | None = schoology_block("course")


@strawberry.input(description="A new course.")
class NewCourse(CourseFields):
    sections: list[SectionFields] | None = optional(
        "Sections to create with the course (Schoology only, with `createCourses`)."
    )


@mutation_input("A new course.")
class CreateCourseInput(CourseFields):
    pass


@mutation_input("New courses, at most 500.")
class CreateCoursesInput:
    courses: list[NewCourse] = required("The courses, in order.")
    schoology: SchoologyBulkInput | None = schoology_block("courses")


@strawberry.input(description="New values of a course. Null unsets a value; omitted fields do not change.")
class CoursePatch(CourseFields):
    course: CourseRef = required("The course.")


@mutation_input("New values of a course. Null unsets a value; omitted fields do not change.")
class UpdateCourseInput(CoursePatch):
    pass


@mutation_input("New values of courses, at most 500.")
class UpdateCoursesInput:
    courses: list[CoursePatch] = required("The courses, in order.")


@mutation_input("A course.")
class CourseInput:
    course: CourseRef = required("The course.")
