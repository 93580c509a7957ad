"""Encoding of responses: JSON as PHP encodes it, or XML as in the documentation's examples."""

import json
from collections.abc import Mapping
from hashlib import sha256
from xml.etree import ElementTree

from starlette.responses import Response

from lms_sandbox.schoology.context import Json, SchoologyResponse
from lms_sandbox.schoology.quirks import SchoologyQuirks

JSON_TYPE = "application/json"
XML_TYPE = "text/xml; charset=UTF-8"
COMMON_HEADERS = {"X-Schoology": "API", "X-Schoology-Env": "deploy"}
_OVER_LIMIT_PAGE = (
    "<!DOCTYPE html><html><body><p>You have reached Schoology's Web App request limit of "
    "15 requests per 5 seconds.</p></body></html>"
)


def encode_response(
    response: SchoologyResponse, accept: str, if_none_match: str, quirks: SchoologyQuirks
) -> Response:
    """Return the response in the format that `Accept` selects.

    An error is empty or one sentence; its content type is XML in every case.
    """
    headers = COMMON_HEADERS | dict(response.headers)
    if response.body is None:
        return Response(response.text, response.status, headers | {"Content-Type": XML_TYPE})
    is_xml = "json" not in accept and ("xml" in accept or quirks.default_format == "xml")
    content = _to_xml(response.body) if is_xml else _to_json(response.body)
    headers["Content-Type"] = XML_TYPE if is_xml else JSON_TYPE
    if response.status == 200:
        tag = f'"{sha256(content).hexdigest()[:32]}"'
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
        if quirks.if_none_match and tag in if_none_match:
            return Response(status_code=304, headers=headers)
    return Response(content, response.status, headers)


def encode_over_limit(seconds: float, quirks: SchoologyQuirks) -> Response:
    """Return the response to a request over the rate limit, `seconds` before the next window."""
    if quirks.over_limit == "html":
        content_type = {"Content-Type": "text/html; charset=UTF-8"}
        return Response(_OVER_LIMIT_PAGE, 200, COMMON_HEADERS | content_type)
    headers = COMMON_HEADERS | {"Content-Type": XML_TYPE}
    match quirks.retry_after:
        case "seconds":
            headers["Retry-After"] = str(max(1, -int(-seconds // 1)))
        case "milliseconds":
            headers["Retry-After"] = str(max(1, int(seconds * 1000)))
        case "absent":
            pass
    return Response(quirks.rate_body, 429, headers)


def _to_json(body: Json) -> bytes:
    # PHP escapes slashes. In JSON, a slash occurs only in strings.
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _to_xml(body: Json) -> bytes:
    root = ElementTree.Element("result")
    _append_children(root, body if isinstance(body, Mapping) else {"item": body})
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _append_children(element: ElementTree.Element, values: Mapping[str, Json]) -> None:
    for name, value in values.items():
        # A list becomes repeated elements; an empty list becomes one empty element.
        for item in (value or [""]) if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(element, name)
            if isinstance(item, Mapping):
                _append_children(child, item)
            elif item is not None and item != "":
                child.text = str(int(item)) if isinstance(item, bool) else str(item)
