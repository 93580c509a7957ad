"""A Schoology backend over a scripted upstream."""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology import OAuth1
from lms_gateway.vendors.schoology.api.credentials import OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import SchoologyPolicy
from lms_gateway.vendors.schoology.backend import SchoologyBackend
from tests.vendors.fake_upstream import ScriptedReply, ScriptedUpstream
from tests.vendors.schoology.rows import BASE

POLICY = SchoologyPolicy(OAuth1Signer(OAuth1("key", "secret")))


def schoology_upstream(replies: Mapping[str, ScriptedReply] | None = None) -> ScriptedUpstream:
    """Return an upstream that answers as Schoology."""
    return ScriptedUpstream(replies, POLICY, BASE)


def schoology_backend(upstream: ScriptedUpstream, **options: Any) -> SchoologyBackend:
    """Return a backend over the upstream."""
    return SchoologyBackend(
        upstream=upstream,
        tenant="lakeside",
        base_url=BASE,
        time_zone=options.pop("time_zone", "America/Denver"),
        cursor_key=b"key",
        sleep=upstream.sleep,
        **options,
    )


async def execute(
    upstream: ScriptedUpstream, *commands: Command, store: Store | None = None
) -> list[CommandResult]:
    """Execute commands of one class."""
    backend = schoology_backend(upstream, time_zone=None)
    return list(await backend.execute(commands, store or Store("lakeside")))
