"""Waves are tested through the schema, whose resolvers are what makes them."""

from tests.schema.conftest import ask, school

__all__ = ["ask", "school"]
