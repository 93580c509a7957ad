"""Maps commands of one class to steps.

prepare   encode the values; reject what cannot be sent
read      the objects that are to be deleted
send      single or in bulk
read      what was stored, if the reply does not contain all that was sent
verify    compare what was sent with what is stored

Schoology's deletions cannot be undone, and users are never deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lms_gateway.domain import commands as cmd
from lms_gateway.domain.commands import Command, CommandResult, CommandStatus, Create, InputProblem, Update
from lms_gateway.domain.errors import LmsError, Unsupported
from lms_gateway.domain.models import EnrollmentState
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.schoology.reads.batch import ONLY_CANVAS, LoadBatch
from lms_gateway.vendors.schoology.rows.decoding import OBJECT_FIELDS
from lms_gateway.vendors.schoology.writes.bulk import (
    COPIES,
    COURSES,
    SECTIONS,
    BulkEndpoint,
    WriteItem,
    course_sections,
    reply_row_id,
    section_access_codes,
    section_enrollments,
    send_items,
)
from lms_gateway.vendors.schoology.writes.input_mapping import UPDATE_EXISTING, encode, encode_copy
from lms_gateway.vendors.schoology.writes.outcomes import WriteOutcome, missing
from lms_gateway.vendors.schoology.writes.read_back import merge_reply, read_current
from lms_gateway.vendors.schoology.writes.section_copies import accepted_result
from lms_gateway.vendors.schoology.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, rejected
from lms_gateway.vendors.shared.steps import Steps

UNSUPPORTED: Mapping[type, str] = {
    cmd.CrossList: "Schoology does not cross-list sections",
    cmd.BulkCourseEvent: "Schoology's courses have no states to change",
    cmd.ResetCourse: "Schoology does not reset courses",
    cmd.UpdateSettings: "Schoology's courses have no settings",
    cmd.CopyCourse: "Schoology copies sections, not courses",
    cmd.DismissQuizMigrationAlert: "Schoology has no such alerts",
    cmd.CreateTestStudent: "Schoology has no test students",
    cmd.RequestFileUpload: "Schoology's courses have no files",
    cmd.VendorOperation: ONLY_CANVAS,
}
ONLY_DELETES = "Schoology can only delete"

_COMPLETE_FIELDS: Mapping[Kind, frozenset[str]] = {
    kind: OBJECT_FIELDS[kind] - {"schoology.district_course_name"}
    for kind in (Kind.SECTION, Kind.COURSE, Kind.ENROLLMENT)
}
"""The fields that reading an object determines."""


def write_steps(batch: LoadBatch, commands: Sequence[Command]) -> Steps[list[CommandResult]]:
    """Execute commands of one class; return a result for each, in their order.

    Raises Unsupported before anything is sent if Schoology has no such operation.
    """
    prepared = [_prepare(command) for command in commands]
    items = [entry for entry in prepared if isinstance(entry, WriteItem)]
    yield from _read_before_delete(batch, [item for item in items if item.method == "DELETE"])
    yield from send_items([item for item in items if item.outcome is None])
    written = [entry for item in items if item.method != "DELETE" for entry in (item, *item.nested)]
    for item in written:
        _merge_reply(batch, item)
    yield from _read_back(batch, written)
    _verify(written)
    return [_result(entry) if isinstance(entry, WriteItem) else entry for entry in prepared]


def _prepare(command: Command) -> WriteItem | CommandResult:
    match command:
        case Create():
            return _prepare_create(command)
        case Update():
            return _prepare_update(command)
        case cmd.Reactivate():
            return _prepare_update(Update(command.key, {"state": EnrollmentState.ACTIVE}))
        case cmd.Delete():
            if command.mode is not cmd.DeleteMode.DELETE:
                raise Unsupported(ONLY_DELETES)
            return WriteItem("DELETE", _endpoint_of(command.key), command.key)
        case cmd.CopySection():
            body, problems = encode_copy(command)
            if problems:
                return rejected(*problems)
            section = command.section_id
            parent = None if section is None else Key(Kind.SECTION, section)
            params = (("enroll_user", "1"),) if command.enroll_user else ()
            return WriteItem("POST", COPIES, None, parent, body, params=params)
        case cmd.RedeemCode():
            if not command.code.strip():
                return rejected(bad_input("must not be empty", "access_code"))
            endpoint, body = section_access_codes(command.section.id), {"access_code": command.code}
            fields = frozenset(body)
            return WriteItem("POST", endpoint, None, command.section, body, fields=fields)
        case _:
            raise Unsupported(UNSUPPORTED[type(command)])


def _prepare_create(command: Create) -> WriteItem | CommandResult:
    values = command.values
    if command.kind is Kind.COURSE and command.parent is not None:
        values = {"account_id": command.parent.id, **values}
    body, problems = encode(command.kind, values, command.options, creating=True)
    nested = []
    for index, section in enumerate(command.sections):
        section_body, section_problems = encode(Kind.SECTION, section.values, section.options, creating=True)
        problems += [_nested_problem(index, problem) for problem in section_problems]
        nested.append(WriteItem("POST", SECTIONS, None, None, section_body, section.values))
    if problems:
        return rejected(*problems)
    endpoint = COURSES
    if command.kind is not Kind.COURSE:
        assert command.parent is not None
        is_section = command.kind is Kind.SECTION
        endpoint = (course_sections if is_section else section_enrollments)(command.parent.id)
    if command.kind is Kind.ENROLLMENT:
        body.setdefault("status", "1")  # required; active is the default of the gateway
    item = WriteItem("POST", endpoint, None, command.parent, body, values, nested=nested)
    if command.options.get(UPDATE_EXISTING):
        item.params = (("update_existing", "1"),)
    return item


def _prepare_update(command: Update) -> WriteItem | CommandResult:
    key, values = command.key, command.values
    body, problems = encode(key.kind, values, command.options, creating=False)
    if problems:
        return rejected(*problems)
    return WriteItem("PUT", _endpoint_of(key), key, body=body, sent_values=values)


def _endpoint_of(key: Key) -> BulkEndpoint:
    if key.kind is Kind.ENROLLMENT:
        return section_enrollments(key.id.partition(".")[0])
    return COURSES if key.kind is Kind.COURSE else SECTIONS


def _read_before_delete(batch: LoadBatch, items: Sequence[WriteItem]) -> Steps[None]:
    """Read what is to be deleted. What cannot be read is not deleted."""
    keys = [item.key for item in items if item.key is not None]
    unknown = [key for key in keys if batch.missing(key, _COMPLETE_FIELDS[key.kind])]
    states = yield from read_current(batch, unknown)
    for item in items:
        assert item.key is not None
        state = states[item.key] if item.key in states else batch.store.find(item.key)
        if isinstance(state, LmsError):
            item.outcome = WriteOutcome(CommandStatus.REFUSED, error=state)
        elif state is None:
            item.outcome = missing(item.subject)
        else:
            item.record = state


def _merge_reply(batch: LoadBatch, item: WriteItem) -> None:
    """Add the reply's row of a created or updated object to the store."""
    if not item.is_confirmed or item.outcome is None:
        return
    if item.endpoint is COPIES:
        # Into an existing section: its content comes later, the section itself stays the same.
        item.record = None if item.parent is None else batch.store.merge(*item.parent, {})
        return
    row = item.outcome.row or {}
    if item.key is None and (row_id := reply_row_id(row)) is not None:
        if item.endpoint.kind is Kind.ENROLLMENT and item.parent is not None:
            row_id = f"{item.parent.id}.{row_id}"
        item.key = Key(item.endpoint.kind, row_id)
    if item.key is not None:
        item.record = merge_reply(batch.store, item.key, item.parent, row)


