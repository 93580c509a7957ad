"""Mutations of sections."""

from typing import Any

from lms_gateway.domain.commands import CopySection, Create, CrossList, Delete, Update
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.inputs.references import SectionRef
from lms_gateway.schema.inputs.sections import (
    CopySectionsInput,
    CreateSectionInput,
    CreateSectionsInput,
    CrossListSectionInput,
    DeleteSectionInput,
    DeleteSectionsInput,
    NewSection,
    SectionCopyInput,
    SectionPatch,
    UnCrossListSectionInput,
    UpdateSectionInput,
    UpdateSectionsInput,
)
from lms_gateway.schema.mutations.execution import (
    Keys,
    Reference,
    References,
    run_bulk_mutation,
    run_mutation,
)


def _create(row: Any, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.SECTION, keys["course"], values, options)


def _update(row: Any, keys: Keys, values: Any, options: Any) -> Update:
    return Update(keys["section"], values, options)


def _delete(row: Any, keys: Keys, values: Any, options: Any) -> Delete:
    return Delete(keys["section"])


def _course_reference(row: NewSection) -> References:
    return {"course": Reference(Kind.COURSE, row.course)}


def _section_reference(row: SectionPatch | DeleteSectionInput) -> References:
    return {"section": Reference(Kind.SECTION, row.section)}


async def create_section(info: Info, input: CreateSectionInput) -> Any:
    return await run_mutation(info, "createSection", input, _course_reference(input), _create)


async def create_sections(info: Info, input: CreateSectionsInput) -> Any:
    rows = [(row, _course_reference(row)) for row in input.sections]
    block = unset_to_none(input.schoology)
    updates = {} if block is None else {"schoology.update_existing": bool(block.update_existing)}

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> Create:
        return Create(Kind.SECTION, keys["course"], values, {**options, **updates})

    return await run_bulk_mutation(info, "createSections", input, rows, make_command, "sections")


async def update_section(info: Info, input: UpdateSectionInput) -> Any:
    return await run_mutation(info, "updateSection", input, _section_reference(input), _update)


async def update_sections(info: Info, input: UpdateSectionsInput) -> Any:
    rows = [(row, _section_reference(row)) for row in input.sections]
    return await run_bulk_mutation(info, "updateSections", input, rows, _update, "sections")


async def delete_section(info: Info, input: DeleteSectionInput) -> Any:
    return await run_mutation(info, "deleteSection", input, _section_reference(input), _delete)


async def delete_sections(info: Info, input: DeleteSectionsInput) -> Any:
    rows = [(None, _bare_reference(ref)) for ref in input.sections]
    return await run_bulk_mutation(info, "deleteSections", input, rows, _delete, "sections")


def _bare_reference(ref: SectionRef) -> References:
    return {"section": Reference(Kind.SECTION, ref)}


async def cross_list_section(info: Info, input: CrossListSectionInput) -> Any:
    references: References = {
        "section": Reference(Kind.SECTION, input.section),
        "course": Reference(Kind.COURSE, input.course),
    }

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> CrossList:
        return CrossList(keys["section"], keys["course"], input.override_sis_stickiness)

    return await run_mutation(info, "crossListSection", input, references, make_command)


async def un_cross_list_section(info: Info, input: UnCrossListSectionInput) -> Any:
    references: References = {"section": Reference(Kind.SECTION, input.section)}

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> CrossList:
        return CrossList(keys["section"], None, input.override_sis_stickiness)

    return await run_mutation(info, "unCrossListSection", input, references, make_command)


async def copy_sections(info: Info, input: CopySectionsInput) -> Any:
    if input.wait_seconds < 0:
        raise BadInput("input.waitSeconds: must not be negative")
    rows = [(row, _copy_references(row)) for row in input.copies]

    def make_command(row: SectionCopyInput, keys: Keys, values: Any, options: Any) -> CopySection:
        return CopySection(
            title=row.title,
            term_ids=values["term_ids"],
            source_id=_id(keys, "source"),
            source_sis_id=unset_to_none(row.source.sis_id),
            section_id=_id(keys, "target"),
            section_sis_id=unset_to_none(row.target.sis_id) or _sis_id(row.target.section),
            section_code=unset_to_none(row.target.code),
            course_id=_id(keys, "course"),
            course_code=unset_to_none(row.course.code),
            description=values.get("description"),
            synced=values.get("is_synced"),
            enroll_user=input.enroll_user,
            wait_timeout=float(input.wait_seconds),
        )

    return await run_bulk_mutation(info, "copySections", input, rows, make_command, "copies")


def _copy_references(row: SectionCopyInput) -> References:
    """What has to be known by id: a school code is a name that the vendor takes as it is."""
    course = unset_to_none(row.course.course)
    return {
        "source": _unless_sis_id(row.source),
        "target": _unless_sis_id(unset_to_none(row.target.section)),
        "course": None if course is None else Reference(Kind.COURSE, course),
    }


def _unless_sis_id(ref: SectionRef | None) -> Reference | None:
    return None if ref is None or _sis_id(ref) is not None else Reference(Kind.SECTION, ref)


def _sis_id(ref: SectionRef | None) -> str | None:
    return None if not ref else unset_to_none(ref.sis_id)


def _id(keys: Keys, name: str) -> str | None:
    key = keys.get(name)
    return None if key is None else key.id
