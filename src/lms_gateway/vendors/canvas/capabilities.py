"""Limitations of Canvas: loads, commands and arguments that it does not support."""

from lms_gateway.domain.commands import CopySection, Create, RedeemCode, Update
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import Children, Members, Search
from lms_gateway.domain.record import Kind

_CURRENT = "Canvas's rosters contain only current enrollments if they are filtered by users"
_ON_CANVAS = "this tenant is on Canvas"
_ONLY_COURSE_USERS = "Canvas sorts only the users of a course"

_SECTION = {
    "code": "Canvas's sections have no code",
    "description": "Canvas's sections have no description",
    "location": "Canvas's sections have no location",
    "meeting": "Canvas's sections have no meetings",
    "term_ids": "a Canvas section is in the term of its course",
    "is_synced": "Canvas does not mark sections of a student information system",
    "schoology": _ON_CANVAS,
}
_COURSE = {
    "department": "Canvas's courses have no department",
    "credits": "Canvas's courses have no credits",
    "schoology": _ON_CANVAS,
}

LIMITATIONS: Limitations = {
    Limitation(Search, Kind.USER, argument="states"): ("Canvas cannot filter an account's users by state"),
    Limitation(Search, Kind.USER, argument="roles", condition="several"): (
        "Canvas filters an account's users by one role"
    ),
    Limitation(Children, Kind.SECTION, Kind.COURSE, "include_past", "false"): (
        "Canvas always lists past sections"
    ),
    Limitation(Members, Kind.ENROLLMENT, Kind.SECTION, "search"): (
        "Canvas cannot search a section's enrollments"
    ),
    Limitation(Children, Kind.ENROLLMENT, Kind.USER, "search"): ("Canvas cannot search a user's enrollments"),
    Limitation(Children, Kind.ENROLLMENT, Kind.USER, "ids"): ("a user's enrollments belong to no other user"),
    Limitation(Members, Kind.USER, Kind.SECTION, "canvas"): _ONLY_COURSE_USERS,
    Limitation(Members, Kind.ENROLLMENT, argument="canvas"): _ONLY_COURSE_USERS,
    Limitation(Children, Kind.ENROLLMENT, Kind.USER, "canvas"): _ONLY_COURSE_USERS,
    Limitation(
        Members, Kind.USER, Kind.SECTION, "search", "with states or several roles"
    ): "Canvas searches only a section's current members, of one role or of all",
    Limitation(Members, Kind.USER, Kind.SECTION, "ids", "with states"): _CURRENT,
    Limitation(Members, Kind.ENROLLMENT, Kind.COURSE, "search", "with states"): _CURRENT,
    Limitation(Members, Kind.ENROLLMENT, Kind.COURSE, "ids", "with states"): _CURRENT,
    Limitation(CopySection): "Canvas copies courses, not sections",
    Limitation(RedeemCode): "Canvas's API does not accept access codes",
    Limitation(Update, Kind.ENROLLMENT, argument="role"): ("Canvas cannot change the role of an enrollment"),
    Limitation(
        Update, Kind.ENROLLMENT, argument="state", condition="others than ACTIVE, INACTIVE and COMPLETED"
    ): "Canvas can reactivate, deactivate and conclude an enrollment",
    **{
        Limitation(command, kind, argument=name): reason
        for command in (Create, Update)
        for kind, reasons in ((Kind.SECTION, _SECTION), (Kind.COURSE, _COURSE))
        for name, reason in reasons.items()
    },
}
