"""What Canvas cannot do of what the gateway's arguments ask for."""

from collections.abc import Sequence

from lms_gateway.domain.backend import Capability
from lms_gateway.vendors.operations import capabilities

_CURRENT = "Canvas's rosters tell current enrollments only where they are narrowed to people"

_SECTION = {
    "code": "Canvas's sections have no code",
    "description": "Canvas's sections have no description",
    "location": "Canvas's sections have no location",
    "meeting": "Canvas does not know when a section meets",
    "terms": "a Canvas section is in its course's term",
    "isSynced": "Canvas does not mark sections as kept by another system",
    "schoology": "this tenant is on Canvas",
}
_COURSE = {
    "department": "Canvas's courses have no department",
    "credits": "Canvas's courses have no credits",
    "schoology": "this tenant is on Canvas",
}
_CANNOT_WRITE = {
    "Mutation.copySections": "Canvas copies courses, not sections",
    "Mutation.redeemAccessCode": "Canvas's API takes no access codes",
    **{
        f"Mutation.{name}(input.{field})": why
        for name in ("createSection", "updateSection")
        for field, why in _SECTION.items()
    },
    **{
        f"Mutation.{name}(input.{field})": why
        for name in ("createCourse", "updateCourse")
        for field, why in _COURSE.items()
    },
    **{
        f"Mutation.{name}(input.schoology)": "this tenant is on Canvas"
        for name in ("createSections", "createCourses")
    },
    "Mutation.updateEnrollment(input.role)": "Canvas changes no enrollment's role",
}

CAPABILITIES: Sequence[Capability] = capabilities(
    {
        "Query.users(filter.states)": "Canvas does not narrow an account's users by state",
        "Section.enrollments(filter.search)": "Canvas does not search a section's enrollments",
        "User.enrollments(filter.search)": "Canvas does not search a user's enrollments",
        "User.enrollments(filter.ids)": "a user's enrollments are nobody else's",
        **{
            f"{field}(filter.canvas)": "Canvas puts a course's people in order, and no others"
            for field in (
                "Section.users",
                "Section.enrollments",
                "Course.enrollments",
                "User.enrollments",
            )
        },
    }
    | _CANNOT_WRITE,
    partly={
        "Query.users(filter.roles), several": "Canvas narrows an account's users to one role",
        "Course.sections(includePast), false": "Canvas always lists past sections as well",
        "Section.users(filter.search), with states or several roles": (
            "Canvas searches a section's current members only, of one role or of any"
        ),
        "Section.users(filter.ids), with states": _CURRENT,
        "Course.enrollments(filter.search), with states": _CURRENT,
        "Course.enrollments(filter.ids), with states": _CURRENT,
        "Mutation.updateEnrollment(input.state), others than ACTIVE, INACTIVE and COMPLETED": (
            "Canvas can reactivate, deactivate and conclude an enrollment"
        ),
    },
)
"""By operation: supported, or why not."""
