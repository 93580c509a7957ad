"""Inputs of mutations of sections."""

from datetime import datetime, time

import strawberry

from lms_gateway.domain.models import Day
from lms_gateway.schema.inputs.fields import (
    canvas_block,
    defaulted,
    limited,
    mutation_input,
    option,
    optional,
    required,
    schoology_block,
)
from lms_gateway.schema.inputs.references import CourseRef, SectionRef


@strawberry.input(description="Weekly meetings of a section, in the school's local time.")
class MeetingInput:
    days: list[Day] = required("Days of the week; empty for none.")
    start_time: time | None = optional("Start, HH:MM.")
    end_time: time | None = optional("End, HH:MM.")


@strawberry.input(description="Values of a section that only Canvas supports.")
class CanvasSectionInput:
    restrict_enrollments_to_section_dates: bool | None = optional("Restrict to the section's dates.")
    enable_sis_reactivation: bool | None = option(
        "Create only: restore a deleted section with this SIS id instead. Its name and dates do not change."
    )
    override_sis_stickiness: bool | None = option(
        "Update only: false skips fields that were changed manually since the last SIS "
        "import. True if omitted."
    )


@strawberry.input(description="Settings of a Schoology section.")
class SchoologySectionOptionsInput:
    course_format: int | None = optional("Format: 1 basic, 2 topic-based.")
    weighted_grading_categories: bool | None = optional("Weight grading categories.")
    upload_documents: bool | None = optional("Allow students to upload documents.")
    create_discussion: bool | None = optional("Allow students to start discussions.")
    member_post: bool | None = optional("Allow students to post to the feed.")
    member_post_comment: bool | None = optional("Allow students to comment in the feed.")


@strawberry.input(description="Values of a section that only Schoology supports.")
class SchoologySectionInput:
    class_periods: list[strawberry.ID] | None = optional("Class periods, for block schedules.")
    options: SchoologySectionOptionsInput | None = optional("Settings.")


@strawberry.input(description="Values of a section. Omitted fields do not change, or remain unset.")
class SectionFields:
    name: str | None = optional("Name. Schoology requires it.")
    code: str | None = limited("Code in the course (Schoology only; ignored with `sisId`).")
    sis_id: str | None = optional("Id in the student information system; Schoology's school code.")
    integration_id: str | None = limited("Integration id (Canvas only).")
    description: str | None = limited("Description (Schoology only).")
    location: str | None = limited("Location of the meetings (Schoology only).")
    start_at: datetime | None = limited("Start (Canvas only).")
    end_at: datetime | None = limited("End (Canvas only).")
    meeting: MeetingInput | None = limited("Weekly meetings (Schoology only).")
    terms: list[strawberry.ID] | None = limited(
        "Grading periods: `id`s of Terms (Schoology only; Schoology requires it)."
    )
    is_synced: bool | None = limited(
        "Whether a student information system manages the section: its codes and terms "
        "are then read-only (Schoology only)."
    )
    canvas: CanvasSectionInput | None = canvas_block("section")
    schoology: SchoologySectionInput | None = schoology_block("section")


@strawberry.input(description="A new section.")
class NewSection(SectionFields):
    course: CourseRef = required("The course of the section.")


@mutation_input("A new section.")
class CreateSectionInput(NewSection):
    pass


@strawberry.input(description="Options of Schoology's bulk creation.")
class SchoologyBulkInput:
    update_existing: bool | None = option(
        "Update a section or course that has the same code instead of rejecting the item."
    )


@mutation_input("New sections, at most 500.")
class CreateSectionsInput:
    sections: list[NewSection] = required("The sections, in order.")
    schoology: SchoologyBulkInput | None = schoology_block("sections")


@strawberry.input(description="New values of a section. Null unsets a value; omitted fields do not change.")
class SectionPatch(SectionFields):
    section: SectionRef = required("The section.")


@mutation_input("New values of a section. Null unsets a value; omitted fields do not change.")
class UpdateSectionInput(SectionPatch):
    pass


@mutation_input("New values of sections, at most 500.")
class UpdateSectionsInput:
    sections: list[SectionPatch] = required("The sections, in order.")


@mutation_input("A section to delete.")
class DeleteSectionInput:
    section: SectionRef = required("The section.")


@mutation_input("Sections to delete, at most 500.")
class DeleteSectionsInput:
    sections: list[SectionRef] = required("The sections, in order.")


@mutation_input("A section to move to another course (Canvas only).")
class CrossListSectionInput:
    section: SectionRef = required("The section.")
    course: CourseRef = required("The course to move the section to.")
    override_sis_stickiness: bool = defaulted(True, "False: skip a section that was moved manually.")


@mutation_input("A section to move back to its original course (Canvas only).")
class UnCrossListSectionInput:
    section: SectionRef = required("The section.")
    override_sis_stickiness: bool = defaulted(True, "False: skip a section that was moved manually.")


@strawberry.input(one_of=True, description="Target of a copy: exactly one of these.")
class CopyTarget:
    section: SectionRef | None = optional("An existing section that is empty.")
    sis_id: str | None = optional("The section with this school code; created if it does not exist.")
    code: str | None = optional("A new section with this code.")


@strawberry.input(one_of=True, description="The copy's course: exactly one of these.")
class CopyCourseRef:
    course: CourseRef | None = optional("The course.")
    code: str | None = optional("The course's code.")


@strawberry.input(description="A section whose content is to be copied (Schoology only).")
class SectionCopyInput:
    source: SectionRef = required("The section to copy from.")
    target: CopyTarget = required("The section to copy into.")
    course: CopyCourseRef = required("The course of the copy.")
    title: str = required("The copy's name.")
    terms: list[strawberry.ID] = required("The copy's grading periods: Terms' `id`s.")
    description: str | None = optional("Description of the copy.")
    is_synced: bool | None = optional("As `Section.isSynced`; that of the source if omitted.")


@mutation_input("Sections whose content is to be copied, at most 500 (Schoology only).")
class CopySectionsInput:
    copies: list[SectionCopyInput] = required("The copies, in order.")
    enroll_user: bool = defaulted(False, "Enroll the viewer in the copies.")
    wait_seconds: int = defaulted(0, "Seconds to wait for the new sections, within the request's deadline.")
