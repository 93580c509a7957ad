"""Projections for tests of the vendors: `projection_of("name", teachers=projection_of("code"))`."""

from lms_gateway.domain.projection import Projection

projection_of = Projection.of
