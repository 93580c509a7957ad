"""Commands of mutations: how each is made from an input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    Command,
    CopyCourse,
    CopySection,
    Create,
    CrossList,
    Delete,
    DeleteMode,
    RedeemCode,
    RequestFileUpload,
    Update,
    UpdateSettings,
    VendorOperation,
)
from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.record import Key, Kind
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.inputs.references import SectionRef


@dataclass(frozen=True, slots=True)
class ResolvedInput:
    """An input, or one row of a bulk input, whose references are resolved.

    `row` may be a reference itself. `input` is the mutation's whole input. `keys`
    are those of the references by the name of their field. `values` and `options` are the other
    fields, with the names of `domain.commands`.
    """

    row: Any
    input: Any
    keys: Mapping[str, Key]
    values: dict[str, Any]
    options: dict[str, Any]

    def id_of(self, name: str) -> str | None:
        """Return the id of a reference; None if it was omitted."""
        key = self.keys.get(name)
        return None if key is None else key.id


@dataclass(frozen=True, slots=True)
class CommandBuilder:
    """Makes the command of a mutation. `limitation` is how a vendor declares that it lacks it."""

    limitation: Limitation
    build: Callable[[ResolvedInput], Command]


def command(command_type: Callable[..., Command], *keys: str, **values: str) -> CommandBuilder:
    """Return the builder of a command of some keys, and of values of the input by their name."""

    def build(resolved: ResolvedInput) -> Command:
        return command_type(
            *(resolved.keys[key] for key in keys),
            **{name: getattr(resolved.row, field) for name, field in values.items()},
        )

    return CommandBuilder(Limitation(command_type), build)  # type: ignore[arg-type]


def vendor_operation(name: str, target: str) -> CommandBuilder:
    """Return the builder of an operation that only one vendor has."""
    return CommandBuilder(
        Limitation(VendorOperation),
        lambda resolved: VendorOperation(name, resolved.keys[target], resolved.values),
    )


def delete(kind: Kind, mode: DeleteMode = DeleteMode.DELETE) -> CommandBuilder:
    """Return the builder that deletes or concludes an object."""
    argument = None if mode is DeleteMode.DELETE else mode.lower()
    return CommandBuilder(
        Limitation(Delete, kind, argument=argument), lambda resolved: Delete(resolved.keys[kind], mode)
    )


def update(kind: Kind) -> CommandBuilder:
    """Return the builder that updates an object; another account is a value of the object."""

    def build(resolved: ResolvedInput) -> Command:
        account = resolved.id_of("account")
        moved = {} if account is None else {"account_id": account}
        return Update(resolved.keys[kind], {**resolved.values, **moved}, resolved.options)

    return CommandBuilder(Limitation(Update, kind), build)


def _builder(
    command_type: type[Any], kind: Kind | None = None
) -> Callable[[Callable[[ResolvedInput], Command]], CommandBuilder]:
    return lambda build: CommandBuilder(Limitation(command_type, kind), build)


@_builder(Create, Kind.SECTION)
def create_section(resolved: ResolvedInput) -> Create:
    options = {**resolved.options, **_bulk_options(resolved)}
    return Create(Kind.SECTION, resolved.keys["course"], resolved.values, options)


@_builder(Create, Kind.COURSE)
def create_course(resolved: ResolvedInput) -> Create:
    sections = tuple(
        Create(Kind.SECTION, None, values, options) for values, options in resolved.values.pop("sections", ())
    )
    options = {**resolved.options, **_bulk_options(resolved)}
    account = resolved.keys.get("account")
    return Create(Kind.COURSE, account, resolved.values, options, sections)


@_builder(Create, Kind.ENROLLMENT)
def create_enrollment(resolved: ResolvedInput) -> Create:
    values = {"user_id": resolved.id_of("user"), **resolved.values}
    return Create(Kind.ENROLLMENT, resolved.keys["section"], values, resolved.options)


@_builder(Delete, Kind.ENROLLMENT)
def delete_enrollment(resolved: ResolvedInput) -> Delete:
    return Delete(resolved.keys["enrollment"], resolved.row.how)


@_builder(CrossList)
def cross_list(resolved: ResolvedInput) -> CrossList:
    """Without a course, the section returns to its original course."""
    sticky = resolved.row.override_sis_stickiness
    return CrossList(resolved.keys["section"], resolved.keys.get("course"), sticky)


@_builder(CopySection)
def copy_section(resolved: ResolvedInput) -> CopySection:
    row, values = resolved.row, resolved.values
    return CopySection(
        title=row.title,
        term_ids=values["term_ids"],
        source_id=resolved.id_of("source"),
        source_sis_id=unset_to_none(row.source.sis_id),
        section_id=resolved.id_of("target"),
        section_sis_id=unset_to_none(row.target.sis_id) or sis_id_of(row.target.section),
        section_code=unset_to_none(row.target.code),
        course_id=resolved.id_of("course"),
        course_code=unset_to_none(row.course.code),
        description=values.get("description"),
        synced=values.get("is_synced"),
        enroll_user=resolved.input.enroll_user,
        wait_timeout=float(resolved.input.wait_seconds),
    )


@_builder(BulkCourseEvent)
def change_course_states(resolved: ResolvedInput) -> BulkCourseEvent:
    ids = dict.fromkeys(key.id for key in resolved.keys.values() if key.kind is Kind.COURSE)
    return BulkCourseEvent(tuple(ids), resolved.row.event, resolved.keys.get("account"))


@_builder(UpdateSettings)
def update_settings(resolved: ResolvedInput) -> UpdateSettings:
    return UpdateSettings(resolved.keys["course"], resolved.values["settings"])


@_builder(CopyCourse)
def copy_course(resolved: ResolvedInput) -> CopyCourse:
    course, source = resolved.keys["course"], resolved.keys["source"]
    values = resolved.values
    return CopyCourse(course, source.id, values.get("only"), values.get("except_"))


@_builder(RequestFileUpload)
def request_file_upload(resolved: ResolvedInput) -> RequestFileUpload:
    return RequestFileUpload(resolved.keys["course"], **resolved.values)


@_builder(VendorOperation)
def update_calendars(resolved: ResolvedInput) -> VendorOperation:
    rows = tuple(
        {"id": resolved.id_of(f"calendars.{index}")}
        | {
            name: value
            for name in ("visible", "auto_subscribe")
            if (value := unset_to_none(getattr(calendar, name))) is not None
        }
        for index, calendar in enumerate(resolved.row.calendars)
    )
    return VendorOperation("update_calendars", resolved.keys["account"], {"calendars": rows})


redeem_code = command(RedeemCode, "section", code="access_code")


def sis_id_of(ref: SectionRef | None) -> str | None:
    """Return the SIS id of a reference; None if it has another form or was omitted."""
    return None if not ref else unset_to_none(ref.sis_id)


def _bulk_options(resolved: ResolvedInput) -> dict[str, Any]:
    """Return the options that a bulk input has for all of its rows."""
    block = None
    if resolved.input is not resolved.row:
        block = unset_to_none(resolved.input.schoology)
    return {} if block is None else {"schoology.update_existing": bool(block.update_existing)}
