"""References to records in Canvas paths and parameters: ids, SIS ids and other columns.

    123                      id on this shard
    10000000000123, 1~123    the same, with the shard
    sis_course_id:BIO-101    SIS id; also sis_integration_id:, sis_login_id:, uuid:, lti_*:
    hex:sis_course_id:4249   SIS id in hexadecimal UTF-8

https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

import re
from typing import TypeVar

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.data.models import Account, Course, Section, Term, User
from lms_sandbox.data.school import School

R = TypeVar("R", Account, Course, Section, Term, User)

_SHARD_SIZE = 10**13
_NUMBER_PATTERN = re.compile(r"(?:(\d+)~)?(\d+)")
_HEX_PATTERN = re.compile(r"hex:((?:sis|lti)_\w+):((?:[0-9A-Fa-f]{2})+)")
_COLUMN_PATTERN = re.compile(r"((?:sis|lti)_\w+|uuid):(.+)", re.DOTALL)
_SIS_ID_COLUMNS: dict[type[object], str] = {
    Account: "sis_account_id",
    Course: "sis_course_id",
    Section: "sis_section_id",
    Term: "sis_term_id",
    User: "sis_user_id",
}


def find_record(
    school: School, kind: type[R], table: dict[int, R], reference: str, quirks: CanvasQuirks
) -> R | None:
    """Return the record that a reference names; None if there is none or it is malformed."""
    reference = reference.strip()
    if number_match := _NUMBER_PATTERN.fullmatch(reference):
        local_id = _local_id(number_match[1], int(number_match[2]), quirks)
        return None if local_id is None else table.get(local_id)
    if hex_match := _HEX_PATTERN.fullmatch(reference):
        try:
            return _find_by_column(school, kind, table, hex_match[1], bytes.fromhex(hex_match[2]).decode())
        except UnicodeDecodeError:
            return None
    if column_match := _COLUMN_PATTERN.fullmatch(reference):
        return _find_by_column(school, kind, table, column_match[1], column_match[2].strip())
    return None


def _local_id(shard: str | None, number: int, quirks: CanvasQuirks) -> int | None:
    """Return the id on this shard, which is number 1; None for an id of another shard."""
    if shard is not None:
        return number if quirks.has_tilde_ids and int(shard) == 1 else None
    if number >= _SHARD_SIZE:
        return number - _SHARD_SIZE if number < 2 * _SHARD_SIZE else None
    return number


def _find_by_column(school: School, kind: type[R], table: dict[int, R], column: str, value: str) -> R | None:
    if column == _SIS_ID_COLUMNS[kind]:
        return school.by_sis(kind, value)
    if column == "sis_integration_id":
        return school.by_integration(kind, value)
    if kind is User and column == "sis_login_id":
        user = school.by_login(value)
        return None if user is None else table.get(user.id)
    if column in ("uuid", "lti_context_id", "lti_user_id"):
        # These references are rare, so the columns have no index.
        return next((record for record in table.values() if getattr(record, "uuid", None) == value), None)
    return None
