"""The GraphQL over HTTP audit of the specification's working group."""

import pytest

from tests.conformance.conftest import Node

pytestmark = pytest.mark.conformance


async def test_every_graphql_over_http_audit_passes(node: Node, gateway_url: str) -> None:
    audits = await node("audit.mjs", f"{gateway_url}/graphql")

    missed = [f"{a['id']} {a['name']}: {a['reason']}" for a in audits if a["status"] != "ok"]
    assert missed == []
    assert len(audits) == 61
