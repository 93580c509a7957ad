"""Limitations of Schoology: loads, commands and arguments that it does not support."""

from lms_gateway.domain.commands import Create, Delete, Update, VendorOperation
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import ByAlias, ById, Children, Members, OperationLoad, Search
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.reads.batch import NO_JOBS, ONLY_CANVAS
from lms_gateway.vendors.schoology.writes.dispatch import ONLY_DELETES, UNSUPPORTED

_NO_SEARCH = "Schoology's API has no search"
_NO_COURSE_FILTER = "Schoology cannot filter courses by state, term or teacher"
_NO_OTHER_ALIAS = "Schoology finds only sections and users by SIS id, and nothing by another alias"
_TWO_ROLES = "Schoology supports only the roles TEACHER and STUDENT"
_OTHER_ROLES = "others than TEACHER and STUDENT"
_ON_SCHOOLOGY = "this tenant is on Schoology"
_NO_DATES = "a Schoology section has only the dates of its grading periods"

_SECTION = {
    "integration_id": "Schoology's sections have no integration id",
    "start_at": _NO_DATES,
    "end_at": _NO_DATES,
    "canvas": _ON_SCHOOLOGY,
}
_COURSE = {
    "sis_id": "Schoology's courses have no SIS id except their code",
    "integration_id": "Schoology's courses have no integration id",
    "start_at": "Schoology's courses have no dates",
    "end_at": "Schoology's courses have no dates",
    "time_zone": "Schoology's courses have no time zone",
    "term_id": "Schoology's sections have terms, not its courses",
    "canvas": _ON_SCHOOLOGY,
}

LIMITATIONS: Limitations = {
    Limitation(OperationLoad): ONLY_CANVAS,
    Limitation(VendorOperation): ONLY_CANVAS,
    Limitation(ById, Kind.PROGRESS): NO_JOBS,
    **{
        Limitation(ByAlias, kind, argument=alias): _NO_OTHER_ALIAS
        for kind, aliases in (
            (Kind.SECTION, ("integration_id",)),
            (Kind.COURSE, ("sis_id", "integration_id")),
            (Kind.USER, ("integration_id", "login_id")),
            (Kind.ACCOUNT, ("sis_id", "integration_id")),
        )
        for alias in aliases
    },
    **{
        Limitation(load, argument=argument): reason
        for load in (Search, Members, Children)
        for argument, reason in (("search", _NO_SEARCH), ("canvas", _ON_SCHOOLOGY))
    },
    **{
        Limitation(load, Kind.COURSE, argument=argument): _NO_COURSE_FILTER
        for load in (Search, Children)
        for argument in ("states", "term_id", "teacher_ids")
    },
    Limitation(Children, Kind.ENROLLMENT, Kind.USER, "ids"): ("a user's enrollments belong to no other user"),
    Limitation(Search, Kind.USER, argument="states", condition="others than ACTIVE"): (
        "Schoology lists only active users"
    ),
    Limitation(Search, Kind.USER, argument="roles", condition=_OTHER_ROLES): _TWO_ROLES,
    Limitation(Members, Kind.USER, argument="roles", condition=_OTHER_ROLES): _TWO_ROLES,
    Limitation(Create, Kind.ENROLLMENT, argument="canvas"): _ON_SCHOOLOGY,
    Limitation(Create, Kind.ENROLLMENT, condition=_OTHER_ROLES): _TWO_ROLES,
    Limitation(Update, Kind.ENROLLMENT, argument="role", condition=_OTHER_ROLES): _TWO_ROLES,
    Limitation(
        Update, Kind.ENROLLMENT, argument="state", condition="INACTIVE, REJECTED and DELETED"
    ): "Schoology's enrollments are active, invited, requested, completed or archived",
    Limitation(Delete, Kind.ENROLLMENT, argument="mode", condition="others than DELETE"): ONLY_DELETES,
    Limitation(Delete, Kind.COURSE, argument="conclude"): ONLY_DELETES,
    **{Limitation(command): reason for command, reason in UNSUPPORTED.items()},
    **{
        Limitation(command, kind, argument=name): reason
        for command in (Create, Update)
        for kind, reasons in ((Kind.SECTION, _SECTION), (Kind.COURSE, _COURSE))
        for name, reason in reasons.items()
    },
}
