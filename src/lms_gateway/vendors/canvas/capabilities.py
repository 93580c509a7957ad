"""What Canvas can and cannot do of what the gateway's arguments ask for."""

from collections.abc import Sequence

from lms_gateway.domain.backend import Capability

_CAN = (
    "Query.courses(filter.search)",
    "Query.courses(filter.states)",
    "Query.courses(filter.term)",
    "Query.courses(filter.teachers)",
    "Query.users(filter.search)",
    "Course.sections(search)",
    "Course.sections(includePast: true)",
    "Course.users(filter.search)",
    "Course.users(filter.roles)",
    "Course.users(filter.states)",
    "Course.users(filter.ids)",
    "Section.users(filter.roles)",
    "Section.users(filter.states)",
    "SectionRef.integrationId",
    "CourseRef.integrationId",
    "UserRef.integrationId",
    "UserRef.loginId",
    "AccountRef.integrationId",
)
_CANNOT = {
    "Query.users(filter.states)": "Canvas does not narrow an account's users by state",
    "Query.users(filter.roles), of several": "Canvas narrows an account's users to one role",
    "Course.sections(includePast: false)": "Canvas always lists past sections as well",
    "User.courses(filter.search)": "Canvas narrows a user's courses by state only",
    "User.courses(filter.term)": "Canvas narrows a user's courses by state only",
    "User.sections(search)": "Canvas does not search a user's sections",
    "User.enrollments(filter.search)": "Canvas does not search a user's enrollments",
    "Section.users(filter.search), with states or several roles": (
        "Canvas searches a section's current members only, of one role or of any"
    ),
}

CAPABILITIES: Sequence[Capability] = (
    *(Capability(operation, supported=True) for operation in _CAN),
    *(Capability(operation, supported=False, reason=why) for operation, why in _CANNOT.items()),
)
