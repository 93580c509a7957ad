"""Inputs that describe sections."""

from datetime import datetime, time
from uuid import UUID

import strawberry

from lms_gateway.domain.models import Day
from lms_gateway.schema.inputs.references import CourseRef, SectionRef
from lms_gateway.schema.mutations.input_values import option_field, optional_field

IDEMPOTENCY = (
    "Makes a repeat safe for 24 hours: the same key with the same input answers the first "
    "payload; with another input it is a CONFLICT."
)


@strawberry.input(description="When a section meets, in school-local time.")
class MeetingInput:
    days: list[Day] = strawberry.field(description="The days of the week; empty for none.")
    start_time: time | None = optional_field("When a meeting begins, HH:MM.")
    end_time: time | None = optional_field("When a meeting ends, HH:MM.")


@strawberry.input(description="What only Canvas takes for a section.")
class CanvasSectionInput:
    restrict_enrollments_to_section_dates: bool | None = optional_field(
        "Let people in only between the section's dates."
    )
    enable_sis_reactivation: bool | None = option_field(
        "On creating: bring a deleted section with this SIS id back instead. Its name and "
        "dates then stay as they were."
    )
    override_sis_stickiness: bool | None = option_field(
        "On updating: false leaves fields alone that were changed by hand since the last "
        "SIS import. True if left out."
    )


@strawberry.input(description="A section's settings at Schoology.")
class SchoologySectionOptionsInput:
    course_format: int | None = optional_field("1 basic, 2 topic-based.")
    weighted_grading_categories: bool | None = optional_field("Weight grading categories.")
    upload_documents: bool | None = optional_field("Let students upload documents.")
    create_discussion: bool | None = optional_field("Let students start discussions.")
    member_post: bool | None = optional_field("Let students post to the feed.")
    member_post_comment: bool | None = optional_field("Let students comment in the feed.")


@strawberry.input(description="What only Schoology takes for a section.")
class SchoologySectionInput:
    class_periods: list[strawberry.ID] | None = optional_field(
        "The class periods' ids, where the school uses blocks."
    )
    options: SchoologySectionOptionsInput | None = optional_field("Its settings.")


@strawberry.input(
    description="What a section is made of; what is left out stays as it is, or unset."
)
class SectionFields:
    name: str | None = optional_field("Its name. Required at Schoology.")
    code: str | None = optional_field(
        "Its code within its course (Schoology only; ignored there where `sisId` is given)."
    )
    sis_id: str | None = optional_field(
        "Its id in the school's information system. Schoology: its section school code."
    )
    integration_id: str | None = optional_field("Its integration id (Canvas only).")
    description: str | None = optional_field("What it is about (Schoology only).")
    location: str | None = optional_field("Where it meets (Schoology only).")
    start_at: datetime | None = optional_field("When it begins (Canvas only).")
    end_at: datetime | None = optional_field("When it ends (Canvas only).")
    meeting: MeetingInput | None = optional_field("When it meets (Schoology only).")
    terms: list[strawberry.ID] | None = optional_field(
        "Its grading periods: Terms' `id`s (Schoology only, required there)."
    )
    is_synced: bool | None = optional_field(
        "Whether the school's information system keeps it: its codes and terms are then "
        "locked (Schoology only)."
    )
    canvas: CanvasSectionInput | None = optional_field("What only Canvas takes.")
    schoology: SchoologySectionInput | None = optional_field("What only Schoology takes.")


@strawberry.input(description="A new section.")
class NewSection(SectionFields):
    course: CourseRef = strawberry.field(description="The course that it belongs to.")


@strawberry.input(description="A new section.")
class CreateSectionInput(NewSection):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="How several sections are created at Schoology.")
class SchoologyBulkInput:
    update_existing: bool | None = option_field(
        "Update a section or course that has the same code instead of refusing the row."
    )


@strawberry.input(description="New sections, at most 500.")
class CreateSectionsInput:
    sections: list[NewSection] = strawberry.field(description="The sections, in order.")
    schoology: SchoologyBulkInput | None = optional_field("What only Schoology takes.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for a section; null unsets, what is left out stays.")
class SectionPatch(SectionFields):
    section: SectionRef = strawberry.field(description="The section.")


@strawberry.input(description="New values for a section; null unsets, what is left out stays.")
class UpdateSectionInput(SectionPatch):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for sections, at most 500.")
class UpdateSectionsInput:
    sections: list[SectionPatch] = strawberry.field(description="The sections, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to delete.")
class DeleteSectionInput:
    section: SectionRef = strawberry.field(description="The section.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Sections to delete, at most 500.")
class DeleteSectionsInput:
    sections: list[SectionRef] = strawberry.field(description="The sections, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to move to another course (Canvas only).")
class CrossListSectionInput:
    section: SectionRef = strawberry.field(description="The section.")
    course: CourseRef = strawberry.field(description="The course to move it to.")
    override_sis_stickiness: bool = strawberry.field(
        default=True, description="False: leave a section alone that was moved by hand."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A section to move back to its original course (Canvas only).")
class UnCrossListSectionInput:
    section: SectionRef = strawberry.field(description="The section.")
    override_sis_stickiness: bool = strawberry.field(
        default=True, description="False: leave a section alone that was moved by hand."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(
    one_of=True, description="Where a section's content is copied to: exactly one of these."
)
class CopyTarget:
    section: SectionRef | None = strawberry.field(
        default=strawberry.UNSET, description="An existing section that is empty."
    )
    sis_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The section with this school code; created where there is none.",
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new section with this code."
    )


@strawberry.input(one_of=True, description="The copy's course: exactly one of these.")
class CopyCourseRef:
    course: CourseRef | None = strawberry.field(default=strawberry.UNSET, description="The course.")
    code: str | None = strawberry.field(default=strawberry.UNSET, description="The course's code.")


@strawberry.input(description="A section whose content is copied (Schoology only).")
class SectionCopyInput:
    source: SectionRef = strawberry.field(description="The section to copy from.")
    target: CopyTarget = strawberry.field(description="The section to copy into.")
    course: CopyCourseRef = strawberry.field(description="The course of the copy.")
    title: str = strawberry.field(description="The copy's name.")
    terms: list[strawberry.ID] = strawberry.field(
        description="The copy's grading periods: Terms' `id`s."
    )
    description: str | None = optional_field("What the copy is about.")
    is_synced: bool | None = optional_field("As `Section.isSynced`; the source's if left out.")


@strawberry.input(description="Sections whose content is copied, at most 500 (Schoology only).")
class CopySectionsInput:
    copies: list[SectionCopyInput] = strawberry.field(description="The copies, in order.")
    enroll_user: bool = strawberry.field(
        default=False, description="Enrol the viewer into the copies."
    )
    wait_seconds: int = strawberry.field(
        default=0,
        description="How long to wait for the new sections, within the request's deadline.",
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
