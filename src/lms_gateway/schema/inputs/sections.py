"""Inputs of mutations of sections."""

from datetime import datetime, time
from uuid import UUID

import strawberry

from lms_gateway.domain.models import Day
from lms_gateway.schema.inputs.fields import (
    IDEMPOTENCY,
    canvas_block,
    limited_field,
    option_field,
    optional_field,
    required_field,
    schoology_block,
)
from lms_gateway.schema.inputs.references import CourseRef, SectionRef


@strawberry.input(description="Weekly meetings of a section, in the school's local time.")
class MeetingInput:
    days: list[Day] = required_field("Days of the week; empty for none.")
    start_time: time | None = optional_field("Start, HH:MM.")
    end_time: time | None = optional_field("End, HH:MM.")


@strawberry.input(description="Values of a section that only Canvas supports.")
class CanvasSectionInput:
    restrict_enrollments_to_section_dates: bool | None = optional_field(
        "Restrict participation to the section's dates."
    )
    enable_sis_reactivation: bool | None = option_field(
        "Create only: restore a deleted section with this SIS id instead. Its name and "
        "dates do not change."
    )
    override_sis_stickiness: bool | None = option_field(
        "Update only: false skips fields that were changed manually since the last SIS "
        "import. True if omitted."
    )


@strawberry.input(description="Settings of a Schoology section.")
class SchoologySectionOptionsInput:
    course_format: int | None = optional_field("Format: 1 basic, 2 topic-based.")
    weighted_grading_categories: bool | None = optional_field("Weight grading categories.")
    upload_documents: bool | None = optional_field("Allow students to upload documents.")
    create_discussion: bool | None = optional_field("Allow students to start discussions.")
    member_post: bool | None = optional_field("Allow students to post to the feed.")
    member_post_comment: bool | None = optional_field("Allow students to comment in the feed.")


@strawberry.input(description="Values of a section that only Schoology supports.")
class SchoologySectionInput:
    class_periods: list[strawberry.ID] | None = optional_field(
        "Ids of the class periods, for schools with block schedules."
    )
    options: SchoologySectionOptionsInput | None = optional_field("Settings.")


@strawberry.input(description="Values of a section. Omitted fields do not change, or remain unset.")
class SectionFields:
    name: str | None = optional_field("Name. Schoology requires it.")
    code: str | None = limited_field(
        "Code within the course (Schoology only; ignored if `sisId` is given)."
    )
    sis_id: str | None = optional_field(
        "Id in the student information system. Schoology: the section school code."
    )
    integration_id: str | None = limited_field("Integration id (Canvas only).")
    description: str | None = limited_field("Description (Schoology only).")
    location: str | None = limited_field("Location of the meetings (Schoology only).")
    start_at: datetime | None = limited_field("Start (Canvas only).")
    end_at: datetime | None = limited_field("End (Canvas only).")
    meeting: MeetingInput | None = limited_field("Weekly meetings (Schoology only).")
    terms: list[strawberry.ID] | None = limited_field(
        "Grading periods: `id`s of Terms (Schoology only; Schoology requires it)."
    )
    is_synced: bool | None = limited_field(
        "Whether a student information system manages the section: its codes and terms "
        "are then read-only (Schoology only)."
    )
    canvas: CanvasSectionInput | None = canvas_block("section")
    schoology: SchoologySectionInput | None = schoology_block("section")


@strawberry.input(description="A new section.")
class NewSection(SectionFields):
    course: CourseRef = required_field("The course of the section.")


@strawberry.input(description="A new section.")
class CreateSectionInput(NewSection):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Options of Schoology's bulk creation.")
class SchoologyBulkInput:
    update_existing: bool | None = option_field(
        "Update a section or course that has the same code instead of rejecting the item."
    )


@strawberry.input(description="New sections, at most 500.")
class CreateSectionsInput:
    sections: list[NewSection] = required_field("The sections, in order.")
    schoology: SchoologyBulkInput | None = schoology_block("sections")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(
    description="New values of a section. Null unsets a value; omitted fields do not change."
)
class SectionPatch(SectionFields):
    section: SectionRef = required_field("The section.")


@strawberry.input(
    description="New values of a section. Null unsets a value; omitted fields do not change."
)
class UpdateSectionInput(SectionPatch):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values of sections, at most 500.")
class UpdateSectionsInput:
    sections: list[SectionPatch] = required_field("The sections, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to delete.")
class DeleteSectionInput:
    section: SectionRef = required_field("The section.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Sections to delete, at most 500.")
class DeleteSectionsInput:
    sections: list[SectionRef] = required_field("The sections, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to move to another course (Canvas only).")
class CrossListSectionInput:
    section: SectionRef = required_field("The section.")
    course: CourseRef = required_field("The course to move the section to.")
    override_sis_stickiness: bool = strawberry.field(
        default=True, description="False: skip a section that was moved manually."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to move back to its original course (Canvas only).")
class UnCrossListSectionInput:
    section: SectionRef = required_field("The section.")
    override_sis_stickiness: bool = strawberry.field(
        default=True, description="False: skip a section that was moved manually."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(one_of=True, description="Target of a copy: exactly one of these.")
class CopyTarget:
    section: SectionRef | None = strawberry.field(
        default=strawberry.UNSET, description="An existing section that is empty."
    )
    sis_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The section with this school code; created if it does not exist.",
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new section with this code."
    )


@strawberry.input(one_of=True, description="The copy's course: exactly one of these.")
class CopyCourseRef:
    course: CourseRef | None = strawberry.field(default=strawberry.UNSET, description="The course.")
    code: str | None = strawberry.field(default=strawberry.UNSET, description="The course's code.")


@strawberry.input(description="A section whose content is to be copied (Schoology only).")
class SectionCopyInput:
    source: SectionRef = required_field("The section to copy from.")
    target: CopyTarget = required_field("The section to copy into.")
    course: CopyCourseRef = required_field("The course of the copy.")
    title: str = required_field("The copy's name.")
    terms: list[strawberry.ID] = required_field("The copy's grading periods: Terms' `id`s.")
    description: str | None = optional_field("Description of the copy.")
    is_synced: bool | None = optional_field("As `Section.isSynced`; that of the source if omitted.")


@strawberry.input(
    description="Sections whose content is to be copied, at most 500 (Schoology only)."
)
class CopySectionsInput:
    copies: list[SectionCopyInput] = required_field("The copies, in order.")
    enroll_user: bool = strawberry.field(
        default=False, description="Enroll the viewer in the copies."
    )
    wait_seconds: int = strawberry.field(
        default=0,
        description="Seconds to wait for the new sections, within the request's deadline.",
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
