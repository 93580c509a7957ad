"""What only Schoology has: the blocks `schoology { … }`.

Field by field as the vendor documents its objects:
https://developers.schoology.com/api-documentation/rest-api-v1
"""

from typing import Any

import strawberry

from lms_gateway.domain.errors import ScopeRequired
from lms_gateway.execution import requires
from lms_gateway.schema.declarations.record_fields import Info, field, has_admin_scope, read


@strawberry.type(description="Which materials a section's index shows.")
class SchoologyContentVisibility:
    topics: bool | None = strawberry.field(description="Whether topics are shown.")
    assignments: bool | None = strawberry.field(description="Whether assignments are shown.")
    assessments: bool | None = strawberry.field(description="Whether assessments are shown.")
    course_assessment: bool | None = strawberry.field(
        description="Whether course assessments are shown."
    )
    common_assessments: bool | None = strawberry.field(
        description="Whether common assessments are shown."
    )
    documents: bool | None = strawberry.field(description="Whether documents are shown.")
    discussion: bool | None = strawberry.field(description="Whether discussions are shown.")
    album: bool | None = strawberry.field(description="Whether albums are shown.")
    pages: bool | None = strawberry.field(description="Whether pages are shown.")


@strawberry.type(description="A section's settings.")
class SchoologySectionOptions:
    course_format: int | None = strawberry.field(description="1 basic, 2 topic-based.")
    weighted_grading_categories: bool | None = strawberry.field(
        description="Whether grading categories are weighted."
    )
    upload_documents: bool | None = strawberry.field(
        description="Whether students may upload documents."
    )
    create_discussion: bool | None = strawberry.field(
        description="Whether students may start discussions."
    )
    member_post: bool | None = strawberry.field(
        description="Whether students may post to the feed."
    )
    member_post_comment: bool | None = strawberry.field(
        description="Whether students may comment in the feed."
    )
    content_index_visibility: SchoologyContentVisibility | None = strawberry.field(
        description="Which materials the index shows; null where not set."
    )
    default_grading_scale_id: strawberry.ID | None = strawberry.field(
        description="The grading scale's id."
    )
    hide_overall_grade: bool | None = strawberry.field(
        description="Whether students see no overall grade."
    )
    hide_grading_period_grade: bool | None = strawberry.field(
        description="Whether students see no grading period grade."
    )
    allow_custom_overall_grade: bool | None = strawberry.field(
        description="Whether teachers may set an overall grade."
    )
    allow_custom_overall_grade_text: bool | None = strawberry.field(
        description="Whether teachers may set an overall grade in words."
    )


def _access_code(root: strawberry.Parent[Any], info: Info) -> str | None:
    if not has_admin_scope(root, info):
        raise ScopeRequired("accessCode needs the admin scope")
    code: str | None = read(root, "access_code")
    return code


@strawberry.type(description="What only Schoology keeps of a section.")
class SchoologySection:
    access_code: str | None = strawberry.field(
        resolver=_access_code,
        description="The code by which people enrol themselves; null where enrolling by code is "
        "off. Needs the `admin` scope.",
        metadata=requires("schoology.access_code"),
    )
    school_id: strawberry.ID | None = field("schoology.school_id", "The school's id.")
    building_id: strawberry.ID | None = field(
        "schoology.building_id", "The building's id; null where it was not told."
    )
    course_title: str | None = field(
        "schoology.course_title", "The course's title, as the section carries it."
    )
    course_code: str | None = field(
        "schoology.course_code", "The course's code, as the section carries it."
    )
    section_code: str | None = field(
        "schoology.section_code", "Unique within its course and grading period."
    )
    section_school_code: str | None = field(
        "schoology.section_school_code", "Unique within the school: its SIS id."
    )
    subject_area: int | None = field("schoology.subject_area", "The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = field(
        "schoology.grade_level_range_start", "The lowest grade level's number, 0 to 15."
    )
    grade_level_range_end: int | None = field(
        "schoology.grade_level_range_end",
        "The highest grade level's number; 0 where there is only one.",
    )
    grading_periods: list[strawberry.ID] | None = field(
        "schoology.grading_periods", "The ids of its grading periods."
    )
    profile_url: str | None = field("schoology.profile_url", "Its picture.")
    class_periods: list[strawberry.ID] | None = field(
        "schoology.class_periods", "The ids of its class periods, where the school uses blocks."
    )
    weight: int | None = field("schoology.weight", "Its weight.")
    options: SchoologySectionOptions | None = field("schoology.options", "Its settings.")
    parent_id: strawberry.ID | None = field(
        "schoology.parent_id", "The section that it is linked below; null where it is not."
    )
    admin: bool | None = field("schoology.admin", "Whether the viewer administers it.")


