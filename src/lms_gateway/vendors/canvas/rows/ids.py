"""Ids of Canvas, and the canonical form in which the gateway keeps them.

Canvas writes an id as a number, as text, or with its shard: `1~123`.
https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

import re
from typing import Any

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Key, Kind

SHARD_SIZE = 10**13
"""Distance between the ids of two shards: `2~7` is 20000000000007."""

_MAX_ID = 2**63 - 1
_ID_PATTERN = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_REPORT_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_ID_FORMS = {
    Kind.NOTIFICATION: "<account id>.<notification id>",
    Kind.TOKEN: "<user id>.<token id>",
    Kind.REPORT: "<account id>.<report name>.<report id>",
}


def parse_id(value: Any) -> str | None:
    """Return an id in canonical form (`1~123` is expanded); None if it is not an id of Canvas."""
    if type(value) is int:
        return str(value) if 0 < value <= _MAX_ID else None
    if not isinstance(value, str):
        return None
    if len(value) < 19 and value.isascii() and value.isdigit() and value[0] != "0":
        return value  # the usual form, without a regular expression
    match = _ID_PATTERN.fullmatch(value)
    if match is None:
        return None
    number = int(match[2])
    if match[1] is not None:
        if number >= SHARD_SIZE:
            return None
        number += int(match[1]) * SHARD_SIZE
    return str(number) if 0 < number <= _MAX_ID else None


def is_same_id(left: str, right: str) -> bool:
    """Return whether two canonical ids can belong to one object.

    Canvas omits the shard of its own objects, so `123` and `1~123` may be the same.
    """
    if left == right:
        return True
    left_number, right_number = int(left), int(right)
    return (
        left_number % SHARD_SIZE == right_number % SHARD_SIZE and min(left_number, right_number) < SHARD_SIZE
    )


def canonical_id(kind: Kind, vendor_id: str) -> str:
    """Return the canonical form of a vendor id. Raises BadInput if it is not an id of this kind.

    An object that Canvas finds only below another one has an id of several parts, separated by
    dots: see `_ID_FORMS`.
    """
    canonical_parts: list[str | None]
    match kind, vendor_id.split("."):
        case (Kind.NOTIFICATION | Kind.TOKEN, (owner, number)):
            canonical_parts = [parse_id(owner), parse_id(number)]
        case Kind.REPORT, (owner, name, number):
            report_name = name if is_report_name(name) else None
            canonical_parts = [parse_id(owner), report_name, parse_id(number)]
        case (Kind.NOTIFICATION | Kind.TOKEN | Kind.REPORT, _):
            canonical_parts = [None]
        case _:
            canonical_parts = [parse_id(vendor_id)]
    valid_parts = [part for part in canonical_parts if part is not None]
    if len(valid_parts) < len(canonical_parts):
        form = _ID_FORMS.get(kind, "a number, or like 1~123")
        raise BadInput(f"vendorId: not the id of a Canvas {kind}; expected {form}")
    return ".".join(valid_parts)


def is_canonical(key: Key) -> bool:
    """Return whether a key's id is an id of Canvas in canonical form."""
    try:
        return canonical_id(key.kind, key.id) == key.id
    except BadInput:
        return False


def is_report_name(name: object) -> bool:
    """Return whether this can be the name of a report, for example `grade_export_csv`."""
    return isinstance(name, str) and _REPORT_NAME.fullmatch(name) is not None
