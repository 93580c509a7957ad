"""What may stand in a Canvas address in place of an id.

https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

from __future__ import annotations

import re
from typing import TypeVar

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.records import Account, Course, Section, Term, User
from lms_gateway.sandbox.school import School

R = TypeVar("R", Account, Course, Section, Term, User)

_SHARD = 10**13
_NUMBER = re.compile(r"(?:(\d+)~)?(\d+)")
_HEX = re.compile(r"hex:((?:sis|lti)_\w+):((?:[0-9A-Fa-f]{2})+)")
_COLUMN = re.compile(r"((?:sis|lti)_\w+|uuid):(.+)", re.DOTALL)
_SIS_NAMES: dict[type[object], str] = {
    Account: "sis_account_id",
    Course: "sis_course_id",
    Section: "sis_section_id",
    Term: "sis_term_id",
    User: "sis_user_id",
}


def find(
    school: School, kind: type[R], table: dict[int, R], text: str, habits: CanvasHabits
) -> R | None:
    """The record that an address names; None where it names none or cannot be read."""
    text = text.strip()
    if number := _NUMBER.fullmatch(text):
        local = _local(number[1], int(number[2]), habits)
        return None if local is None else table.get(local)
    if coded := _HEX.fullmatch(text):
        try:
            return _by_column(school, kind, table, coded[1], bytes.fromhex(coded[2]).decode())
        except UnicodeDecodeError:
            return None
    if plain := _COLUMN.fullmatch(text):
        return _by_column(school, kind, table, plain[1], plain[2].strip())
    return None


def _local(shard: str | None, number: int, habits: CanvasHabits) -> int | None:
    """The number on this shard, which is the first; None where another one is meant."""
    if shard is not None:
        return number if habits.has_tilde_ids and int(shard) == 1 else None
    if number >= _SHARD:
        return number - _SHARD if number < 2 * _SHARD else None
    return number


def _by_column(
    school: School, kind: type[R], table: dict[int, R], column: str, value: str
) -> R | None:
    if column == _SIS_NAMES[kind]:
        return school.by_sis(kind, value)
    if column == "sis_integration_id":
        return school.by_integration(kind, value)
    if kind is User and column == "sis_login_id":
        user = school.by_login(value)
        return None if user is None else table.get(user.id)
    if column in ("uuid", "lti_context_id", "lti_user_id"):
        # Rare enough in an address to be looked for.
        return next((one for one in table.values() if getattr(one, "uuid", None) == value), None)
    return None
