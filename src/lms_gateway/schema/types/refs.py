"""Lazy references to types, for modules whose types refer to each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from lms_gateway.schema.types.account import Account
    from lms_gateway.schema.types.course import Course
    from lms_gateway.schema.types.enrollment import Enrollment
    from lms_gateway.schema.types.section import Section
    from lms_gateway.schema.types.tenant import Tenant
    from lms_gateway.schema.types.term import Term
    from lms_gateway.schema.types.user import User

_PACKAGE = "lms_gateway.schema.types"

SectionType = Annotated["Section", strawberry.lazy(f"{_PACKAGE}.section")]
CourseType = Annotated["Course", strawberry.lazy(f"{_PACKAGE}.course")]
UserType = Annotated["User", strawberry.lazy(f"{_PACKAGE}.user")]
EnrollmentType = Annotated["Enrollment", strawberry.lazy(f"{_PACKAGE}.enrollment")]
TermType = Annotated["Term", strawberry.lazy(f"{_PACKAGE}.term")]
AccountType = Annotated["Account", strawberry.lazy(f"{_PACKAGE}.account")]
TenantType = Annotated["Tenant", strawberry.lazy(f"{_PACKAGE}.tenant")]
