"""Requests that the page's fetcher sends for GraphiQL."""

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
    """Return (address, body) of each POST request."""
    subprocess.run([ROOT / "scripts/node-modules", ROOT / "explorer"], check=True)
    fetcher = ROOT / "explorer/src/fetcher.js"
    asked = json.dumps({"query": query, "operationName": name})
    node: list[str | Path] = [
        ROOT / "scripts/with-node",
        "node",
        "--input-type=module",
        "--eval",
        PROGRAM,
    ]
    process = subprocess.run([*node, fetcher, asked], check=True, capture_output=True)
    sent: list[list[Any]] = json.loads(process.stdout)
    return sent


@pytest.mark.parametrize(
    ("query", "name", "sent"),
    [
        ("query New { a }", "Old", "New"),  # executed as soon as the tab is shown
        ("{ a }", "Old", None),
        ("query A { a } query B { a }", "B", "B"),
        ("query A { a } query B { a }", "Old", "Old"),  # ambiguous: the server reports it
        ("query A {", "A", "A"),
    ],
)
def test_the_operation_name_is_that_of_the_only_operation(query: str, name: str, sent: str | None) -> None:
    ((address, body),) = send(query, name)
    assert (address, body.get("operationName")) == ("post", sent)
