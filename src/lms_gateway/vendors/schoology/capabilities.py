"""What Schoology cannot do of what the gateway's arguments ask for."""

from collections.abc import Sequence

from lms_gateway.domain.backend import Capability
from lms_gateway.vendors.operations import capabilities

_NO_SEARCH = "Schoology's API has no search"
_NO_COURSE_FILTER = "Schoology lists courses without state, term or teacher"
_NO_OTHER_NAME = "Schoology finds sections and users by SIS id, and nothing else by another name"
_TWO_ROLES = "Schoology tells only the roles TEACHER and STUDENT"

CAPABILITIES: Sequence[Capability] = capabilities(
    {
        **{
            f"Query.{field}.{ref})": _NO_OTHER_NAME
            for field, refs in (
                ("section(by", ("integrationId",)),
                ("sectionsBy(refs", ("integrationId",)),
                ("course(by", ("sisId", "integrationId")),
                ("coursesBy(refs", ("sisId", "integrationId")),
                ("user(by", ("integrationId", "loginId")),
                ("usersBy(refs", ("integrationId", "loginId")),
                ("account(by", ("sisId", "integrationId")),
            )
            for ref in refs
        },
        **{
            f"{field}(filter.search)": _NO_SEARCH
            for field in (
                "Query.courses",
                "Query.users",
                "Account.courses",
                "Section.users",
                "Section.enrollments",
                "Course.users",
                "Course.enrollments",
                "User.enrollments",
            )
        },
        "Course.sections(search)": _NO_SEARCH,
        **{
            f"{field}(filter.{name})": _NO_COURSE_FILTER
            for field in ("Query.courses", "Account.courses")
            for name in ("states", "term", "teachers")
        },
        "User.enrollments(filter.ids)": "a user's enrollments are nobody else's",
    },
    partly={
        "Query.users(filter.states), others than ACTIVE": "Schoology lists active users only",
        **{
            f"{field}(filter.roles), others than TEACHER and STUDENT": _TWO_ROLES
            for field in ("Query.users", "Section.users", "Course.users")
        },
    },
)
"""By operation: supported, or why not. Roles are TEACHER and STUDENT everywhere."""
