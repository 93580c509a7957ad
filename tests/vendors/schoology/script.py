"""A Schoology that says what a test tells it to, and counts what it is asked."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from lms_gateway.domain.asks import Answer, Ask, Wants
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.store import Store
from lms_gateway.upstream.begun import Begun, Errand
from lms_gateway.upstream.begun import Told as Hear
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.policy import status_refusal
from lms_gateway.vendors.schoology.backend import SchoologyBackend

BASE = "https://api.schoology.com/v1"

Params = Mapping[str, str]
Told = Any
"""A body, a Reply, an LmsError, a status without a body, or a function of the parameters."""


class Script:
    """Replies by path. Stands where the upstream stack does."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.calls: list[str] = []
        self.inner: list[str] = []
        self.credits = 0
        self.shape_rows: Callable[[list[Any]], list[Any]] = list

    def tell(self, path: str, told: Told) -> None:
        """Answer this path from now on."""
        self.told[path] = told

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`: a 2xx or 303 reply, or an error raised."""
        self.calls.append(_line(call))
        self.credits += 1 if call.method == "GET" else 3
        if call.path == "/multiget":
            paths = call.json["request"]
            self.inner += paths
            rows = self.shape_rows([self._row(path) for path in paths[:50]])
            return Reply(207, {}, json.dumps({"response": rows}).encode())
        reply = self._reply(call.path, dict(call.params))
        refusal = None if reply.status == 303 else status_refusal(reply)
        if refusal is not None:
            raise refusal
        return reply

    def begin(self, call: Call, told: Hear) -> Begun:
        """As `Upstream.begin`."""
        return Errand(self.send(call), told)

    def budget(self) -> str | None:
        """Nothing is known of it here."""
        return None

    async def aclose(self) -> None:
        """Nothing is open."""

    def _reply(self, path: str, params: Params) -> Reply:
        told = self.told.get(path, 404)
        if callable(told):
            told = told(params)
        if isinstance(told, Reply):
            return told
        if isinstance(told, LmsError):
            raise told
        if isinstance(told, int):
            return Reply(told)
        return Reply(200, {}, json.dumps(told).encode())

    def _row(self, path: str) -> dict[str, Any]:
        assert path.startswith("/v1/"), path
        where, _, query = path.removeprefix("/v1").partition("?")
        assert re.match(r"/(courses|sections|users)/", where), path
        reply = self._reply(where, dict(parse_qsl(query)))
        row: dict[str, Any] = {
            "location": reply.headers.get("location", BASE + where),
            "response_code": reply.status,
            "headers": [],
        }
        return row | {"body": json.loads(reply.body) if reply.body else ""}


def listing(
    path: str, key: str, rows: Iterable[Any], *, clamp: int = 200, total: bool = True
) -> Callable[[Params], Told]:
    """A paged list as Schoology tells it."""
    found = list(rows)

    def page(params: Params) -> Told:
        start, limit = int(params.get("start", 0)), min(clamp, int(params.get("limit", 20)))
        links = {"self": f"{BASE}{path}"}
        if start + limit < len(found):
            links["next"] = f"{BASE}{path}?start={start + limit}&limit={limit}"
        told = {key: found[start : start + limit], "links": links}
        return told | ({"total": str(len(found))} if total else {})

    return page


def section(number: int, course: int = 1, **fields: Any) -> dict[str, Any]:
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


def course(number: int, **fields: Any) -> dict[str, Any]:
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


def user(number: int, **fields: Any) -> dict[str, Any]:
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


def enrollment(number: int, uid: int, *, admin: int = 0, status: str = "1") -> dict[str, Any]:
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


def tell_roster(script: Script, number: int, rows: Iterable[dict[str, Any]], **how: Any) -> None:
    """Let a section have this roster, filtered as the vendor filters."""
    found = list(rows)
    path = f"/sections/{number}/enrollments"

    def page(params: Params) -> Told:
        kept = found
        if "enrollment_status" in params:
            kept = [row for row in kept if row["status"] in params["enrollment_status"].split(",")]
        if "type" in params:
            kept = [row for row in kept if row["admin"] == (params["type"] == "admin")]
        if "uid" in params:
            kept = [row for row in kept if row["uid"] in params["uid"].split(",")]
        return listing(path, "enrollment", kept, **how)(params)

    script.tell(path, page)


def backend(script: Script, **how: Any) -> SchoologyBackend:
    """A backend over the script."""
    return SchoologyBackend(
        upstream=script,
        tenant="lakeside",
        base_url=BASE,
        time_zone=how.pop("time_zone", "America/Denver"),
        cursor_key=b"key",
        **how,
    )


async def answers(
    school: SchoologyBackend, batch: Mapping[Ask, Wants], store: Store | None = None
) -> dict[Ask, Answer | LmsError]:
    """Every answer of a wave; an ask that is settled twice, or not at all, fails the test."""
    found: dict[Ask, Answer | LmsError] = {}

    def settle(ask: Ask, answer: Answer | LmsError) -> None:
        assert ask in batch
        assert ask not in found, "settled twice"
        found[ask] = answer

    await school.fetch(batch, store or Store("lakeside"), settle)
    assert found.keys() == batch.keys()
    return {ask: found[ask] for ask in batch}


def _line(call: Call) -> str:
    query = "&".join(f"{name}={value}" for name, value in call.params)
    return f"{call.method} {call.path}" + (f"?{query}" if query else "")
