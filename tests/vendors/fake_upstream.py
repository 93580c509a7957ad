"""A scripted upstream for the tests of both vendors."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from lms_gateway.domain.record import Vendor
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.pending_call import OnReply, PendingCall, TaskCall
from lms_gateway.upstream.vendor_policy import Policy

ScriptedReply = Any
"""A body, a Reply, a status without a body, an exception, or a function of the Call that returns
one of these."""

_DEFAULT_STATUS = {"POST": 201, "PUT": 207, "DELETE": 207}
_MULTIGET_PATH = re.compile(r"/v1/(?:courses|sections|users)/")


class ScriptedUpstream:
    """An `UpstreamClient` that answers with scripted replies and records the calls.

    A reply is looked up by `METHOD path`, then by path; any other call is answered with 404. Paths
    are below Canvas's `/api/v1`. With `in_order`, replies are used one after another instead. The
    vendor's policy turns replies into errors, as the real client does. A scripted Schoology answers
    multigets row by row from the same replies.
    """

    def __init__(
        self,
        replies: Mapping[str, ScriptedReply] | None,
        policy: Policy,
        base_url: str,
        *,
        in_order: Sequence[ScriptedReply] | None = None,
    ) -> None:
        self.replies = dict(replies or {})
        self.calls: list[Call] = []
        self.multiget_paths: list[str] = []
        self.credits = 0  # what the calls cost at Schoology
        self.transform_rows: Callable[[list[Any]], list[Any]] = list
        self.was_called = asyncio.Event()
        self.gates: dict[str, asyncio.Event] = {}  # replies of a path wait for its gate
        self.cancelled_paths: list[str] = []  # calls that were cancelled at their gate
        self.delays: list[float] = []  # arguments of `sleep`
        self.unused = None if in_order is None else list(in_order)
        self._policy = policy
        self._base_url = base_url

    async def send(self, call: Call) -> Reply:
        """Return the scripted reply, or raise the error that it means."""
        if self._policy.vendor is Vendor.SCHOOLOGY and call.path != "/multiget":
            assert call.safe is (call.method == "GET")
        self.calls.append(call)
        self.credits += 1 if call.method == "GET" else 3
        self.was_called.set()
        path = short_path(call)
        if path in self.gates:
            try:
                await self.gates[path].wait()
            except asyncio.CancelledError:
                self.cancelled_paths.append(path)
                raise
        reply = self._reply(call)
        error = self._policy.refusal(call, reply)
        if error is not None:
            raise error
        return reply

    def start(self, call: Call, on_reply: OnReply) -> PendingCall:
        """Send a call in a task."""
        return TaskCall(self.send(call), on_reply)

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """Return the path and parameters of a link below the base URL."""
        return Origin.of(self._base_url).resolve_link(link)

    def budget(self) -> str | None:
        """Return a fixed budget."""
        return "600 of the quota"

    async def aclose(self) -> None:
        """Do nothing."""

    async def sleep(self, seconds: float) -> None:
        """Record a delay without waiting."""
        self.delays.append(seconds)

    def set_reply(self, path: str, reply: ScriptedReply) -> None:
        """Answer this path with `reply` from now on."""
        self.replies[path] = reply

    @property
    def lines(self) -> list[str]:
        """The calls as `METHOD path?query`."""
        return request_lines(self.calls)

    @property
    def urls(self) -> list[str]:
        """The calls as `path?query`."""
        return [line.partition(" ")[2] for line in self.lines]

    @property
    def paths(self) -> list[str]:
        """The paths of the calls."""
        return [short_path(call) for call in self.calls]

    def includes(self, index: int = -1) -> list[str]:
        """The `include[]` values of a call."""
        return [value for name, value in self.calls[index].params if name == "include[]"]

    def _reply(self, call: Call) -> Reply:
        if self.unused is not None:
            # Exhausted: the call is answered with 404; the test sees one call too many.
            scripted: ScriptedReply = self.unused.pop(0) if self.unused else 404
        elif call.path == "/multiget" and "/multiget" not in self.replies:
            paths = call.json["request"]
            self.multiget_paths += paths
            rows = self.transform_rows([self._multiget_row(path) for path in paths[:50]])
            scripted = json_reply({"response": rows}, 207)
        else:
            path = short_path(call)
            scripted = self.replies.get(f"{call.method} {path}", self.replies.get(path, 404))
        if callable(scripted):
            scripted = scripted(call)
        if isinstance(scripted, Exception):
            raise scripted
        if isinstance(scripted, Reply):
            return scripted
        if isinstance(scripted, int):
            return Reply(scripted)
        return json_reply(scripted, _DEFAULT_STATUS.get(call.method, 200))

    def _multiget_row(self, url: str) -> dict[str, Any]:
        assert _MULTIGET_PATH.match(url), url
        path, _, query = url.removeprefix("/v1").partition("?")
        reply = self._reply(Call(path, path, tuple(parse_qsl(query))))
        return {
            "location": reply.headers.get("location", self._base_url + path),
            "response_code": reply.status,
            "headers": [],
            "body": json.loads(reply.body) if reply.body else "",
        }


def json_reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """Return a reply with a JSON body."""
    return Reply(status, headers, json.dumps(body).encode())


def query_of(call: Call) -> dict[str, str]:
    """Return the parameters of a call by name; the last of a repeated one."""
    return dict(call.params)


def short_path(call: Call) -> str:
    """Return a call's path without Canvas's prefix."""
    return call.path.removeprefix("/api/v1")


def request_lines(calls: Iterable[Call]) -> list[str]:
    """Return calls as `METHOD path?query`, without percent-encoding."""
    lines = []
    for call in calls:
        query = "&".join(f"{name}={value}" for name, value in call.params)
        lines.append(f"{call.method} {short_path(call)}" + (f"?{query}" if query else ""))
    return lines
