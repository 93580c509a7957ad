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

from lms_gateway.domain.changes import (
    Act,
    Change,
    ChangeStates,
    CopyCourse,
    CopySection,
    Create,
    CreateTestStudent,
    CrossList,
    DismissAlert,
    Problem,
    RedeemCode,
    Reenroll,
    Removal,
    Remove,
    RequestUpload,
    ResetCourse,
    Result,
    Status,
    Update,
    UpdateSettings,
    Values,
)
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.records import EnrollmentState, Key, Kind, Record
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.schoology.bulk import (
    COPIES,
    COURSES,
    SECTIONS,
    Line,
    Table,
    codes_of,
    id_of,
    roster_of,
    sections_of,
    send,
)
from lms_gateway.vendors.schoology.copies import accepted
from lms_gateway.vendors.schoology.echoes import find_kept, learn_echo
from lms_gateway.vendors.schoology.looking import look
from lms_gateway.vendors.schoology.payloads import UPDATE_EXISTING, fill, fill_copy
from lms_gateway.vendors.schoology.refusals import Verdict, not_found
from lms_gateway.vendors.schoology.rows import OWN
from lms_gateway.vendors.schoology.wave import ONLY_CANVAS, Wave

UNSUPPORTED: Mapping[type, str] = {
    CrossList: "Schoology does not cross-list sections",
    ChangeStates: "Schoology's courses have no states to change",
    ResetCourse: "Schoology does not reset courses",
    UpdateSettings: "Schoology's courses have no settings",
    CopyCourse: "Schoology copies sections, not courses",
    DismissAlert: "Schoology has no such alerts",
    CreateTestStudent: "Schoology has no test students",
    RequestUpload: "Schoology's courses hold no files",
    Act: ONLY_CANVAS,
}
ONLY_DELETES = "Schoology deletes, and has no other end"


def write(wave: Wave, changes: Sequence[Change]) -> Steps[list[Result]]:
    """Carry out changes of one class, one result for each, in their order.

    Raises Unsupported where Schoology has no such operation, before anything is sent.
    """
    errands = [_prepare(change) for change in changes]
    lines = [one.line for one in errands if one.line is not None]
    yield from _read_first(wave, [line for line in lines if line.method == "DELETE"])
    yield from send([line for line in lines if line.verdict is None])
    written = [one for line in lines if line.method != "DELETE" for one in (line, *line.nested)]
    for line in written:
        _learn(wave, line)
    yield from _read_again(wave, written)
    _compare(written)
    return [_result(one) for one in errands]


class _Errand(NamedTuple):
    """A change that goes out, or the problems that keep it."""

    line: Line | None
    problems: Sequence[Problem] = ()


def _prepare(change: Change) -> _Errand:
    match change:
        case Create():
            return _prepare_new(change)
        case Update():
            return _prepare_update(change)
        case Reenroll():
            return _prepare_update(Update(change.key, {"state": EnrollmentState.ACTIVE}))
        case Remove():
            if change.how is not Removal.DELETE:
                raise Unsupported(ONLY_DELETES)
            return _Errand(_line_for("DELETE", change.key))
        case CopySection():
            return _prepare_copy(change)
        case RedeemCode():
            return _prepare_code(change)
        case _:
            raise Unsupported(UNSUPPORTED[type(change)])


def _prepare_new(change: Create) -> _Errand:
    values = change.values
    if change.kind is Kind.COURSE and change.parent is not None:
        values = {"account_id": change.parent.id, **values}
    payload = fill(change.kind, values, change.options, creating=True)
    problems, nested = [*payload.problems], []
    for at, section in enumerate(change.sections):
        inner = fill(Kind.SECTION, section.values, section.options, creating=True)
        problems += [_nest(at, problem) for problem in inner.problems]
        nested.append(_new_line(SECTIONS, Kind.SECTION, None, inner.body, section.values))
    if problems:
        return _Errand(None, problems)
    if change.kind is Kind.ENROLLMENT:
        # The vendor wants it named; who is enrolled without more is active.
        payload.body.setdefault("status", "1")
    line = _new_line(_table_of_new(change), change.kind, change.parent, payload.body, values)
    line.nested = nested
    if change.options.get(UPDATE_EXISTING):
        line.params = (("update_existing", "1"),)
    return _Errand(line)


def _prepare_update(change: Update) -> _Errand:
    payload = fill(change.key.kind, change.values, change.options, creating=False)
    if payload.problems:
        return _Errand(None, payload.problems)
    line = _line_for("PUT", change.key)
    line.body, line.sent = payload.body, change.values
    return _Errand(line)


def _prepare_copy(change: CopySection) -> _Errand:
    payload = fill_copy(change)
    if payload.problems:
        return _Errand(None, payload.problems)
    params: Params = (("enroll_user", "1"),) if change.enroll_user else ()
    key = None if change.section_id is None else Key(Kind.SECTION, change.section_id)
    line = Line("POST", COPIES, Kind.SECTION, None, key, payload.body, {}, None, params)
    return _Errand(line)


