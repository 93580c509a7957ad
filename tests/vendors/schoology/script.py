"""A Schoology that says what a test tells it to, and counts what it is asked."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import OnReply as Hear
from lms_gateway.upstream.pending_call import PendingCall, TaskCall
from lms_gateway.upstream.vendor_policy import status_refusal
from lms_gateway.vendors.schoology.backend import SchoologyBackend

BASE = "https://api.schoology.com/v1"

Params = Mapping[str, str]
ScriptedReply = Any
"""A body, a Reply, an LmsError, a status without a body, or a function of the parameters."""


class ScriptedUpstream:
    """Replies by path. Stands where the upstream stack does."""

    def __init__(self) -> None:
        self.replies: dict[str, ScriptedReply] = {}
        self.calls: list[str] = []
        self.multiget_paths: list[str] = []
        self.credits = 0
        self.transform_rows: Callable[[list[Any]], list[Any]] = list

    def set_reply(self, path: str, reply: ScriptedReply) -> None:
        """Answer this path from now on."""
        self.replies[path] = reply

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`: a 2xx or 303 reply, or an error raised."""
        self.calls.append(_request_line(call))
        self.credits += 1 if call.method == "GET" else 3
        if call.path == "/multiget":
            paths = call.json["request"]
            self.multiget_paths += paths
            rows = self.transform_rows([self._multiget_row(path) for path in paths[:50]])
            return Reply(207, {}, json.dumps({"response": rows}).encode())
        reply = self._reply(call.path, dict(call.params))
        error = None if reply.status == 303 else status_refusal(reply)
        if error is not None:
            raise error
        return reply

    def start(self, call: Call, on_reply: Hear) -> PendingCall:
        """As `Upstream.begin`."""
        return TaskCall(self.send(call), on_reply)

    def budget(self) -> str | None:
        """Nothing is known of it here."""
        return None

    async def aclose(self) -> None:
        """Nothing is open."""

    def _reply(self, path: str, params: Params) -> Reply:
        scripted = self.replies.get(path, 404)
        if callable(scripted):
            scripted = scripted(params)
        if isinstance(scripted, Reply):
            return scripted
        if isinstance(scripted, LmsError):
            raise scripted
        if isinstance(scripted, int):
            return Reply(scripted)
        return Reply(200, {}, json.dumps(scripted).encode())

    def _multiget_row(self, path: str) -> dict[str, Any]:
        assert path.startswith("/v1/"), path
        resource, _, query = path.removeprefix("/v1").partition("?")
        assert re.match(r"/(courses|sections|users)/", resource), path
        reply = self._reply(resource, dict(parse_qsl(query)))
        row: dict[str, Any] = {
            "location": reply.headers.get("location", BASE + resource),
            "response_code": reply.status,
            "headers": [],
        }
        return row | {"body": json.loads(reply.body) if reply.body else ""}


def paged_list(
    path: str, key: str, rows: Iterable[Any], *, clamp: int = 200, with_total: bool = True
) -> Callable[[Params], ScriptedReply]:
    """A paged list as Schoology tells it."""
    all_rows = list(rows)

    def page(params: Params) -> ScriptedReply:
        start, limit = int(params.get("start", 0)), min(clamp, int(params.get("limit", 20)))
        links = {"self": f"{BASE}{path}"}
        if start + limit < len(all_rows):
            links["next"] = f"{BASE}{path}?start={start + limit}&limit={limit}"
        body = {key: all_rows[start : start + limit], "links": links}
        return body | ({"total": str(len(all_rows))} if with_total else {})

    return page


def section_row(number: int, course: int = 1, **fields: Any) -> dict[str, Any]:
    """A section by itself, types as the documentation's example has them."""
    return {
        "id": str(number),
        "course_id": str(course),
        "course_title": f"Course {course}",
        "course_code": f"C{course}",
        "school_id": "9",
        "section_title": f"Section {number}",
        "section_code": "",
        "section_school_code": f"SIS-{number}",
        "synced": "0",
        "active": 1,
        "grading_periods": [435, 13011],
        "meeting_days": [""],
        "options": {"member_post": "1", "content_index_visibility": []},
        **fields,
    }


def course_row(number: int, **fields: Any) -> dict[str, Any]:
    """A course, with the integers that the documentation shows."""
    return {
        "id": number,
        "title": f"Course {number}",
        "course_code": f"C{number}",
        "department": "Physics",
        "credits": 0,
        "subject_area": 5,
        "grade_level_range_start": 11,
        "grade_level_range_end": 14,
        "synced": 1,
        "building_id": "9",
        **fields,
    }


def user_row(number: int, **fields: Any) -> dict[str, Any]:
    """A user, whose id comes twice in two types."""
    return {
        "uid": str(number),
        "id": number,
        "school_uid": f"U-{number}",
        "name_first": "Ada",
        "name_last": f"Number {number}",
        "name_display": f"Ada Number {number}",
        "primary_email": f"u{number}@school.example",
        "picture_url": "https://assets.school.example/u.png",
        "password": "",
        **fields,
    }


def enrollment_row(number: int, uid: int, *, admin: int = 0, status: str = "1") -> dict[str, Any]:
    """A row of a roster."""
    return {
        "id": str(number),
        "uid": str(uid),
        "school_uid": f"U-{uid}",
        "name_first": "Ada",
        "name_last": f"Number {uid}",
        "name_display": f"Ada Number {uid}",
        "admin": admin,
        "status": status,
        "picture_url": "",
    }


def set_roster(
    script: ScriptedUpstream, number: int, rows: Iterable[dict[str, Any]], **options: Any
) -> None:
    """Let a section have this roster, filtered as the vendor filters."""
    all_rows = list(rows)
    path = f"/sections/{number}/enrollments"

    def page(params: Params) -> ScriptedReply:
        selected = all_rows
        if "enrollment_status" in params:
            selected = [
                row for row in selected if row["status"] in params["enrollment_status"].split(",")
            ]
        if "type" in params:
            selected = [row for row in selected if row["admin"] == (params["type"] == "admin")]
        if "uid" in params:
            selected = [row for row in selected if row["uid"] in params["uid"].split(",")]
        return paged_list(path, "enrollment", selected, **options)(params)

    script.set_reply(path, page)


def schoology_backend(script: ScriptedUpstream, **options: Any) -> SchoologyBackend:
    """A backend over the script."""
    return SchoologyBackend(
        upstream=script,
        tenant="lakeside",
        base_url=BASE,
        time_zone=options.pop("time_zone", "America/Denver"),
        cursor_key=b"key",
        **options,
    )


async def fetch_answers(
    schoology: SchoologyBackend, batch: Mapping[Load, Projection], store: Store | None = None
) -> dict[Load, LoadResult | LmsError]:
    """Every answer of a wave; an ask that is settled twice, or not at all, fails the test."""
    settled: dict[Load, LoadResult | LmsError] = {}

    def settle(load: Load, answer: LoadResult | LmsError) -> None:
        assert load in batch
        assert load not in settled, "settled twice"
        settled[load] = answer

    await schoology.fetch(batch, store or Store("lakeside"), settle)
    assert settled.keys() == batch.keys()
    return {load: settled[load] for load in batch}


def _request_line(call: Call) -> str:
    query = "&".join(f"{name}={value}" for name, value in call.params)
    return f"{call.method} {call.path}" + (f"?{query}" if query else "")
