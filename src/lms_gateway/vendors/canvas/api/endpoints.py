"""Addresses of Canvas's endpoints, which are written without `/api/v1`.

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


def alias_segment(kind: Kind, alias: Alias, value: str) -> str:
    """Return the path segment for an object's other identifier, encoded.

    Raises Unsupported if Canvas has no such identifier of this kind, BadInput if it is empty.
    """
    column = _COLUMNS.get((kind, alias))
    if column is None:
        raise Unsupported(f"Canvas cannot look up a {kind} by {alias.replace('_', ' ')}")
    value = value.strip()  # as Canvas does; otherwise spaces alone would address a list
    if not value:
        raise BadInput(f"{alias.replace('_', ' ')}: must not be empty")
    if _URL_SAFE.fullmatch(value):
        return f"{column}:{quote(value, safe='')}"
    # A slash or dot ends the path segment even if it is percent-encoded.
    return f"hex:{column}:{value.encode().hex()}"


def endpoint(template: str, *ids: str, params: Params = ()) -> Call:
    """Return a GET of an endpoint, with ids for the `:id` and `:report` of its template.

    An id is a canonical id, the result of `alias_segment` or the name of a report.
    """
    parts = _literal_parts(template)
    if len(ids) == 1 and len(parts) == 2:
        path = f"{parts[0]}{ids[0]}{parts[1]}"
    else:
        path = "".join(chain(parts[:1], *zip(ids, parts[1:], strict=True)))
    return Call(path, template, params)


@cache
def _literal_parts(template: str) -> list[str]:
    """Return the parts of a path between the ids."""
    return _PLACEHOLDER.split(f"/api/v1{template}")


def write_endpoint(method: str, template: str, *ids: str, json: Any = None, params: Params = ()) -> Call:
    """Return a call that changes data: it is sent at most once. Arguments as of `endpoint`."""
    call = endpoint(template, *ids, params=params)
    return call._replace(method=method, json=json, safe=False)


def path_ids(key: Key | None) -> tuple[str, ...]:
    """Return the parts of an id, in the order of the path (`account.notification`)."""
    assert key is not None
    return tuple(key.id.split("."))
