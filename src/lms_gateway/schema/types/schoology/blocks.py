"""Fields that only Schoology has: the blocks `schoology { … }`.

The fields follow the vendor's documentation:
https://developers.schoology.com/api-documentation/rest-api-v1
"""

from typing import Any

import strawberry

from lms_gateway.domain.errors import ScopeRequired
from lms_gateway.domain.record import Vendor
from lms_gateway.execution import requires
from lms_gateway.schema.declarations.record_fields import (
    Info,
    field,
    has_admin_scope,
    read,
    value,
    vendor_block_type,
)


@strawberry.type(description="Materials that a section's index shows.")
class SchoologyContentVisibility:
    topics: bool | None = value("Whether topics are shown.")
    assignments: bool | None = value("Whether assignments are shown.")
    assessments: bool | None = value("Whether assessments are shown.")
    course_assessment: bool | None = value("Whether course assessments are shown.")
    common_assessments: bool | None = value("Whether common assessments are shown.")
    documents: bool | None = value("Whether documents are shown.")
    discussion: bool | None = value("Whether discussions are shown.")
    album: bool | None = value("Whether albums are shown.")
    pages: bool | None = value("Whether pages are shown.")


@strawberry.type(description="A section's settings.")
class SchoologySectionOptions:
    course_format: int | None = value("Format: 1 basic, 2 topic-based.")
    weighted_grading_categories: bool | None = value("Whether grading categories are weighted.")
    upload_documents: bool | None = value("Whether students can upload documents.")
    create_discussion: bool | None = value("Whether students can start discussions.")
    member_post: bool | None = value("Whether students can post to the feed.")
    member_post_comment: bool | None = value("Whether students can comment in the feed.")
    content_index_visibility: SchoologyContentVisibility | None = value("Materials of the index.")
    default_grading_scale_id: strawberry.ID | None = value("The grading scale's id.")
    hide_overall_grade: bool | None = value("Whether the overall grade is hidden from students.")
    hide_grading_period_grade: bool | None = value("Whether period grades are hidden.")
    allow_custom_overall_grade: bool | None = value("Whether teachers can set an overall grade.")
    allow_custom_overall_grade_text: bool | None = value("Whether the overall grade can be text.")


def _access_code(root: strawberry.Parent[Any], info: Info) -> str | None:
    if not has_admin_scope(root, info):
        raise ScopeRequired("accessCode requires the admin scope")
    code: str | None = read(root, "access_code")
    return code


@vendor_block_type(Vendor.SCHOOLOGY, description="Fields of a section that only Schoology has.")
class SchoologySection:
    access_code: str | None = strawberry.field(
        resolver=_access_code,
        description="Code with which users enroll themselves; null if disabled. Requires the `admin` scope.",
        metadata=requires("schoology.access_code"),
    )
    school_id: strawberry.ID | None = field("The school's id.")
    building_id: strawberry.ID | None = field("Id of the building; null if not reported.")
    course_title: str | None = field("Title of the course, as the section contains it.")
    course_code: str | None = field("Code of the course, as the section contains it.")
    section_code: str | None = field("Section code, unique within the course and grading period.")
    section_school_code: str | None = field("School code, unique in the school: the SIS id.")
    subject_area: int | None = field("The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = field("The lowest grade level's number, 0 to 15.")
    grade_level_range_end: int | None = field("Highest grade level; 0 if there is only one.")
    grading_periods: list[strawberry.ID] | None = field("Ids of the grading periods.")
    profile_url: str | None = field("URL of the picture.")
    class_periods: list[strawberry.ID] | None = field("Class periods, for block schedules.")
    weight: int | None = field("Weight.")
    options: SchoologySectionOptions | None = field("Settings.")
    parent_id: strawberry.ID | None = field("Id of the linked parent section; null if none.")
    admin: bool | None = field("Whether the viewer is an administrator.")


@vendor_block_type(Vendor.SCHOOLOGY, description="Fields of a course that only Schoology has.")
class SchoologyCourse:
    building_id: strawberry.ID | None = field("Id of the building, or of the school.")
    subject_area: int | None = field("The subject area's number, 0 to 9.")
    grade_level_range_start: int | None = field("The lowest grade level's number, 0 to 15.")
    grade_level_range_end: int | None = field("Highest grade level; 0 if there is only one.")
    synced: bool | None = field("Whether a student information system manages it.")
    district_course_name: str | None = field("Code of the district.")


@vendor_block_type(Vendor.SCHOOLOGY, description="Fields of a user that only Schoology has.")
class SchoologyUser:
    school_id: strawberry.ID | None = field("The school's id.")
    building_id: strawberry.ID | None = field("The building's id.")
    additional_buildings: list[strawberry.ID] | None = field("The ids of further buildings.")
    role_id: strawberry.ID | None = field("Id of the role; null if not visible.")
    name_title: str | None = field("Title, for example Dr.")
    name_title_show: bool | None = field("Whether the title is shown.")
    name_first: str | None = field("First name.")
    name_first_preferred: str | None = field("Preferred first name.")
    use_preferred_first_name: bool | None = field("Whether the preferred name is used.")
    name_middle: str | None = field("Middle name.")
    name_middle_show: bool | None = field("Whether the middle name is shown.")
    name_last: str | None = field("Last name.")
    gender: str | None = field("As stored by the school; null if not visible.")
    position: str | None = field("Position at the school.")
    grad_year: str | None = field("The year of graduation.")
    tz_offset: float | None = field("Current offset from UTC in hours.")
    parents: list[strawberry.ID] | None = field("Ids of the user's parents; null if not visible.")
    child_uids: list[strawberry.ID] | None = field("Ids of the user's children.")
    send_message: bool | None = field("Whether the viewer can send messages to the user.")
    synced: bool | None = field("Whether a student information system manages the user.")


@vendor_block_type(Vendor.SCHOOLOGY, description="Fields of an enrollment that only Schoology has.")
class SchoologyEnrollment:
    admin: bool | None = field("Whether the user is an administrator of the section.")
    status: int | None = field("1 active, 2 past, 3 invited, 4 requested, 5 archived.")
    enrollment_source: str | None = field("Source of the enrollment.")


@vendor_block_type(Vendor.SCHOOLOGY, description="Fields of an account that only Schoology has.")
class SchoologyAccount:
    address1: str | None = field("Address, first line.")
    address2: str | None = field("Address, second line.")
    city: str | None = field("City.")
    state: str | None = field("State.")
    postal_code: str | None = field("Postal code.")
    country: str | None = field("Country.")
    website: str | None = field("Website.")
    phone: str | None = field("Telephone.")
    fax: str | None = field("Fax.")
    building_code: str | None = field("The building's code.")
    picture_url: str | None = field("URL of the picture.")
