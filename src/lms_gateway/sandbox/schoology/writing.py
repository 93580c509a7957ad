"""A reply on the wire: JSON as PHP writes it, or the XML of the documentation's examples."""

import json
from collections.abc import Mapping
from hashlib import sha256
from xml.etree import ElementTree

from starlette.responses import Response

from .habits import SchoologyHabits
from .view import Answer, Json

JSON_TYPE = "application/json"
XML_TYPE = "text/xml; charset=UTF-8"
EVERYWHERE = {"X-Schoology": "API", "X-Schoology-Env": "deploy"}
_TOO_MANY_PAGE = (
    "<!DOCTYPE html><html><body><p>You have reached Schoology's Web App request limit of "
    "15 requests per 5 seconds.</p></body></html>"
)


def write(answer: Answer, accept: str, if_none_match: str, habits: SchoologyHabits) -> Response:
    """The reply in the format that `Accept` asks for; errors are empty or a bare sentence, and
    are called XML whatever was asked."""
    headers = EVERYWHERE | dict(answer.headers)
    if answer.body is None:
        return Response(answer.text, answer.status, headers | {"Content-Type": XML_TYPE})
    is_xml = "json" not in accept and ("xml" in accept or habits.default_format == "xml")
    content = _to_xml(answer.body) if is_xml else _to_json(answer.body)
    headers["Content-Type"] = XML_TYPE if is_xml else JSON_TYPE
    if answer.status == 200:
        tag = f'"{sha256(content).hexdigest()[:32]}"'
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
        if habits.if_none_match and tag in if_none_match:
            return Response(status_code=304, headers=headers)
    return Response(content, answer.status, headers)


def write_over_limit(wait: float, habits: SchoologyHabits) -> Response:
    """The reply to one request too many, `wait` seconds before the next window."""
    if habits.over_limit == "html":
        page = {"Content-Type": "text/html; charset=UTF-8"}
        return Response(_TOO_MANY_PAGE, 200, EVERYWHERE | page)
    headers = EVERYWHERE | {"Content-Type": XML_TYPE}
    match habits.retry_after:
        case "seconds":
            headers["Retry-After"] = str(max(1, -int(-wait // 1)))
        case "milliseconds":
            headers["Retry-After"] = str(max(1, int(wait * 1000)))
        case "absent":
            pass
    return Response(habits.rate_body, 429, headers)


def _to_json(body: Json) -> bytes:
    # PHP escapes slashes; in JSON one can stand inside a string only.
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _to_xml(body: Json) -> bytes:
    root = ElementTree.Element("result")
    _fill(root, body if isinstance(body, Mapping) else {"item": body})
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: ElementTree.Element, told: Mapping[str, Json]) -> None:
    for name, value in told.items():
        # A list is its element, repeated; an empty one is one empty element.
        for one in (value or [""]) if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(element, name)
            if isinstance(one, Mapping):
                _fill(child, one)
            elif one is not None and one != "":
                child.text = str(int(one)) if isinstance(one, bool) else str(one)
