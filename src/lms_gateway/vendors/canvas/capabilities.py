"""What Canvas cannot do of what the gateway's arguments ask for."""

from collections.abc import Sequence

from lms_gateway.domain.backend import Capability
from lms_gateway.vendors.operations import capabilities

_CURRENT = "Canvas's rosters tell current enrollments only where they are narrowed to people"

CAPABILITIES: Sequence[Capability] = capabilities(
    {
        "Query.users(filter.states)": "Canvas does not narrow an account's users by state",
        "Section.enrollments(filter.search)": "Canvas does not search a section's enrollments",
        "User.enrollments(filter.search)": "Canvas does not search a user's enrollments",
        "User.enrollments(filter.ids)": "a user's enrollments are nobody else's",
    },
    partly={
        "Query.users(filter.roles), several": "Canvas narrows an account's users to one role",
        "Course.sections(includePast), false": "Canvas always lists past sections as well",
        "Section.users(filter.search), with states or several roles": (
            "Canvas searches a section's current members only, of one role or of any"
        ),
        "Section.users(filter.ids), with states": _CURRENT,
        "Course.enrollments(filter.search), with states": _CURRENT,
        "Course.enrollments(filter.ids), with states": _CURRENT,
    },
)
"""By operation: supported, or why not."""
