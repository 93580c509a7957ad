"""How Canvas's endpoints are addressed.

https://developerdocs.instructure.com/services/canvas/basics/file.object_ids
"""

import re
from functools import cache
from itertools import chain
from typing import Any
from urllib.parse import quote

from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.loads import Alias
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Call, Params
from lms_gateway.vendors.canvas.rows.converters import parse_id

_COLUMNS = {
    (Kind.SECTION, Alias.SIS_ID): "sis_section_id",
    (Kind.COURSE, Alias.SIS_ID): "sis_course_id",
    (Kind.USER, Alias.SIS_ID): "sis_user_id",
    (Kind.TERM, Alias.SIS_ID): "sis_term_id",
    (Kind.ACCOUNT, Alias.SIS_ID): "sis_account_id",
    (Kind.USER, Alias.LOGIN_ID): "sis_login_id",
} | {
    (kind, Alias.INTEGRATION_ID): "sis_integration_id"
    for kind in (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.TERM, Kind.ACCOUNT)
}
_URL_SAFE = re.compile(r"[A-Za-z0-9_@ +,:-]+")
_PLACEHOLDER = re.compile(r":(?:\w*id|report)\b")
_ID_FORMS = {
    Kind.NOTIFICATION: "its account's number and its own with a dot between",
    Kind.TOKEN: "its user's number and its own with a dot between",
    Kind.REPORT: "its account's number, the report's name and its own number, with dots between",
}
_REPORT_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


def canonical_id(kind: Kind, vendor_id: str) -> str:
    """The one spelling of a Canvas id: `1~123` is written long. Raises BadInput for any other.

    What Canvas finds only below something else has ids of several parts, with dots between: a
    notification's are its account's id and its own, a token's its user's and its own, a report's
    its account's, the report's name and its own.
    """
    parts = vendor_id.split(".")
    canonical_parts: list[str | None]
    match kind, parts:
        case (Kind.NOTIFICATION | Kind.TOKEN, (owner, number)):
            canonical_parts = [parse_id(owner), parse_id(number)]
        case Kind.REPORT, (owner, name, number):
            canonical_parts = [
                parse_id(owner),
                name if is_report_name(name) else None,
                parse_id(number),
            ]
        case (Kind.NOTIFICATION | Kind.TOKEN | Kind.REPORT, _):
            canonical_parts = [None]
        case _:
            canonical_parts = [parse_id(vendor_id)]
    valid_parts = [part for part in canonical_parts if part is not None]
    if len(valid_parts) < len(canonical_parts):
        expected_form = _ID_FORMS.get(kind, "a number, or like 1~123")
        raise BadInput(f"vendorId: not the id of a Canvas {kind}; one is {expected_form}")
    return ".".join(valid_parts)


def is_canonical(key: Key) -> bool:
    """Whether a key's id is one of Canvas, in its one spelling."""
    try:
        return canonical_id(key.kind, key.id) == key.id
    except BadInput:
        return False


def is_report_name(name: object) -> bool:
    """Whether this can be what Canvas calls a report, like `grade_export_csv`."""
    return isinstance(name, str) and _REPORT_NAME.fullmatch(name) is not None


def alias_segment(kind: Kind, alias: Alias, value: str) -> str:
    """What stands in a path for an object's other name, encoded.

    Raises Unsupported for a name that Canvas does not find such objects by.
    """
    column = _COLUMNS.get((kind, alias))
    if column is None:
        raise Unsupported(f"Canvas finds no {kind} by its {alias.replace('_', ' ')}")
    value = value.strip()  # as Canvas does; a name of spaces would otherwise address a list
    if not value:
        raise BadInput(f"the {alias.replace('_', ' ')} is empty")
    if _URL_SAFE.fullmatch(value):
        return f"{column}:{quote(value, safe='')}"
    # Slashes and dots end a path segment early even where they are percent-encoded.
    return f"hex:{column}:{value.encode().hex()}"


def endpoint(template: str, *ids: str, params: Params = ()) -> Call:
    """A GET of an endpoint, its `:id` and `:report` places filled in order.

    They are filled with ids, with what `address` says, or with names that are reports'.

    Endpoints are written as below `/api/v1`.
    """
    parts = _literal_parts(template)
    if len(ids) == 1 and len(parts) == 2:
        path = f"{parts[0]}{ids[0]}{parts[1]}"
    else:
        path = "".join(chain(parts[:1], *zip(ids, parts[1:], strict=True)))
    return Call(path, template, params)


@cache
def _literal_parts(template: str) -> list[str]:
    """What stands around an endpoint's places, below the host."""
    return _PLACEHOLDER.split(f"/api/v1{template}")


def write_endpoint(
    method: str, template: str, *ids: str, json: Any = None, params: Params = ()
) -> Call:
    """A call that changes something: it goes out once. Addressed as by `get`."""
    call = endpoint(template, *ids, params=params)
    return call._replace(method=method, json=json, safe=False)
