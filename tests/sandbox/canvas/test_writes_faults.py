"""Writes with simulated faults: the records of the school show what was carried out."""

from typing import Any

import httpx2
import pytest

from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from tests.sandbox.canvas.client import CanvasCaller

SECTIONS = f"/courses/{MAPLE.course}/sections"
BUSY = "429 Too Many Requests (Rate Limit Exceeded)\n"


@pytest.mark.parametrize(
    ("fault", "count", "response_status"),
    [
        ({"kind": "cut_before"}, 0, None),
        ({"kind": "cut_after"}, 1, None),
        ({"kind": "cut"}, 1, None),
        ({"kind": "hang"}, 0, None),
        ({"kind": "hang_after"}, 1, None),
        ({"kind": "reply", "status": 429, "body": BUSY}, 0, 429),
        ({"kind": "reply", "status": 500}, 0, 500),
        ({"kind": "reply_after", "status": 500}, 1, 500),
        ({"kind": "html"}, 0, 502),
        ({"kind": "truncated"}, 1, 200),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_a_write_is_done_or_not_whichever_response_arrives(
    canvas: CanvasCaller, fault: dict[str, Any], count: int, response_status: int | None
) -> None:
    school = canvas.server.sandbox.canvas_school
    before = len(school.sections)
    canvas.server.faults.add(Fault(method="POST", path="/sections", **fault))
    fields = {"course_section": {"name": "Once"}}

    if response_status is None:
        with pytest.raises(httpx2.TransportError):
            canvas.request(SECTIONS, method="POST", json=fields, timeout=0.3)
    else:
        assert canvas.request(SECTIONS, method="POST", json=fields).status_code == response_status

    assert len(school.sections) == before + count
    assert sum(row["name"] == "Once" for row in canvas.get(SECTIONS)) == count
    assert sum(call.startswith("POST") for call in canvas.server.log.calls("canvas")) == 1
    canvas.write("POST", SECTIONS, fields)  # after the fault
    assert len(school.sections) == before + count + 1