def _read_back(batch: LoadBatch, items: Sequence[WriteItem]) -> Steps[None]:
    """Read objects whose reply does not contain all that was sent."""
    unverified = [
        (item, item.key)
        for item in items
        if item.key is not None
        and item.record is not None
        and (item.method == "PUT" or item.params or item.sent_values.keys() - item.record.known_fields)
    ]
    states = yield from read_current(batch, [key for _, key in unverified])
    for item, key in unverified:
        state = states[key]
        if isinstance(state, Record):
            item.record = state


def _verify(items: Sequence[WriteItem]) -> None:
    """Find the values that were not stored; of several writes of an object, the last one counts."""
    overwritten: dict[Key, set[str]] = {}
    for item in reversed(items):
        if item.key is None or item.outcome is None or item.outcome.status is CommandStatus.REFUSED:
            continue
        names = overwritten.setdefault(item.key, set())
        if item.is_confirmed and item.record is not None:
            final = {name: item.sent_values[name] for name in item.sent_values if name not in names}
            item.problems += verify_stored(item.endpoint.kind, final, item.record)
        names.update(item.sent_values)


def _result(item: WriteItem) -> CommandResult:
    result = _item_result(item)
    if not item.nested or not item.is_confirmed:
        return result
    sections = tuple(_item_result(section) for section in item.nested)
    problems = [*result.problems]
    for index, section in enumerate(sections):
        problems += [_nested_problem(index, problem) for problem in section.problems]
        if section.error is not None:
            error = InputProblem(section.error.code, section.error.message)
            problems.append(_nested_problem(index, error))
    return replace(result, problems=problems, detail={"sections": sections})


def _item_result(item: WriteItem) -> CommandResult:
    assert item.outcome is not None
    status, row, problem, error = item.outcome
    problems = item.problems if problem is None else [*item.problems, problem]
    if status is not CommandStatus.CONFIRMED:
        return CommandResult(status, problems=problems, error=error)
    if item.endpoint is COPIES:
        return accepted_result(row or {}, item.record)
    return CommandResult(status, item.record, problems)


def _nested_problem(index: int, problem: InputProblem) -> InputProblem:
    """Return the problem of a course's section, with its path in the course's input."""
    path = f"sections.{index}"
    return replace(problem, field=path if problem.field is None else f"{path}.{problem.field}")