@strawberry.type(description="What only Schoology keeps of a course.")
class SchoologyCourse:
    building_id: strawberry.ID | None = field(
        "schoology.building_id", "The building's id: the school's, where it has none."
    )
    subject_area: int | None = field("schoology.subject_area", "The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = field(
        "schoology.grade_level_range_start", "The lowest grade level's number, 0 to 15."
    )
    grade_level_range_end: int | None = field(
        "schoology.grade_level_range_end",
        "The highest grade level's number; 0 where there is only one.",
    )
    synced: bool | None = field(
        "schoology.synced", "Whether it is kept by the school's information system."
    )
    district_course_name: str | None = field(
        "schoology.district_course_name", "The district's name for it."
    )


@strawberry.type(description="What only Schoology keeps of a user.")
class SchoologyUser:
    school_id: strawberry.ID | None = field("schoology.school_id", "The school's id.")
    building_id: strawberry.ID | None = field("schoology.building_id", "The building's id.")
    additional_buildings: list[strawberry.ID] | None = field(
        "schoology.additional_buildings", "The ids of further buildings."
    )
    role_id: strawberry.ID | None = field("schoology.role_id", "The role's id; null where hidden.")
    name_title: str | None = field("schoology.name_title", "Mr, Dr and the like.")
    name_title_show: bool | None = field("schoology.name_title_show", "Whether the title is shown.")
    name_first: str | None = field("schoology.name_first", "First name.")
    name_first_preferred: str | None = field(
        "schoology.name_first_preferred", "Preferred first name."
    )
    use_preferred_first_name: bool | None = field(
        "schoology.use_preferred_first_name", "Whether the preferred name is used."
    )
    name_middle: str | None = field("schoology.name_middle", "Middle name.")
    name_middle_show: bool | None = field(
        "schoology.name_middle_show", "Whether the middle name is shown."
    )
    name_last: str | None = field("schoology.name_last", "Last name.")
    gender: str | None = field(
        "schoology.gender", "As the school keeps it; null where not to be seen."
    )
    position: str | None = field("schoology.position", "Their position at the school.")
    grad_year: str | None = field("schoology.grad_year", "The year of graduation.")
    tz_offset: float | None = field("schoology.tz_offset", "Hours from UTC, at the moment.")
    parents: list[strawberry.ID] | None = field(
        "schoology.parents", "The ids of their parents; null where not to be seen."
    )
    child_uids: list[strawberry.ID] | None = field(
        "schoology.child_uids", "The ids of their children."
    )
    send_message: bool | None = field(
        "schoology.send_message", "Whether the viewer may write to them."
    )
    synced: bool | None = field(
        "schoology.synced", "Whether they are kept by the school's information system."
    )


@strawberry.type(description="What only Schoology keeps of an enrollment.")
class SchoologyEnrollment:
    admin: bool | None = field("schoology.admin", "Whether they administer the section.")
    status: int | None = field(
        "schoology.status",
        "The state's number: 1 active, 2 past, 3 invited, 4 requested, 5 archived.",
    )
    enrollment_source: str | None = field("schoology.enrollment_source", "Where it came from.")


@strawberry.type(description="What only Schoology keeps of a school or building.")
class SchoologyAccount:
    address1: str | None = field("schoology.address1", "Address, first line.")
    address2: str | None = field("schoology.address2", "Address, second line.")
    city: str | None = field("schoology.city", "City.")
    state: str | None = field("schoology.state", "State.")
    postal_code: str | None = field("schoology.postal_code", "Postal code.")
    country: str | None = field("schoology.country", "Country.")
    website: str | None = field("schoology.website", "Website.")
    phone: str | None = field("schoology.phone", "Telephone.")
    fax: str | None = field("schoology.fax", "Fax.")
    building_code: str | None = field("schoology.building_code", "The building's code.")
    picture_url: str | None = field("schoology.picture_url", "Its picture.")
