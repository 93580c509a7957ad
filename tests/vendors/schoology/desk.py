"""A Schoology that answers changes as a test tells it to, and keeps what it was sent."""

import json
from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import Command, CommandResult, Create
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import OnReply as Hear
from lms_gateway.upstream.pending_call import PendingCall, TaskCall
from lms_gateway.vendors.schoology import OAuth1
from lms_gateway.vendors.schoology.api.credentials import OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import SchoologyPolicy
from lms_gateway.vendors.schoology.backend import SchoologyBackend
from tests.vendors.schoology.script import BASE

COURSE = Key(Kind.COURSE, "7")
TERMS = ("13011", "435")

ScriptedReply = Any
"""A body, a Reply, an LmsError, a status without a body, or a function of the call."""


class WriteUpstream:
    """Replies by `METHOD path`. Stands where the upstream stack does, refusals included."""

    def __init__(self, replies: Mapping[str, ScriptedReply]) -> None:
        self.replies = dict(replies)
        self.calls: list[Call] = []
        self.delays: list[float] = []
        self._policy = SchoologyPolicy(OAuth1Signer(OAuth1("key", "secret")))
        self.backend = SchoologyBackend(
            upstream=self,
            tenant="lakeside",
            base_url=BASE,
            time_zone=None,
            cursor_key=b"key",
            sleep=self._sleep,
        )

    @property
    def lines(self) -> list[str]:
        """What it was asked, a line each."""
        return [
            f"{call.method} {call.path}"
            + "".join(f" {name}={value}" for name, value in call.params)
            for call in self.calls
        ]

    async def execute(self, *changes: Command, store: Store | None = None) -> list[CommandResult]:
        """Carry out changes of one class."""
        return list(await self.backend.execute(changes, store or Store("lakeside")))

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`."""
        self.calls.append(call)
        if call.path == "/multiget":
            rows = [self._row(path) for path in call.json["request"]]
            return Reply(207, {}, json.dumps({"response": rows}).encode())
        assert call.safe is (call.method == "GET")
        reply = self._reply(call)
        refusal = self._policy.refusal(call, reply)
        if refusal is not None:
            raise refusal
        return reply

    def start(self, call: Call, on_reply: Hear) -> PendingCall:
        """As `Upstream.begin`."""
        return TaskCall(self.send(call), on_reply)

    def budget(self) -> str | None:
        """Nothing is known of it here."""
        return None

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _sleep(self, seconds: float) -> None:
        self.delays.append(seconds)

    def _reply(self, call: Call) -> Reply:
        scripted = self.replies.get(f"{call.method} {call.path}", 404)
        if callable(scripted):
            scripted = scripted(call)
        if isinstance(scripted, LmsError):
            raise scripted
        if isinstance(scripted, Reply):
            return scripted
        if isinstance(scripted, int):
            return Reply(scripted)
        status = {"POST": 201, "PUT": 207, "DELETE": 207}.get(call.method, 200)
        return Reply(status, {}, json.dumps(scripted).encode())

    def _row(self, path: str) -> dict[str, Any]:
        reply = self._reply(Call(path.removeprefix("/v1").partition("?")[0], ""))
        body = json.loads(reply.body) if reply.body else ""
        return {"location": path, "response_code": reply.status, "headers": [], "body": body}


def new_section(number: int, course: Key = COURSE, **values: Any) -> Create:
    """A section with a school code of its own."""
    defaults = {"name": f"Section {number}", "sis_id": f"SIS-{number}", "term_ids": TERMS}
    return Create(Kind.SECTION, course, defaults | values)


def row(number: int, code: int = 200, **fields: Any) -> dict[str, Any]:
    """A bulk reply's row for that section."""
    return {
        "response_code": code,
        "id": str(number),
        "location": f"{BASE}/sections/{number}",
        "section_code": "",
        "section_school_code": f"SIS-{number}",
        "synced": None,
        "grading_periods": [435, 13011],
        **fields,
    }


def rejected_row(number: int, code: int = 400, **fields: Any) -> dict[str, Any]:
    """A bulk reply's row for that section, which was refused."""
    return {"response_code": code, "section_school_code": f"SIS-{number}", **fields}
