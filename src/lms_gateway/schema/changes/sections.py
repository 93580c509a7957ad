"""Mutations of sections."""

from typing import Any

from lms_gateway.domain.changes import CopySection, Create, CrossList, Remove, Update
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.schema.changes.run import Keys, Meant, References, run_many, run_one
from lms_gateway.schema.changes.section_inputs import (
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
from lms_gateway.schema.context import given
from lms_gateway.schema.fields import Info
from lms_gateway.schema.references import SectionRef


def _create(row: Any, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.SECTION, keys["course"], values, options)


def _update(row: Any, keys: Keys, values: Any, options: Any) -> Update:
    return Update(keys["section"], values, options)


def _remove(row: Any, keys: Keys, values: Any, options: Any) -> Remove:
    return Remove(keys["section"])


def _of_course(row: NewSection) -> References:
    return {"course": Meant(Kind.COURSE, row.course)}


def _of_section(row: SectionPatch | DeleteSectionInput) -> References:
    return {"section": Meant(Kind.SECTION, row.section)}


async def create_section(info: Info, input: CreateSectionInput) -> Any:
    return await run_one(info, "createSection", input, _of_course(input), _create)


async def create_sections(info: Info, input: CreateSectionsInput) -> Any:
    rows = [(row, _of_course(row)) for row in input.sections]
    block = given(input.schoology)
    updates = {} if block is None else {"schoology.update_existing": bool(block.update_existing)}

    def make(row: Any, keys: Keys, values: Any, options: Any) -> Create:
        return Create(Kind.SECTION, keys["course"], values, {**options, **updates})

    return await run_many(info, "createSections", input, rows, make, "sections")


async def update_section(info: Info, input: UpdateSectionInput) -> Any:
    return await run_one(info, "updateSection", input, _of_section(input), _update)


async def update_sections(info: Info, input: UpdateSectionsInput) -> Any:
    rows = [(row, _of_section(row)) for row in input.sections]
    return await run_many(info, "updateSections", input, rows, _update, "sections")


async def delete_section(info: Info, input: DeleteSectionInput) -> Any:
    return await run_one(info, "deleteSection", input, _of_section(input), _remove)


async def delete_sections(info: Info, input: DeleteSectionsInput) -> Any:
    rows = [(None, _only(ref)) for ref in input.sections]
    return await run_many(info, "deleteSections", input, rows, _remove, "sections")


def _only(ref: SectionRef) -> References:
    return {"section": Meant(Kind.SECTION, ref)}


async def cross_list_section(info: Info, input: CrossListSectionInput) -> Any:
    references: References = {
        "section": Meant(Kind.SECTION, input.section),
        "course": Meant(Kind.COURSE, input.course),
    }

    def make(row: Any, keys: Keys, values: Any, options: Any) -> CrossList:
        return CrossList(keys["section"], keys["course"], input.override_sis_stickiness)

    return await run_one(info, "crossListSection", input, references, make)


async def un_cross_list_section(info: Info, input: UnCrossListSectionInput) -> Any:
    references: References = {"section": Meant(Kind.SECTION, input.section)}

    def make(row: Any, keys: Keys, values: Any, options: Any) -> CrossList:
        return CrossList(keys["section"], None, input.override_sis_stickiness)

    return await run_one(info, "unCrossListSection", input, references, make)


async def copy_sections(info: Info, input: CopySectionsInput) -> Any:
    if input.wait_seconds < 0:
        raise BadInput("input.waitSeconds: must not be negative")
    rows = [(row, _of_copy(row)) for row in input.copies]

    def make(row: SectionCopyInput, keys: Keys, values: Any, options: Any) -> CopySection:
        return CopySection(
            title=row.title,
            term_ids=values["term_ids"],
            source_id=_id(keys, "source"),
            source_sis_id=given(row.source.sis_id),
            section_id=_id(keys, "target"),
            section_sis_id=given(row.target.sis_id) or _sis_id(row.target.section),
            section_code=given(row.target.code),
            course_id=_id(keys, "course"),
            course_code=given(row.course.code),
            description=values.get("description"),
            synced=values.get("is_synced"),
            enroll_user=input.enroll_user,
            wait=float(input.wait_seconds),
        )

    return await run_many(info, "copySections", input, rows, make, "copies")


def _of_copy(row: SectionCopyInput) -> References:
    """What has to be known by id: a school code is a name that the vendor takes as it is."""
    course = given(row.course.course)
    return {
        "source": _unless_sis_id(row.source),
        "target": _unless_sis_id(given(row.target.section)),
        "course": None if course is None else Meant(Kind.COURSE, course),
    }


def _unless_sis_id(ref: SectionRef | None) -> Meant | None:
    return None if ref is None or _sis_id(ref) is not None else Meant(Kind.SECTION, ref)


def _sis_id(ref: SectionRef | None) -> str | None:
    return None if not ref else given(ref.sis_id)


def _id(keys: Keys, name: str) -> str | None:
    key = keys.get(name)
    return None if key is None else key.id
