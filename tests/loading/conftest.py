"""Waves are tested through the schema, whose resolvers are what makes them."""

from tests.schema.conftest import run_query, school

__all__ = ["run_query", "school"]
