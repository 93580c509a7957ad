"""Changes as steps: what is sent, what the vendor said of each, and what is stored afterwards.

prepare   values → the vendor's; what cannot be is refused before anything is sent
read      what is to go, as it was
send      single or in bulk
read      what was stored, where the reply did not tell all that was sent
compare   what was sent with what is there

Schoology's deletions cannot be undone, and users are never removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    Command,
    CommandResult,
    CommandStatus,
    CopyCourse,
    CopySection,
    Create,
    CreateTestStudent,
    CrossList,
    Delete,
    DeleteMode,
    DismissQuizMigrationAlert,
    InputProblem,
    Reactivate,
    RedeemCode,
    RequestFileUpload,
    ResetCourse,
    Update,
    UpdateSettings,
    Values,
    VendorOperation,
)
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.models import EnrollmentState
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.schoology.api.errors import WriteOutcome, not_found
from lms_gateway.vendors.schoology.reads.batch import ONLY_CANVAS, LoadBatch
from lms_gateway.vendors.schoology.rows.decoding import KNOWN_OBJECT_FIELDS
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
from lms_gateway.vendors.schoology.writes.read_back import read_current
from lms_gateway.vendors.schoology.writes.section_copies import accepted_result
from lms_gateway.vendors.schoology.writes.verification import merge_reply, verify_stored
from lms_gateway.vendors.shared.steps import Steps

UNSUPPORTED: Mapping[type, str] = {
    CrossList: "Schoology does not cross-list sections",
    BulkCourseEvent: "Schoology's courses have no states to change",
    ResetCourse: "Schoology does not reset courses",
    UpdateSettings: "Schoology's courses have no settings",
    CopyCourse: "Schoology copies sections, not courses",
    DismissQuizMigrationAlert: "Schoology has no such alerts",
    CreateTestStudent: "Schoology has no test students",
    RequestFileUpload: "Schoology's courses hold no files",
    VendorOperation: ONLY_CANVAS,
}
ONLY_DELETES = "Schoology deletes, and has no other end"


def write_steps(batch: LoadBatch, commands: Sequence[Command]) -> Steps[list[CommandResult]]:
    """Carry out changes of one class, one result for each, in their order.

    Raises Unsupported where Schoology has no such operation, before anything is sent.
    """
    prepared = [_prepare(command) for command in commands]
    items = [entry.item for entry in prepared if entry.item is not None]
    yield from _read_before_delete(batch, [item for item in items if item.method == "DELETE"])
    yield from send_items([item for item in items if item.outcome is None])
    written = [entry for item in items if item.method != "DELETE" for entry in (item, *item.nested)]
    for item in written:
        _merge_item(batch, item)
    yield from _read_back(batch, written)
    _verify(written)
    return [_result(entry) for entry in prepared]


class PreparedWrite(NamedTuple):
    """A change that goes out, or the problems that keep it."""

    item: WriteItem | None
    problems: Sequence[InputProblem] = ()


def _prepare(command: Command) -> PreparedWrite:
    match command:
        case Create():
            return _prepare_create(command)
        case Update():
            return _prepare_update(command)
        case Reactivate():
            return _prepare_update(Update(command.key, {"state": EnrollmentState.ACTIVE}))
        case Delete():
            if command.mode is not DeleteMode.DELETE:
                raise Unsupported(ONLY_DELETES)
            return PreparedWrite(_item_for("DELETE", command.key))
        case CopySection():
            return _prepare_copy(command)
        case RedeemCode():
            return _prepare_access_code(command)
        case _:
            raise Unsupported(UNSUPPORTED[type(command)])


def _prepare_create(command: Create) -> PreparedWrite:
    values = command.values
    if command.kind is Kind.COURSE and command.parent is not None:
        values = {"account_id": command.parent.id, **values}
    payload = encode(command.kind, values, command.options, creating=True)
    problems, nested = [*payload.problems], []
    for index, section in enumerate(command.sections):
        section_payload = encode(Kind.SECTION, section.values, section.options, creating=True)
        problems += [_nested_problem(index, problem) for problem in section_payload.problems]
        nested.append(
            _create_item(SECTIONS, Kind.SECTION, None, section_payload.body, section.values)
        )
    if problems:
        return PreparedWrite(None, problems)
    if command.kind is Kind.ENROLLMENT:
        # The vendor wants it named; who is enrolled without more is active.
        payload.body.setdefault("status", "1")
    item = _create_item(
        _create_endpoint(command), command.kind, command.parent, payload.body, values
    )
    item.nested = nested
    if command.options.get(UPDATE_EXISTING):
        item.params = (("update_existing", "1"),)
    return PreparedWrite(item)


def _prepare_update(command: Update) -> PreparedWrite:
    payload = encode(command.key.kind, command.values, command.options, creating=False)
    if payload.problems:
        return PreparedWrite(None, payload.problems)
    item = _item_for("PUT", command.key)
    item.body, item.sent_values = payload.body, command.values
    return PreparedWrite(item)


def _prepare_copy(command: CopySection) -> PreparedWrite:
    payload = encode_copy(command)
    if payload.problems:
        return PreparedWrite(None, payload.problems)
    params: Params = (("enroll_user", "1"),) if command.enroll_user else ()
    key = None if command.section_id is None else Key(Kind.SECTION, command.section_id)
    item = WriteItem("POST", COPIES, Kind.SECTION, None, key, payload.body, {}, None, params)
    return PreparedWrite(item)


def _prepare_access_code(command: RedeemCode) -> PreparedWrite:
    if not command.code.strip():
        return PreparedWrite(
            None, [InputProblem(BadInput.code, "an access code is not empty", "access_code")]
        )
    endpoint, body = section_access_codes(command.section.id), {"access_code": command.code}
    item = _create_item(endpoint, Kind.ENROLLMENT, command.section, body, {})
    item.fields = frozenset(body)
    return PreparedWrite(item)


def _create_item(
    endpoint: BulkEndpoint,
    kind: Kind,
    parent: Key | None,
    body: dict[str, Any],
    sent_values: Values,
) -> WriteItem:
    return WriteItem("POST", endpoint, kind, None, parent, body, sent_values, _PARENT_INPUTS[kind])


def _item_for(method: str, key: Key) -> WriteItem:
    endpoint = {Kind.SECTION: SECTIONS, Kind.COURSE: COURSES}.get(key.kind)
    if endpoint is None:
        endpoint = section_enrollments(key.id.partition(".")[0])
    return WriteItem(method, endpoint, key.kind, key, None, {}, {}, key.kind.value)


def _create_endpoint(command: Create) -> BulkEndpoint:
    if command.kind is Kind.COURSE:
        return COURSES
    assert command.parent is not None
    if command.kind is Kind.SECTION:
        return course_sections(command.parent.id)
    return section_enrollments(command.parent.id)


def _read_before_delete(batch: LoadBatch, items: Sequence[WriteItem]) -> Steps[None]:
    """Know what is to go as it was. What cannot be read is not removed."""
    keys = [item.key for item in items if item.key is not None]
    missing = [key for key in keys if batch.missing(key, KNOWN_OBJECT_FIELDS[key.kind])]
    states = yield from read_current(batch, missing)
    for item in items:
        assert item.key is not None
        state = states[item.key] if item.key in states else batch.store.find(item.key)
        if isinstance(state, LmsError):
            item.outcome = WriteOutcome(CommandStatus.REFUSED, error=state)
        elif state is None:
            item.outcome = WriteOutcome(CommandStatus.REFUSED, problem=not_found(item.target))
        else:
            item.record = state


def _merge_item(batch: LoadBatch, item: WriteItem) -> None:
    """Take what the vendor told of what it made or changed."""
    if not item.is_confirmed or item.outcome is None:
        return
    if item.endpoint is COPIES:
        # Into a section that is there already: its content comes later, itself it stays.
        item.record = None if item.parent is None else batch.store.merge(*item.parent, {})
        return
    row = item.outcome.row or {}
    if item.key is None and (row_id := reply_row_id(row)) is not None:
        if item.kind is Kind.ENROLLMENT and item.parent is not None:
            row_id = f"{item.parent.id}.{row_id}"
        item.key = Key(item.kind, row_id)
    if item.key is not None:
        item.record = merge_reply(batch.store, item.key, item.parent, row)


def _read_back(batch: LoadBatch, items: Sequence[WriteItem]) -> Steps[None]:
    """Read what may be stored otherwise than it was sent."""
    unverified = [
        item
        for item in items
        if item.key is not None
        and item.record is not None
        and (
            item.method == "PUT"
            or item.params
            or item.sent_values.keys() - item.record.known_fields
        )
    ]
    states = yield from read_current(
        batch, [item.key for item in unverified if item.key is not None]
    )
    for item in unverified:
        state = None if item.key is None else states[item.key]
        if isinstance(state, Record):
            item.record = state


def _verify(items: Sequence[WriteItem]) -> None:
    """Let each line know which of its values did not take; later ones of the same object win."""
    later: dict[Key, set[str]] = {}
    for item in reversed(items):
        if item.key is None or item.outcome is None or item.outcome.status is CommandStatus.REFUSED:
            continue
        overwritten = later.setdefault(item.key, set())
        if item.is_confirmed and item.record is not None:
            final_values = {
                name: value for name, value in item.sent_values.items() if name not in overwritten
            }
            item.problems += verify_stored(item.kind, final_values, item.record)
        overwritten.update(item.sent_values)


def _result(prepared: PreparedWrite) -> CommandResult:
    item = prepared.item
    if item is None:
        return CommandResult(CommandStatus.REFUSED, problems=prepared.problems)
    result = _item_result(item)
    if not item.nested or not item.is_confirmed:
        return result
    sections = tuple(_item_result(nested_item) for nested_item in item.nested)
    problems = [*result.problems]
    for index, section in enumerate(sections):
        problems += [_nested_problem(index, problem) for problem in section.problems]
        if section.error is not None:
            problems.append(
                _nested_problem(index, InputProblem(section.error.code, section.error.message))
            )
    return replace(result, problems=problems, detail={"sections": sections})


def _item_result(item: WriteItem) -> CommandResult:
    assert item.outcome is not None
    status, row, problem, error = item.outcome
    problems = [*item.problems, *([] if problem is None else [problem])]
    if status is not CommandStatus.CONFIRMED:
        return CommandResult(status, problems=problems, error=error)
    if item.endpoint is COPIES:
        return accepted_result(row or {}, item.record)
    return CommandResult(status, item.record, problems)


def _nested_problem(index: int, problem: InputProblem) -> InputProblem:
    """The problem of a course's section, by its place in the course's input."""
    path = f"sections.{index}"
    return replace(problem, field=path if problem.field is None else f"{path}.{problem.field}")


_PARENT_INPUTS: Mapping[Kind, str] = {
    Kind.SECTION: "course",
    Kind.COURSE: "account",
    Kind.ENROLLMENT: "section",
}
"""The input that names where a new object goes."""
