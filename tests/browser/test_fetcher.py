"""What the explorer's page sends for what GraphiQL hands it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
    const { createFetcher } = await import(process.argv[1]);
    const sent = [];
    globalThis.fetch = async (url, { body }) => {
        sent.push([url, JSON.parse(body)]);
        return new Response("{}");
    };
    const settings = { endpoint: "post", subscriptionEndpoint: "stream", headers: {} };
    const fetcher = createFetcher(settings);
    await fetcher(JSON.parse(process.argv[2]));
    console.log(JSON.stringify(sent));
"""


def send(query: str, name: str | None) -> list[list[Any]]:
    """The (address, body) of each request by POST."""
    subprocess.run([ROOT / "scripts/node-modules", ROOT / "explorer"], check=True)
    fetcher = ROOT / "explorer/src/fetcher.js"
    asked = json.dumps({"query": query, "operationName": name})
    node = [ROOT / "scripts/with-node", "node", "--input-type=module", "--eval", PROGRAM]
    process = subprocess.run([*node, fetcher, asked], check=True, capture_output=True)
    sent: list[list[Any]] = json.loads(process.stdout)
    return sent


@pytest.mark.parametrize(
    ("query", "name", "sent"),
    [
        ("query New { a }", "Old", "New"),  # a tab run the moment it is shown
        ("{ a }", "Old", None),
        ("query A { a } query B { a }", "B", "B"),
        ("query A { a } query B { a }", "Old", "Old"),  # whichever is meant: the server says
        ("query A {", "A", "A"),
    ],
)
def test_the_operation_that_is_named_is_the_documents_only_one(
    query: str, name: str, sent: str | None
) -> None:
    ((address, body),) = send(query, name)
    assert (address, body.get("operationName")) == ("post", sent)
