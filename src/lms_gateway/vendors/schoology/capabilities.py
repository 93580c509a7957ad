"""What Schoology cannot do of what the gateway's arguments ask for."""

from collections.abc import Sequence

from lms_gateway.domain.backend import Capability
from lms_gateway.domain.commands import (
    BulkCourseEvent,
    CopyCourse,
    CreateTestStudent,
    CrossList,
    DismissQuizMigrationAlert,
    RequestFileUpload,
    ResetCourse,
    UpdateSettings,
)
from lms_gateway.vendors.operations import CANVAS_ONLY_FIELDS, CANVAS_ONLY_MUTATIONS, capabilities
from lms_gateway.vendors.schoology.reads.batch import NO_JOBS, ONLY_CANVAS
from lms_gateway.vendors.schoology.writes.dispatch import ONLY_DELETES, UNSUPPORTED

_NO_SEARCH = "Schoology's API has no search"
_NO_COURSE_FILTER = "Schoology lists courses without state, term or teacher"
_NO_OTHER_NAME = "Schoology finds sections and users by SIS id, and nothing else by another name"
_TWO_ROLES = "Schoology tells only the roles TEACHER and STUDENT"
_CANVAS = "this tenant is on Schoology"

_SECTION = {
    "integrationId": "Schoology's sections have no integration id",
    "startAt": "a Schoology section has no dates but its grading periods'",
    "endAt": "a Schoology section has no dates but its grading periods'",
    "canvas": _CANVAS,
}
_COURSE = {
    "sisId": "Schoology's courses have no SIS id but their code",
    "integrationId": "Schoology's courses have no integration id",
    "startAt": "Schoology's courses have no dates",
    "endAt": "Schoology's courses have no dates",
    "timeZone": "Schoology's courses have no time zone",
    "term": "at Schoology a course's sections have terms, not the course",
    "canvas": _CANVAS,
}
_CANNOT_WRITE = {
    "Mutation.crossListSection": UNSUPPORTED[CrossList],
    "Mutation.unCrossListSection": UNSUPPORTED[CrossList],
    "Mutation.changeCourseStates": UNSUPPORTED[BulkCourseEvent],
    "Mutation.concludeCourse": ONLY_DELETES,
    "Mutation.resetCourse": UNSUPPORTED[ResetCourse],
    "Mutation.updateCourseSettings": UNSUPPORTED[UpdateSettings],
    "Mutation.copyCourse": UNSUPPORTED[CopyCourse],
    "Mutation.dismissQuizMigrationAlert": UNSUPPORTED[DismissQuizMigrationAlert],
    "Mutation.createTestStudent": UNSUPPORTED[CreateTestStudent],
    "Mutation.requestCourseFileUpload": UNSUPPORTED[RequestFileUpload],
    "Query.progress": NO_JOBS,
    "Subscription.progress": NO_JOBS,
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
    "Mutation.enrollUser(input.canvas)": _CANVAS,
}

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
        "User.courses(filter.states)": _NO_COURSE_FILTER,
        **{
            f"{field}(filter.canvas)": _CANVAS
            for field in (
                "Query.courses",
                "Account.courses",
                "User.courses",
                "Section.users",
                "Section.enrollments",
                "Course.users",
                "Course.enrollments",
                "User.enrollments",
            )
        },
        **dict.fromkeys((*CANVAS_ONLY_FIELDS, *CANVAS_ONLY_MUTATIONS), ONLY_CANVAS),
        "User.enrollments(filter.ids)": "a user's enrollments are nobody else's",
        **_CANNOT_WRITE,
    },
    partly={
        "Query.users(filter.states), others than ACTIVE": "Schoology lists active users only",
        **{
            f"{field}(filter.roles), others than TEACHER and STUDENT": _TWO_ROLES
            for field in ("Query.users", "Section.users", "Course.users")
        },
        **{
            f"Mutation.{field}, others than TEACHER and STUDENT": _TWO_ROLES
            for field in ("enrollUser", "updateEnrollment(input.role)")
        },
        "Mutation.updateEnrollment(input.state), INACTIVE, REJECTED and DELETED": (
            "Schoology's enrollments are active, invited, requested, completed or archived"
        ),
        "Mutation.unenrollUser(input.how), others than DELETE": ONLY_DELETES,
    },
)
"""By operation: supported, or why not. Roles are TEACHER and STUDENT everywhere."""