def _prepare_code(change: RedeemCode) -> _Errand:
    if not change.code.strip():
        return _Errand(None, [Problem(BadInput.code, "an access code is not empty", "access_code")])
    table, body = codes_of(change.section.id), {"access_code": change.code}
    line = _new_line(table, Kind.ENROLLMENT, change.section, body, {})
    line.fields = frozenset(body)
    return _Errand(line)


def _new_line(
    table: Table, kind: Kind, parent: Key | None, body: dict[str, Any], sent: Values
) -> Line:
    return Line("POST", table, kind, None, parent, body, sent, _PARENTS[kind])


def _line_for(method: str, key: Key) -> Line:
    table = {Kind.SECTION: SECTIONS, Kind.COURSE: COURSES}.get(key.kind)
    if table is None:
        table = roster_of(key.id.partition(".")[0])
    return Line(method, table, key.kind, key, None, {}, {}, key.kind.value)


def _table_of_new(change: Create) -> Table:
    if change.kind is Kind.COURSE:
        return COURSES
    assert change.parent is not None
    if change.kind is Kind.SECTION:
        return sections_of(change.parent.id)
    return roster_of(change.parent.id)


def _read_first(wave: Wave, lines: Sequence[Line]) -> Steps[None]:
    """Know what is to go as it was. What cannot be read is not removed."""
    keys = [line.key for line in lines if line.key is not None]
    lacking = [key for key in keys if wave.lacks(key, _WHOLE[key.kind])]
    seen = yield from look(wave, lacking)
    for line in lines:
        assert line.key is not None
        found = seen[line.key] if line.key in seen else wave.store.find(line.key)
        if isinstance(found, LmsError):
            line.verdict = Verdict(Status.REFUSED, error=found)
        elif found is None:
            line.verdict = Verdict(Status.REFUSED, problem=not_found(line.target))
        else:
            line.record = found


def _learn(wave: Wave, line: Line) -> None:
    """Take what the vendor told of what it made or changed."""
    if not line.is_done or line.verdict is None:
        return
    if line.table is COPIES:
        # Into a section that is there already: its content comes later, itself it stays.
        line.record = None if line.parent is None else wave.store.learn(*line.parent, {})
        return
    row = line.verdict.row or {}
    if line.key is None and (own := id_of(row)) is not None:
        if line.kind is Kind.ENROLLMENT and line.parent is not None:
            own = f"{line.parent.id}.{own}"
        line.key = Key(line.kind, own)
    if line.key is not None:
        line.record = learn_echo(wave.store, line.key, line.parent, row)


def _read_again(wave: Wave, lines: Sequence[Line]) -> Steps[None]:
    """Read what may be stored otherwise than it was sent."""
    doubtful = [
        line
        for line in lines
        if line.key is not None
        and line.record is not None
        and (line.method == "PUT" or line.params or line.sent.keys() - line.record.known)
    ]
    seen = yield from look(wave, [line.key for line in doubtful if line.key is not None])
    for line in doubtful:
        found = None if line.key is None else seen[line.key]
        if isinstance(found, Record):
            line.record = found


def _compare(lines: Sequence[Line]) -> None:
    """Let each line know which of its values did not take; later ones of the same object win."""
    later: dict[Key, set[str]] = {}
    for line in reversed(lines):
        if line.key is None or line.verdict is None or line.verdict.status is Status.REFUSED:
            continue
        over = later.setdefault(line.key, set())
        if line.is_done and line.record is not None:
            last = {name: value for name, value in line.sent.items() if name not in over}
            line.problems += find_kept(line.kind, last, line.record)
        over.update(line.sent)


def _result(errand: _Errand) -> Result:
    line = errand.line
    if line is None:
        return Result(Status.REFUSED, problems=errand.problems)
    result = _result_of(line)
    if not line.nested or not line.is_done:
        return result
    sections = tuple(_result_of(one) for one in line.nested)
    problems = [*result.problems]
    for at, section in enumerate(sections):
        problems += [_nest(at, problem) for problem in section.problems]
        if section.error is not None:
            problems.append(_nest(at, Problem(section.error.code, section.error.message)))
    return replace(result, problems=problems, detail={"sections": sections})


def _result_of(line: Line) -> Result:
    assert line.verdict is not None
    status, row, problem, error = line.verdict
    problems = [*line.problems, *([] if problem is None else [problem])]
    if status is not Status.CONFIRMED:
        return Result(status, problems=problems, error=error)
    if line.table is COPIES:
        return accepted(row or {}, line.record)
    return Result(status, line.record, problems)


def _nest(at: int, problem: Problem) -> Problem:
    """The problem of a course's section, by its place in the course's input."""
    inner = f"sections.{at}"
    return replace(problem, field=inner if problem.field is None else f"{inner}.{problem.field}")


_PARENTS: Mapping[Kind, str] = {
    Kind.SECTION: "course",
    Kind.COURSE: "account",
    Kind.ENROLLMENT: "section",
}
"""The input that names where a new object goes."""
_WHOLE: Mapping[Kind, frozenset[str]] = {
    kind: OWN[kind] - {"schoology.district_course_name"} for kind in _PARENTS
}
"""What reading an object by itself settles."""
