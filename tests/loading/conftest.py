"""Batches are tested through the schema, whose resolvers queue the loads."""

from tests.schema.conftest import run_query, school

__all__ = ["run_query", "school"]
