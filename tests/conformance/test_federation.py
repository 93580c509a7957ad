"""The schema is a subgraph that composes with other subgraphs."""

from pathlib import Path

import pytest

from tests.conformance.conftest import HERE, Node

pytestmark = pytest.mark.conformance

SCHEMA = HERE.parent.parent / "schema.graphql"


@pytest.mark.parametrize("composer", ["@apollo/composition", "@theguild/federation-composition"])
async def test_a_composer_accepts_the_schema_alone(node: Node, composer: str) -> None:
    verdict = await node("compose.mjs", composer, f"lms={SCHEMA}")

    assert verdict["errors"] == []
    assert "type Section" in verdict["supergraphSdl"]


@pytest.mark.parametrize("composer", ["@apollo/composition", "@theguild/federation-composition"])
async def test_another_subgraph_can_extend_a_section_by_id_and_a_course_by_vendor_id(
    node: Node, composer: str
) -> None:
    planner: Path = HERE / "planner.graphql"

    verdict = await node("compose.mjs", composer, f"lms={SCHEMA}", f"planner={planner}")

    assert verdict["errors"] == []
    supergraph = verdict["supergraphSdl"]
    assert "seatingPlan" in supergraph
    assert "syllabusUrl" in supergraph
    assert '@join__type(graph: PLANNER, key: "tenantSlug vendorId")' in supergraph
