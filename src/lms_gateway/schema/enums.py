"""The domain's closed lists, registered as GraphQL enums under their own names."""

import strawberry

from lms_gateway.domain.models import AccountKind, CourseState, Day, EnrollmentState, Role
from lms_gateway.domain.record import Vendor

__all__ = ["AccountKind", "CourseState", "Day", "EnrollmentState", "Role", "Vendor"]

strawberry.enum(Vendor, description="The learning platform that a tenant is on.")
strawberry.enum(
    Role,
    description="What a person is in a section. Schoology tells only teachers and students apart.",
)
strawberry.enum(EnrollmentState, description="How far an enrollment has come.")
strawberry.enum(CourseState, description="A course's publication state.")
strawberry.enum(AccountKind, description="What an account is in its vendor's hierarchy.")
strawberry.enum(Day, description="A day of the week.")
